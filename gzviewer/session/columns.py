"""The one namespace of everything that can be shown, captioned, sorted by or exported: named columns over the catalog's rows.

The catalog's own columns come first, then what follows from the predictions: everything in `gzviewer.core.derived`. Where the
catalog already has a column of such a name (published vote fractions), the model's is called ``<name> (model)``.

The model here keeps these names whatever else is shown, so that what a person sorts by stays what it is when a file of
predictions is opened beside it. The columns of a file are called ``<name> (<file>)``.

A derived column is worked out when somebody first looks at it. When more galaxies are predicted, only their rows are worked
out anew, when somebody looks again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.derived import FRACTIONS, PROBABILITIES, Derived, derived_columns
from gzviewer.session.shown_predictions import ShownPredictions

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Shown:
    """A column that follows from the predictions of a model."""

    model: ShownPredictions
    derived: Derived

    def load(self, rows: Rows) -> NDArray[np.float64]:
        """(row,) values; NaN where not predicted."""
        return self.derived.figure(self.model.predictions, rows)


class Columns(QObject):
    """Columns by name, loaded when somebody asks for them."""

    changed = Signal()  # values of prediction columns have changed

    def __init__(
        self, catalog: Catalog, predictions: ShownPredictions | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._shown: dict[str, _Shown] = {}
        self._loaded: dict[str, NDArray[np.float64]] = {}
        self._stale: dict[str, list[Rows]] = {}  # loaded column -> rows that have changed since
        if predictions is not None:
            self.add(predictions)

    def add(self, model: ShownPredictions) -> None:
        """Have the columns of one more model; those of a file of the same name before are forgotten."""
        taken = set(self._catalog.column_names)
        gone = [name for name, shown in self._shown.items() if shown.model.name == model.name]
        for name in gone if model.beside else ():
            del self._shown[name]
        for derived in derived_columns(model.predictions):
            apart = f" ({model.name})" if model.beside else " (model)" if derived.name in taken else ""
            self._shown[f"{derived.name}{apart}"] = _Shown(model, derived)
        model.changed.connect(self._follow)
        self._loaded.clear()
        self._stale.clear()
        self.changed.emit()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column there is."""
        return (*self._catalog.column_names, *self._shown)

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Only the columns that follow from predictions, model after model, those of one kind together."""
        return tuple(self._shown)

    @property
    def prediction_groups(self) -> dict[str, tuple[str, ...]]:
        """What kind of figure, and by which model, in words -> the columns of that kind, in the order of the tree."""
        groups: dict[str, list[str]] = {}
        for name, shown in self._shown.items():
            whose = shown.model.name if shown.model.beside else "the model"
            groups.setdefault(f"{shown.derived.group}, by {whose}", []).append(name)
        return {heading: tuple(names) for heading, names in groups.items()}

    def fraction_name(self, label: str, model: ShownPredictions | None = None) -> str:
        """Name of the column with the predicted fraction of one answer, by that model or the first that has it.

        "" where nothing predicts it.
        """
        found = (
            name
            for name, shown in self._shown.items()
            if shown.derived.of == label
            and shown.derived.group in (FRACTIONS, PROBABILITIES)
            and (model is None or shown.model is model)
        )
        return next(found, "")

    def column(self, name: str) -> Column:
        """(row,) values; NaN or empty text where missing. `KeyError` if there is no such column."""
        if name not in self._shown:
            return self._catalog.column(name)
        if name not in self._loaded:
            self._loaded[name] = self._shown[name].load(np.arange(len(self._catalog), dtype=np.int64))
        elif name in self._stale:
            rows = np.unique(np.concatenate(self._stale.pop(name)))
            values = self._loaded[name].copy()  # somebody may still hold the old ones
            values[rows] = self._shown[name].load(rows)
            self._loaded[name] = values
        return self._loaded[name]

    def _follow(self, rows: object) -> None:
        """Any change may reach any derived column, but only in these rows."""
        for name in self._loaded:
            self._stale.setdefault(name, []).append(np.asarray(rows, dtype=np.int64))
        self.changed.emit()
