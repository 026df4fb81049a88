"""Images for the views: ask for one, get it later, the newest wish first.

Nothing is read or decoded in the window's thread. A view asks for what it shows (`request`, `request_full`),
paints what is at hand (`thumbnail`, `full`) and paints again when `ready` or `full_ready` names the row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import ImageError
from gzviewer.core.image import Image
from gzviewer.core.stretch import DEFAULT, Stretch, to_rgb
from gzviewer.io.images import image_suffixes, read_image
from gzviewer.io.thumbnails import Pixels, Thumbnails, draw_thumbnail, shrunk
from gzviewer.session.newest_first import NewestFirst
from gzviewer.session.recently_used import RecentlyUsed

TILE_WIDTHS = (160, 320, 640)
"""Pixels of the longer side for which thumbnails are made; a tile is drawn from the next larger one."""
TILE_BYTES = 256 << 20
FULL_BYTES = 512 << 20
SMALLEST_LEVEL = 512
"""Pixels: a picture whose longer side is shorter is sharp enough at any zoom without a smaller copy."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One image ready for the screen.

    Parameters
    ----------
    image
        As read: what the pixels measure, and the scale of the sky.
    stretch
        What made measurements visible; without meaning for a picture that was ready for the screen.
    levels
        The stretched picture, then the same at 1/2, 1/4 ... of its size, for a view that is zoomed out.
    """

    image: Image
    stretch: Stretch
    levels: tuple[QImage, ...]

    @property
    def byte_count(self) -> int:
        """Memory that it takes."""
        return self.image.pixels.nbytes + sum(level.sizeInBytes() for level in self.levels)


@dataclass(frozen=True)
class _Wish:
    """What a thread is to make: a tile `width` pixels wide, or (width 0) the full picture.

    `image` spares reading the file again, where only the stretch is new.
    """

    row: int
    width: int
    stretch: Stretch
    image: Image | None = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What a thread made of a wish; `problem` says why it could not."""

    wish: _Wish
    tile: QImage | None = None
    picture: Picture | None = None
    problem: str = ""


