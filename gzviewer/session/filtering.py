"""Which rows are looked at, and in which order."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.session.columns import Columns


class Filtering(QObject):
    """The visible rows of the catalog in sort order. (Cuts come with the filter language; today every row is visible.)

    A running prediction does not shuffle the rows under the reader's eyes: the order is made anew when sorting is asked for,
    also by asking for the same column again.
    """

    changed = Signal()

    def __init__(self, columns: Columns, row_count: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._visible = np.arange(row_count, dtype=np.int64)
        self.sort_column = ""
        self.is_descending = False
        columns.changed.connect(self._follow)  # first of all who listen: they may ask for the column at once

    @property
    def visible(self) -> NDArray[np.int64]:
        """(visible,) rows in the order in which they are shown. Read-only."""
        return self._visible

    def sort_by(
        self, column: str, *, descending: bool = False, order: NDArray[np.int64] | None = None
    ) -> None:
        """Sort by a column, stable, missing values last either way; "" restores the catalog's order.

        `order`: the rows as `sort_order` puts them, where that is known already.
        """
        self.sort_column, self.is_descending = column, descending
        count = len(self._visible)
        if column and order is None:
            order = sort_order(self._columns.column(column), descending=descending)
        self._visible = np.arange(count) if order is None else order
        self.changed.emit()

    def _follow(self) -> None:
        """A file of predictions that is opened anew may have other columns than before."""
        if self.sort_column and self.sort_column not in self._columns.names:
            self.sort_by("")


def sort_order(values: NDArray[np.generic], *, descending: bool) -> NDArray[np.int64]:
    """Row numbers that sort `values` (row,), stable, with NaN and empty text last whichever way it goes."""
    if values.dtype.kind in "fc":
        missing = np.isnan(values)
    elif values.dtype.kind in "UO":
        values = values.astype(str)
        missing = values == ""
    else:
        missing = np.zeros(len(values), dtype=bool)
    known = np.flatnonzero(~missing)
    _, codes = np.unique(values[known], return_inverse=True)
    order = np.argsort(-codes if descending else codes, kind="stable")
    return np.concatenate([known[order], np.flatnonzero(missing)]).astype(np.int64)
