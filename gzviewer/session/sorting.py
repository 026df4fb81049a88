"""Sorts by columns that take long to work out: the window stays alive, and the order comes when it is ready.

Where there is little to work out it is done at once. The column that the gallery is sorted by is also the one that
its tiles show, so it is kept up to date here as galaxies are predicted.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Column
from gzviewer.jobs.job import JobContext
from gzviewer.session.columns import Columns, ColumnWork
from gzviewer.session.filtering import Filtering, sort_order
from gzviewer.session.jobs import JobHandle, JobRunner
from gzviewer.session.selection import Selection

Order: TypeAlias = tuple[Column, NDArray[np.int64]]


class Sorting(QObject):
    """The order that a person wants; `changed` tells when that is another, and when it is in force or given up."""

    changed = Signal()

    def __init__(
        self,
        columns: Columns,
        filtering: Filtering,
        selection: Selection,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns, self._filtering, self._selection, self._runner = columns, filtering, selection, runner
        self._wish: tuple[str, bool] | None = None
        self._stays = False
        self._sorting: tuple[JobHandle, ColumnWork] | None = None
        self._refreshing: tuple[JobHandle, ColumnWork] | None = None
        columns.changed.connect(self._refresh)
        filtering.changed.connect(self._refresh)

    @property
    def wanted(self) -> tuple[str, bool]:
        """The column to sort by, and whether the highest come first; what is in force, or will be."""
        return self._wish or (self._filtering.sort_column, self._filtering.is_descending)

    def sort_by(self, column: str, *, descending: bool = False, stays: bool = False) -> None:
        """Sort the visible rows and look at the first of them: at once, or as soon as the column is worked out.

        `KeyError` if there is no such column. The newest wish wins. `stays`: the galaxy being looked at remains so.
        """
        self.close()
        self._stays = stays
        if not column or self._columns.are_quick:
            self._put(column, descending, None)
            return
        work = self._columns.work(column)

        def job(context: JobContext) -> Order:
            values = work.run(context)
            return values, sort_order(values, descending=descending)

        self._wish = column, descending
        handle = self._runner.submit(f"Sort by {column}", job, is_brief=True)
        self._sorting = handle, work
        handle.finished.connect(self._finish)
        handle.failed.connect(self._give_up)
        handle.cancelled.connect(self._give_up)
        self.changed.emit()

    def close(self) -> None:
        """Stop working anything out."""
        for under_way in (self._sorting, self._refreshing):
            if under_way is not None:
                under_way[0].cancel()
        self._sorting = self._refreshing = self._wish = None

    def _finish(self, found: Order) -> None:
        """A column that has gone in the meantime changes nothing."""
        if self._sorting is None or self._wish is None or self.sender() is not self._sorting[0]:
            return
        (_, work), (column, descending) = self._sorting, self._wish
        values, order = found
        self._sorting = self._wish = None
        if column in self._columns.names:
            self._columns.keep(work, values)
            self._put(column, descending, order)
        self.changed.emit()

    def _give_up(self, _why: object = None) -> None:
        if self._sorting is not None and self.sender() is self._sorting[0]:
            self._sorting = self._wish = None
            self.changed.emit()

    def _put(self, column: str, descending: bool, order: NDArray[np.int64] | None) -> None:
        self._filtering.sort_by(column, descending=descending, order=order)
        if len(self._filtering.visible) and not self._stays:
            self._selection.set_current(int(self._filtering.visible[0]))
        self.changed.emit()

    def _refresh(self) -> None:
        """Work out what is shown and has changed: little of it at once, much of it in the background, one after the other."""
        column = self._filtering.sort_column
        if self._refreshing is not None or self._sorting is not None:
            return
        if column not in self._columns.prediction_names or self._columns.refresh_if_quick(column):
            return
        work = self._columns.work(column)
        handle = self._runner.submit(f"Work out {column}", work.run, is_brief=True)
        self._refreshing = handle, work
        handle.finished.connect(self._take)
        handle.failed.connect(self._forget)
        handle.cancelled.connect(self._forget)

    def _take(self, values: Column) -> None:
        if self._refreshing is not None and self.sender() is self._refreshing[0]:
            work, self._refreshing = self._refreshing[1], None
            self._columns.keep(work, values)

    def _forget(self, _why: object = None) -> None:
        if self._refreshing is not None and self.sender() is self._refreshing[0]:
            self._refreshing = None