class ImageLoader(QObject):
    """Tiles and full pictures of the galaxies of one catalog, decoded in threads of its own.

    Parameters
    ----------
    thumbnails
        The disk cache, closed with the loader; None: every tile is made anew.
    """

    ready = Signal(int)  # row whose tile, or the reason why there is none, is now at hand
    full_ready = Signal(int)  # the same for the full picture
    stretch_changed = Signal()  # every picture of measurements is to be asked for again
    _made = Signal(object)  # _Outcome, from a thread

    def __init__(
        self, catalog: Catalog, thumbnails: Thumbnails | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._is_closed = False
        self._stretch = DEFAULT
        self._looked_at: tuple[int, ...] = ()
        self._ahead: tuple[int, ...] = ()
        self._problems: dict[int, str] = {}
        self._tiles = RecentlyUsed[int, tuple[int, QImage]](TILE_BYTES)
        self._pictures = RecentlyUsed[int, Picture](FULL_BYTES)
        image_suffixes()  # finds the readers, once, before several threads want them
        self._threads = NewestFirst[_Wish](self._make)
        self._made.connect(self._store, Qt.ConnectionType.QueuedConnection)

    @property
    def stretch(self) -> Stretch:
        """How measurements are turned into brightness, in tiles and full pictures alike."""
        return self._stretch

    def set_stretch(self, stretch: Stretch) -> None:
        """Show measurements in another stretch. What was made with the old one is forgotten."""
        if stretch == self._stretch:
            return
        self._stretch = stretch
        self._threads.clear()
        self._tiles.clear()
        self.stretch_changed.emit()

    def thumbnail(self, row: int) -> QImage | None:
        """The tile of a row as far as it is at hand; it may be smaller than asked for until `ready`."""
        known = self._tiles.get(row)
        return known[1] if known else None

    def request(self, row: int, size: int) -> None:
        """Wish for a tile at least `size` device pixels wide; `ready` follows, or tells of a problem."""
        width = next((width for width in TILE_WIDTHS if width >= size), TILE_WIDTHS[-1])
        known = self._tiles.get(row)
        if row not in self._problems and (known is None or known[0] < width) and self.has_file(row):
            self._threads.add(_Wish(row, width, self._stretch))

    @property
    def is_idle(self) -> bool:
        """True where every wish has been fulfilled or dropped; its signal may still be on the way."""
        return self._threads.is_idle

    def keep_only(self, rows: Iterable[int]) -> None:
        """Drop the wishes for tiles of all other rows: they left the view before their turn came."""
        wanted = set(rows)
        self._threads.keep(lambda wish: not wish.width or wish.row in wanted)

    def full(self, row: int) -> Picture | None:
        """The full picture of a row if it is at hand in the present stretch."""
        known = self._pictures.get(row)
        return known if known is None or self._is_right(known) else None

    def request_full(self, row: int) -> None:
        """Wish for a full picture before anything else. The wish for the one before it is dropped."""
        self._looked_at = (row,)
        self._wish_for_full()

    def prefetch(self, rows: Iterable[int]) -> None:
        """Make full pictures that may be wanted next, the likeliest first, after the one that is."""
        self._ahead = tuple(rows)
        self._wish_for_full()

    def _wish_for_full(self) -> None:
        self._threads.keep(lambda wish: bool(wish.width))
        for each in (*reversed(self._ahead), *self._looked_at):
            if each not in self._problems and self.full(each) is None and self.has_file(each):
                known = self._pictures.get(each)
                self._threads.add(_Wish(each, 0, self._stretch, known.image if known else None))

    def has_file(self, row: int) -> bool:
        """True where the catalog names an image of the row that was found; it may still be unreadable."""
        return bool(self._catalog.image_of(row))

    def problem(self, row: int) -> str:
        """Why a row has no picture, naming the path that was tried; "" where nothing is known to be wrong."""
        return self._problems.get(row, "") if self._catalog.image_of(row) else self._missing(row)

    def close(self) -> None:
        """Forget every wish, wait for the threads and close the disk cache. Nothing is made afterwards."""
        self._is_closed = True
        self._threads.close()
        if self._thumbnails is not None:
            self._thumbnails.close()

    def _is_right(self, picture: Picture) -> bool:
        return picture.stretch == self._stretch or not picture.image.is_measured

    def _missing(self, row: int) -> str:
        tried = self._catalog.tried(row)
        return f"No image was found. Tried {tried}" if tried else "No image was found."

    def _make(self, wish: _Wish) -> None:
        """Called in a thread."""
        path, stretch = self._catalog.image_of(wish.row), wish.stretch
        try:
            if wish.width:
                draw = draw_thumbnail if self._thumbnails is None else self._thumbnails.thumbnail
                outcome = _Outcome(wish, tile=_screen_image(draw(path, wish.width, stretch)))
            else:
                outcome = _Outcome(wish, picture=_picture_of(wish.image or read_image(path), stretch))
        except ImageError as error:
            outcome = _Outcome(wish, problem=f"{error} Tried {path}")
        self._made.emit(outcome)

    def _store(self, outcome: _Outcome) -> None:
        wish = outcome.wish
        if self._is_closed or wish.stretch != self._stretch:
            return
        if outcome.problem:
            self._problems[wish.row] = outcome.problem
        if outcome.tile is not None:
            self._tiles.put(wish.row, (wish.width, outcome.tile), outcome.tile.sizeInBytes())
        if outcome.picture is not None:
            self._pictures.put(wish.row, outcome.picture, outcome.picture.byte_count)
        (self.ready if wish.width else self.full_ready).emit(wish.row)


def _screen_image(pixels: Pixels) -> QImage:
    """(y, x, 3) as an image in the format that is painted fastest.

    Written by numpy into the image's memory: Qt's own conversions would hold up the window's thread meanwhile.
    """
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    memory = np.frombuffer(image.bits(), dtype=np.uint8).reshape(height, width, 4)
    memory[..., 2::-1] = pixels  # blue, green, red, unused
    memory[..., 3] = 255
    return image


def _picture_of(image: Image, stretch: Stretch) -> Picture:
    pixels = to_rgb(image, stretch)
    levels = [_screen_image(pixels)]
    while max(pixels.shape[:2]) > SMALLEST_LEVEL:
        pixels = shrunk(pixels, max(pixels.shape[:2]) // 2)
        levels.append(_screen_image(pixels))
    return Picture(image, stretch, tuple(levels))
