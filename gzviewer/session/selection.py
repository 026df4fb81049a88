"""Which galaxies are selected, and which one is being looked at: shared by every view.

Views never talk to each other; they change this object and listen to it. A setter that changes nothing says
nothing, so a view may answer a change without causing an echo.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QObject, Signal

Rows = NDArray[np.int64]

NO_ROW = -1


class Selection(QObject):
    """A set of catalog rows, plus the one being looked at. Looking at a galaxy does not select it."""

    changed = Signal()
    current_changed = Signal(int)  # row, or -1 for none

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Rows = np.empty(0, dtype=np.int64)
        self._rows.flags.writeable = False
        self._current = NO_ROW

    @property
    def rows(self) -> Rows:
        """Selected rows, ascending and unique. Read-only."""
        return self._rows

    @property
    def current(self) -> int:
        """The row being looked at; -1 for none."""
        return self._current

    def __contains__(self, row: int) -> bool:
        place = int(np.searchsorted(self._rows, row))
        return place < len(self._rows) and int(self._rows[place]) == row

    def replace(self, rows: ArrayLike) -> None:
        """Select exactly these rows."""
        wanted = _ascending_unique(np.array(rows, dtype=np.int64).ravel())
        if np.array_equal(wanted, self._rows):
            return
        wanted.flags.writeable = False
        self._rows = wanted
        self.changed.emit()

    def extend(self, rows: ArrayLike) -> None:
        """Select these rows as well."""
        self.replace(np.concatenate([self._rows, np.asarray(rows, dtype=np.int64).ravel()]))

    def toggle(self, row: int) -> None:
        """Select a row that is not selected; deselect one that is."""
        self.replace(np.setxor1d(self._rows, np.asarray([row], dtype=np.int64)))

    def clear(self) -> None:
        """Select nothing; the current row stays."""
        self.replace(np.empty(0, dtype=np.int64))

    def set_current(self, row: int) -> None:
        """Look at this row; -1 looks at none."""
        if row == self._current:
            return
        self._current = int(row)
        self.current_changed.emit(self._current)


def _ascending_unique(rows: Rows) -> Rows:
    """Sorted without repetition. A selection is usually so already; `np.unique` takes 0.6 s for 10^6 rows."""
    if (rows[1:] > rows[:-1]).all():
        return rows
    ordered = np.sort(rows)
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    return np.compress(is_first, ordered)
