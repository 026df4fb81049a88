"""The one namespace of everything that can be shown, captioned, sorted by or exported: named columns over the catalog's rows.

The catalog's own columns come first, then what follows from the predictions: ``<label>_fraction`` and
``<question>_proportion-asked``. Where the catalog already has a column of such a name (published vote fractions), the model's
is called ``<name> (model)``.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.schema import Question
from gzviewer.session.predictions import PredictionModel


class Columns(QObject):
    """Columns by name, loaded when somebody asks for them."""

    changed = Signal()  # values of prediction columns have changed

    def __init__(
        self, catalog: Catalog, predictions: PredictionModel | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._predictions = predictions
        self._derived = self._prediction_columns()
        self._loaded: dict[str, NDArray[np.float64]] = {}
        if predictions is not None:
            predictions.changed.connect(self._forget)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column there is."""
        return (*self._catalog.column_names, *self._derived)

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Only the columns that follow from predictions, in the order of the tree."""
        return tuple(self._derived)

    def fraction_name(self, label: str) -> str:
        """Name of the column with the predicted fraction of one answer; "" where nothing predicts it."""
        return next((name for name, (_, of) in self._derived.items() if of == label), "")

    def column(self, name: str) -> Column:
        """(row,) values; NaN or empty text where missing. `KeyError` if there is no such column."""
        if name not in self._derived:
            return self._catalog.column(name)
        if name not in self._loaded:
            self._loaded[name] = self._derive(*self._derived[name])
        return self._loaded[name]

    def _prediction_columns(self) -> dict[str, tuple[Question, str]]:
        """Column name -> its question and label ("" for the proportion asked)."""
        if self._predictions is None:
            return {}
        taken = set(self._catalog.column_names)
        found: dict[str, tuple[Question, str]] = {}
        for question in self._predictions.schema.questions:
            names = {f"{label}_fraction": label for label in question.label_columns}
            for name, label in (*names.items(), (f"{question.name}_proportion-asked", "")):
                found[f"{name} (model)" if name in taken else name] = (question, label)
        return found

    def _derive(self, question: Question, label: str) -> NDArray[np.float64]:
        assert self._predictions is not None
        predictions = self._predictions.predictions
        if not label:
            return predictions.proportion_asked(question)
        return predictions.fractions(question)[:, question.label_columns.index(label)]

    def _forget(self, rows: object) -> None:  # noqa: ARG002 - any change may reach any derived column
        self._loaded.clear()
        self.changed.emit()
