"""What is written on the tiles of the gallery: each galaxy's id, the value of a column, and a badge."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QObject, Signal, SignalInstance

from gzviewer.core.catalog import Catalog, Column

SEARCHED_TOGETHER = 1 << 16
"""Rows whose ids are compared at once: a find nearby costs the same in a long catalog as in a short one."""


class Values(Protocol):
    """Columns by name: `gzviewer.session.columns.Columns`."""

    @property
    def changed(self) -> SignalInstance:
        """Emitted when values may be others."""
        ...

    def at_hand(self, name: str) -> Column:
        """(row,) values that take no time to work out; `KeyError` where there are none."""
        ...


class Captions(QObject):
    """Captions by row."""

    changed = Signal()

    def __init__(
        self, catalog: Catalog, columns: Values | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ids = catalog.ids
        self._columns = columns
        self._column = ""
        self._badged: frozenset[int] = frozenset()
        if columns is not None:
            columns.changed.connect(self.changed)

    @property
    def column(self) -> str:
        """Name of the column whose values are shown; "" shows none."""
        return self._column

    def set_column(self, name: str) -> None:
        """Show the values of this column."""
        if name != self._column:
            self._column = name
            self.changed.emit()

    def set_badged(self, rows: ArrayLike) -> None:
        """Mark these rows, for example as labelled."""
        wanted = frozenset(np.asarray(rows, dtype=np.int64).tolist())
        if wanted != self._badged:
            self._badged = wanted
            self.changed.emit()

    def caption_left(self, row: int) -> str:
        """The galaxy id, whole."""
        return str(self._ids[row])

    def caption_right(self, row: int) -> str:
        """The value of the chosen column; "" where there is none, also where the column has gone: tiles are painted any time."""
        if not self._column or self._columns is None:
            return ""
        try:
            return text_of(self._columns.at_hand(self._column)[row])
        except KeyError:
            return ""

    def is_badged(self, row: int) -> bool:
        """True where the tile carries a badge."""
        return row in self._badged

    def find(self, text: str, rows: NDArray[np.int64], start: int) -> int:
        """Position in `rows` of the next id that begins with `text`, in either letter case.

        The search begins at the position `start` and goes round; -1 where no id fits.
        """
        spellings = {text, text.upper(), text.lower()}
        for first, last in _round_trip(start, len(rows)):
            ids = self._ids[rows[first:last]]
            hits = np.logical_or.reduce([np.char.startswith(ids, spelling) for spelling in spellings])
            if hits.any():
                return first + int(hits.argmax())
        return -1


def text_of(value: object) -> str:
    """A value as short as a tile needs it: two decimals near 1, else four digits; "" for missing."""
    if not isinstance(value, float | np.floating):
        return str(value)
    number = float(value)
    if math.isnan(number):
        return ""
    return f"{number:.2f}" if abs(number) < 10 else f"{number:.4g}"


def _round_trip(start: int, count: int) -> list[tuple[int, int]]:
    """Blocks of positions that cover 0..count once, beginning at `start`."""
    step = SEARCHED_TOGETHER
    onward = [(first, min(first + step, count)) for first in range(start, count, step)]
    return onward + [(first, min(first + step, start)) for first in range(0, start, step)]
