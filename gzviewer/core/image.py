"""An image as read: pixels, the little that must be known to show them rightly, and where on the sky they lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


def unit_vectors(ra: ArrayLike, dec: ArrayLike) -> NDArray[np.float64]:
    """Directions of sky positions: x towards RA 0 h on the equator, z towards the north pole.

    Parameters
    ----------
    ra, dec : (...,) degrees
        NaN gives NaN.

    Returns
    -------
    (..., 3), each of length 1
    """
    longitude, latitude = np.radians(ra), np.radians(dec)
    across = np.cos(latitude)
    return np.stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)), axis=-1)


@dataclass(frozen=True, eq=False)
class SkyGrid:
    """Where on the sky each point of a shown picture lies: directions at evenly spaced points, interpolated between.

    Directions and not angles are interpolated, because nothing happens to them at RA 0 h or at a pole. How fine the
    grid must be is for its maker to say (`gzviewer.io.images.sky`).

    Parameters
    ----------
    directions : (line, column, 3), 2 lines and 2 columns or more
        Unit vectors (ICRS) from edge to edge of the picture, line 0 along its top; NaN where a point is not on the
        sky at all (the corners of an all-sky map).
    width, height
        Of the picture, pixels.
    """

    directions: NDArray[np.float64]
    width: int
    height: int

    def direction(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Unit vectors ``(..., 3)`` at points of the picture; see `position`."""
        lines, columns = self.directions.shape[:2]
        across, down = np.broadcast_arrays(np.divide(x, self.width), np.divide(y, self.height))
        is_inside = (across >= 0) & (across <= 1) & (down >= 0) & (down <= 1)
        across, down = (
            np.where(is_inside, across, 0) * (columns - 1),
            np.where(is_inside, down, 0) * (lines - 1),
        )
        left, top = (
            np.clip(part.astype(int), 0, size - 2) for part, size in ((across, columns), (down, lines))
        )
        to_right, to_bottom = (across - left)[..., np.newaxis], (down - top)[..., np.newaxis]
        upper, lower = (
            self.directions[line, left] * (1 - to_right) + self.directions[line, left + 1] * to_right
            for line in (top, top + 1)
        )
        mixed = upper * (1 - to_bottom) + lower * to_bottom
        mixed[~is_inside] = np.nan
        return np.asarray(mixed / np.linalg.norm(mixed, axis=-1, keepdims=True), dtype=np.float64)

    def position(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """RA and Dec at points of the picture.

        Parameters
        ----------
        x, y : (...,) pixels
            To the right and downwards from the top left corner of the picture (not from the middle of its first
            pixel).

        Returns
        -------
        ra in 0..360, dec : (...,) degrees, ICRS
            NaN beyond the picture and off the sky.
        """
        east, north, up = np.moveaxis(self.direction(x, y), -1, 0)
        ra = np.degrees(np.arctan2(north, east)) % 360
        return ra, np.degrees(np.arctan2(up, np.hypot(east, north)))


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
    sky
        Where on the sky each point of the picture lies; None where the file does not tell.
    extension
        Name or number of the FITS extension that was read; "" for a picture.
    extension_count
        How many extensions of the file hold an image of their own; the first of them is the one read.
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
    sky: SkyGrid | None = None
    extension: str = ""
    extension_count: int = 1
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
