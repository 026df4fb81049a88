"""The one namespace of everything that can be shown, captioned, sorted by or exported: named columns over the catalog's rows.

The catalog's own columns come first, then what follows from the predictions: everything in `gzviewer.core.derived`. Where the
catalog already has a column of such a name (published vote fractions), the model's is called ``<name> (model)``.

The model here keeps these names whatever else is shown, so that what a person sorts by stays what it is when a file of
predictions is opened beside it. The columns of a file are called ``<name> (<file>)``.

A derived column is worked out when somebody first asks for it, and may take seconds: `column` does so at once, `work` is what
a job does in the background. When more galaxies are predicted, only their rows are worked out anew. `at_hand` works nothing
out that takes long, so that it can be asked while tiles are painted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.derived import FRACTIONS, PROBABILITIES, Derived, derived_columns
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.session.shown_predictions import ShownPredictions

Rows = NDArray[np.int64]

QUICK = 4096
"""Galaxies times members whose costliest column takes no longer than a person notices."""
BLOCK = 16_384
"""Rows that are worked out between two looks at whether somebody still wants them."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """A column that follows from the predictions of a model."""

    model: ShownPredictions
    derived: Derived

    def load(self, rows: Rows) -> NDArray[np.float64]:
        """(row,) values; NaN where not predicted."""
        return self.derived.figure(self.model.predictions, rows)


@dataclass(frozen=True, eq=False)
class ColumnWork:
    """What is left to do for a column to be known: made and taken back by `Columns`, done in any thread.

    Parameters
    ----------
    base
        (row,) values as known before; None: none are.
    rows
        What is to be worked out.
    seen
        How many changes were known when this was made.
    """

    catalog: Catalog
    name: str
    shown: _Shown | None
    base: NDArray[np.float64] | None
    rows: Rows
    seen: int

    def run(self, context: JobContext) -> Column:
        """(row,) values; stops where nobody wants them any more."""
        if self.shown is None:
            return self.catalog.column(self.name)
        values = np.full(len(self.catalog), np.nan) if self.base is None else self.base.copy()
        for first in range(0, len(self.rows), BLOCK):
            context.checkpoint()
            block = self.rows[first : first + BLOCK]
            values[block] = self.shown.load(block)
            context.report(Progress(first + len(block), len(self.rows), "working out"))
        return values


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
        for name in (*gone, *(name for name, shown in self._shown.items() if shown.model is model)):
            self._loaded.pop(name, None)
            self._stale.pop(name, None)
        model.changed.connect(self._follow)
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

    def own_name(self, name: str) -> str:
        """Name of a column without whose it is, for where that stands in a heading."""
        return self._shown[name].derived.name if name in self._shown else name

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

    @property
    def are_quick(self) -> bool:
        """True where so little is open that every column is worked out before anybody notices."""
        return len(self._catalog) <= QUICK and len(self._catalog) * self._members <= QUICK

    @property
    def _members(self) -> int:
        models = {shown.model for shown in self._shown.values()}
        return max((model.predictions.numbers.shape[1] for model in models), default=1)

    def column(self, name: str) -> Column:
        """(row,) values; NaN or empty text where missing. `KeyError` if there is no such column."""
        if name not in self._shown:
            return self._catalog.column(name)
        if name not in self._loaded or self._stale.get(name):
            work = self.work(name)
            values = np.full(len(self._catalog), np.nan) if work.base is None else work.base.copy()
            values[work.rows] = self._shown[name].load(
                work.rows
            )  # a copy: somebody may still hold the old ones
            self._loaded[name] = values
            self._stale.pop(name, None)
        return self._loaded[name]

    def at_hand(self, name: str) -> Column:
        """(row,) values as far as they are known without work that takes long. `KeyError` where none are."""
        if name in self._loaded and not self._stale.get(name):
            return self._loaded[name]
        return self.column(name) if name not in self._shown or self.are_quick else self._loaded[name]

    def work(self, name: str) -> ColumnWork:
        """What a job is to do for this column; `keep` its result. `KeyError` if there is no such column."""
        shown = self._shown.get(name)
        if shown is None and name not in self._catalog.column_names:
            raise KeyError(name)
        base = self._loaded.get(name)
        changes = self._stale.setdefault(
            name, []
        )  # from now on changes are noted, also of a column not known yet
        rows = np.arange(len(self._catalog)) if base is None else _together(changes)
        return ColumnWork(self._catalog, name, shown, base, rows, len(changes))

    def keep(self, work: ColumnWork, values: Column) -> None:
        """Know from now on what was worked out, unless the column is another by now or was worked out meanwhile."""
        name = work.name
        if work.shown is None or self._shown.get(name) is not work.shown:
            return
        if self._loaded.get(name) is work.base:
            self._loaded[name] = np.asarray(values, dtype=np.float64)
            del self._stale.setdefault(name, [])[: work.seen]
            self.changed.emit()

    def refresh_if_quick(self, name: str) -> bool:
        """Work out what has changed of a column of predictions if that is little; False where it is much."""
        rows = len(self._catalog) if name not in self._loaded else len(_together(self._stale.get(name, [])))
        is_quick = rows * self._members <= QUICK
        if rows and is_quick:
            self.column(name)
        return is_quick

    def _follow(self, rows: object) -> None:
        """Any change may reach any derived column, but only in these rows."""
        for name in {*self._loaded, *self._stale}:
            self._stale.setdefault(name, []).append(np.asarray(rows, dtype=np.int64))
        self.changed.emit()


def _together(changes: list[Rows]) -> Rows:
    """Each row once."""
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *changes]))
