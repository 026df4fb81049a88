"""The one namespace of everything that can be shown, captioned, sorted by or exported: named columns over the catalog's rows.

The catalog's own columns come first, then what follows from the predictions: ``<label>_fraction`` and
``<question>_proportion-asked``; of classes ``<class>_probability``, of values ``<name>_value``. Where the catalog already has a
column of such a name (published vote fractions), the model's is called ``<name> (model)``.

The model here keeps these names whatever else is shown, so that what a person sorts by stays what it is when a file of
predictions is opened beside it. The columns of a file are called ``<name> (<file>)``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.predictions import OF_VALUES
from gzviewer.core.schema import Question
from gzviewer.session.shown_predictions import ShownPredictions


@dataclass(frozen=True, eq=False)
class Derived:
    """A column that follows from predictions: of one label ("": the proportion asked), or one of the names of values."""

    model: ShownPredictions
    question: Question | None
    label: str

    def load(self) -> NDArray[np.float64]:
        """(row,) values; NaN where not predicted."""
        predictions = self.model.predictions
        if self.question is None:
            return predictions.values(self.label)
        if not self.label:
            return predictions.proportion_asked(self.question)
        place = self.question.label_columns.index(self.label)
        return predictions.fractions(self.question)[:, place]


class Columns(QObject):
    """Columns by name, loaded when somebody asks for them."""

    changed = Signal()  # values of prediction columns have changed

    def __init__(
        self, catalog: Catalog, predictions: ShownPredictions | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._derived: dict[str, Derived] = {}
        self._loaded: dict[str, NDArray[np.float64]] = {}
        if predictions is not None:
            self.add(predictions)

    def add(self, model: ShownPredictions) -> None:
        """Have the columns of one more model; those of the same names before are forgotten."""
        taken = set(self._catalog.column_names)
        for name, derived in _columns_of(model).items():
            apart = f" ({model.name})" if model.is_from_file else " (model)" if name in taken else ""
            self._derived[f"{name}{apart}"] = derived
        model.changed.connect(self._forget)
        self._forget()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column there is."""
        return (*self._catalog.column_names, *self._derived)

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Only the columns that follow from predictions, model after model, in the order of the tree."""
        return tuple(self._derived)

    def fraction_name(self, label: str, model: ShownPredictions | None = None) -> str:
        """Name of the column with the predicted fraction of one answer, by that model or the first that has it.

        "" where nothing predicts it.
        """
        found = (
            name
            for name, derived in self._derived.items()
            if derived.label == label and (model is None or derived.model is model)
        )
        return next(found, "")

    def column(self, name: str) -> Column:
        """(row,) values; NaN or empty text where missing. `KeyError` if there is no such column."""
        if name not in self._derived:
            return self._catalog.column(name)
        if name not in self._loaded:
            self._loaded[name] = self._derived[name].load()
        return self._loaded[name]

    def _forget(self, rows: object = None) -> None:  # noqa: ARG002 - any change may reach any derived column
        self._loaded.clear()
        self.changed.emit()


def _columns_of(model: ShownPredictions) -> dict[str, Derived]:
    """Plain column name -> how it follows from a model's predictions."""
    predictions = model.predictions
    if predictions.head in OF_VALUES:
        return {f"{name}_value": Derived(model, None, name) for name in predictions.names}
    if predictions.head == "classes":
        question = predictions.schema.questions[0]
        pairs = zip(predictions.names, question.label_columns, strict=True)
        return {f"{name}_probability": Derived(model, question, label) for name, label in pairs}
    found: dict[str, Derived] = {}
    for question in predictions.schema.questions:
        found |= {f"{label}_fraction": Derived(model, question, label) for label in question.label_columns}
        found[f"{question.name}_proportion-asked"] = Derived(model, question, "")
    return found
