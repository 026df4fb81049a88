"""Where the tiles of a gallery lie: a grid of squares that fills the width, as plain arithmetic.

All measures are logical pixels from the top left of the whole grid, of which a window sees a part. Nothing
here costs more for a million tiles than for ten.
"""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class GridLayout:
    """A grid of `count` squares in the order in which one reads.

    Parameters
    ----------
    width
        Of the room for the grid.
    wanted_side
        Side of a tile that a person chose; tiles are a little larger or smaller, so that the width is filled.
    """

    count: int
    width: int
    wanted_side: int
    gap: int = 6
    margin: int = 8

    @cached_property
    def columns(self) -> int:
        """Tiles beside each other."""
        return max(1, round((self._room + self.gap) / (self.wanted_side + self.gap)))

    @cached_property
    def side(self) -> int:
        """Width and height of a tile."""
        return max(16, (self._room - (self.columns - 1) * self.gap) // self.columns)

    @property
    def lines(self) -> int:
        """Tiles above each other."""
        return -(-self.count // self.columns)

    @property
    def height(self) -> int:
        """Of the whole grid."""
        return self.lines * self.pitch - self.gap + 2 * self.margin if self.count else 0

    @property
    def pitch(self) -> int:
        """From one tile to the next."""
        return self.side + self.gap

    @property
    def _room(self) -> int:
        return self.width - 2 * self.margin

    def corner(self, position: int) -> tuple[int, int]:
        """Left and top of a tile."""
        line, column = divmod(position, self.columns)
        return self.margin + column * self.pitch, self.margin + line * self.pitch

    def position_at(self, x: int, y: int) -> int:
        """The tile at a point; -1 between and beyond the tiles."""
        column, across = divmod(x - self.margin, self.pitch)
        line, down = divmod(y - self.margin, self.pitch)
        position = line * self.columns + column
        is_on_tile = across < self.side and down < self.side
        is_in_grid = 0 <= column < self.columns and line >= 0 and position < self.count
        return position if is_on_tile and is_in_grid else -1

    def seen(self, top: int, height: int) -> range:
        """Positions of the tiles of which something lies between `top` and ``top + height``."""
        first = max(0, (top - self.margin + self.gap) // self.pitch) * self.columns
        last = (max(0, top + height - self.margin - 1) // self.pitch + 1) * self.columns
        return range(min(first, self.count), min(last, self.count))

    def top_that_shows(self, position: int, top: int, height: int) -> int:
        """The least change of `top` after which a tile is seen whole."""
        _, y = self.corner(position)
        if y - self.margin < top:
            return y - self.margin
        return max(top, y + self.side + self.margin - height)

    def stepped(self, position: int, columns: int, lines: int) -> int:
        """The tile some columns and lines away; a step beyond the grid goes to its last tile, or nowhere."""
        if lines:
            target = position + lines * self.columns
            if target < 0:
                return position % self.columns
            if target >= self.count:
                is_last_line = position // self.columns == self.lines - 1
                return position if is_last_line else self.count - 1
            return target
        return min(max(position + columns, 0), self.count - 1)
