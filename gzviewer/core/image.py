"""An image as read: pixels and the little that must be known to show them rightly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels as they are shown: row 0 is the top of the picture (FITS images are turned over when read).

    Parameters
    ----------
    pixels : (y, x) or (y, x, band)
        uint8 where the file is a picture ready for the screen (band = 3, RGB), float32 where it holds measurements; NaN: no
        measurement.
    bands
        Names of the bands, blue to red, where the file tells (``("g", "r", "z")``); else empty.
    unit
        Physical unit of the pixel values (FITS ``BUNIT``); "" where unknown or a ready picture.
    arcsec_per_pixel
        Scale of the sky; NaN where the file does not tell.
    north_deg, is_mirrored
        Direction of celestial north in the shown picture, degrees counter-clockwise from up (NaN: unknown), and whether
        east lies to the right of north (clockwise) instead of to the left.
    extension
        Name or number of the FITS extension that was read; "" for a picture.
    is_simulated
        True where the file says of itself that it was drawn, not observed (FITS ``SIMULATE``, a comment in a picture).
    note
        What the reader decided that a person should know ("band 1 of a 4-D cube"); "" where nothing.
    """

    pixels: NDArray[np.uint8] | NDArray[np.float32]
    bands: tuple[str, ...] = ()
    unit: str = ""
    arcsec_per_pixel: float = float("nan")
    north_deg: float = float("nan")
    is_mirrored: bool = False
    extension: str = ""
    is_simulated: bool = False
    note: str = ""

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def is_measured(self) -> bool:
        """True where pixels are measurements that need a stretch; False for a picture ready for the screen."""
        return self.pixels.dtype != np.uint8
