"""What a gallery must be given: which rows it shows, and what is written on their tiles."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import SignalInstance

from gzviewer.ui.gallery_cursor import Finder


class VisibleRows(Protocol):
    """Which rows are shown, in order: `gzviewer.session.filtering.Filtering`."""

    @property
    def changed(self) -> SignalInstance:
        """Emitted when `visible` is another array."""
        ...

    @property
    def visible(self) -> NDArray[np.int64]:
        """(visible,) rows."""
        ...


class TileCaptions(Finder, Protocol):
    """What is written on a tile: `gzviewer.session.captions.Captions`."""

    @property
    def changed(self) -> SignalInstance:
        """Emitted when any caption may be another."""
        ...

    def caption_left(self, row: int) -> str:
        """The galaxy id; what does not fit is left out in its middle."""
        ...

    def caption_right(self, row: int) -> str:
        """A short value."""
        ...

    def is_badged(self, row: int) -> bool:
        """True where the tile carries a badge."""
        ...
