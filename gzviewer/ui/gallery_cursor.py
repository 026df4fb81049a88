"""Moving through the gallery: what keys and clicks do to the selection.

As in a file manager, with one difference: a selection of several galaxies (a lasso in a plot) is not lost by
looking at galaxies one after the other; only a plain click outside it, or Escape, gives it up.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer

from gzviewer.session.selection import Selection

NOWHERE = -1
SEARCH_PAUSE_MS = 1000
"""After so long without a letter, the next one begins a new search."""


class Finder(Protocol):
    """Finds galaxies by the beginning of their id."""

    def find(self, text: str, rows: NDArray[np.int64], start: int) -> int:
        """Position in `rows` of the next fitting id from `start` on, round to the beginning; -1: none."""
        ...


class GalleryCursor:
    """The place of the current galaxy among the visible rows. Places are positions in `rows`, -1 for none."""

    def __init__(self, selection: Selection, finder: Finder, rows: NDArray[np.int64]) -> None:
        self._selection = selection
        self._finder = finder
        self._typed = ""
        self._since_typed = QElapsedTimer()
        self.set_rows(rows)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The visible rows, in order."""
        return self._rows

    @property
    def position(self) -> int:
        """Where the current galaxy stands; -1 where it is not among the visible ones."""
        return self._position

    @property
    def is_searching(self) -> bool:
        """True shortly after a letter was typed: the next one continues the search."""
        return bool(self._typed) and not self._since_typed.hasExpired(SEARCH_PAUSE_MS)

    def set_rows(self, rows: NDArray[np.int64]) -> None:
        """Move among other rows; the current galaxy stays the current one."""
        self._rows = rows
        self._position = self._anchor = self._place_of(self._selection.current)

    def follow(self) -> None:
        """Find the galaxy that has become the current one, whoever made it so."""
        row = self._selection.current
        if self._position == NOWHERE or self._rows[self._position] != row:
            self._position = self._anchor = self._place_of(row)

    def click(self, position: int) -> None:
        """Look at a galaxy; select it alone, unless it belongs to a selection of several."""
        row = int(self._rows[position])
        self._look(position)
        if len(self._selection.rows) <= 1 or row not in self._selection:
            self._selection.replace([row])

    def step(self, position: int) -> None:
        """Look at a galaxy; a selection of one moves along, one of several stays."""
        self._look(position)
        if len(self._selection.rows) <= 1:
            self._selection.replace([self._rows[position]])

    def toggle(self, position: int) -> None:
        """Look at a galaxy, and select or deselect it."""
        self._look(position)
        self._selection.toggle(int(self._rows[position]))

    def extend(self, position: int) -> None:
        """Look at a galaxy, and select everything from where the last plain step ended up to it."""
        anchor = position if self._anchor == NOWHERE else self._anchor
        self._look(position)
        self._anchor = anchor
        first, last = sorted((anchor, position))
        self._selection.replace(self._rows[first : last + 1])

    def select_all(self) -> None:
        """Select every visible galaxy."""
        self._selection.replace(self._rows)

    def select_none(self) -> bool:
        """Give the selection up; False where there was none."""
        had_some = len(self._selection.rows) > 0
        self._selection.clear()
        return had_some

    def look(self, position: int) -> None:
        """Look at a galaxy and select nothing."""
        self._look(position)

    def search(self, letters: str) -> None:
        """Look at the next galaxy whose id begins with what has been typed."""
        is_continued = self.is_searching
        self._typed = self._typed + letters if is_continued else letters
        self._since_typed.start()
        start = max(self._position, 0) if is_continued else self._position + 1
        found = self._finder.find(self._typed, self._rows, start)
        if found != NOWHERE:
            self.step(found)

    def _look(self, position: int) -> None:
        self._position = self._anchor = position
        self._selection.set_current(int(self._rows[position]))

    def _place_of(self, row: int) -> int:
        places = np.flatnonzero(self._rows == row)
        return int(places[0]) if len(places) else NOWHERE
