"""Where the sky lies in a FITS image: scale, north and handedness from its celestial coordinates.

Separate from the reader because it answers another question, and not a reader itself: it registers nothing.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from astropy.io.fits import Header  # type: ignore[import-untyped]

STEPS = np.array([[0, 0], [1, 0], [0, 1]])  # nowhere, right, up: pixels
UNKNOWN = (float("nan"), float("nan"), False)


def sky_of(header: "Header", height: int, width: int) -> tuple[float, float, bool]:
    """Scale and orientation at the middle of the picture.

    Taken by differences at the middle pixel, not from the header's matrix: a cutout may lie far from the
    reference pixel of the tile it was cut from, where the sky is turned.

    Parameters
    ----------
    header
        Of the extension with the pixels.
    height, width
        Pixels along FITS axes 2 and 1.

    Returns
    -------
    arcsec_per_pixel, north_deg, is_mirrored
        As in `gzviewer.core.image.Image`. NaN where the header does not tell; north is NaN too in galactic
        and other coordinates whose north is not the celestial one.
    """
    # Imported here because readers are discovered at start and astropy takes a second
    from astropy.wcs import WCS  # type: ignore[import-untyped]  # noqa: PLC0415

    if not any(str(header.get(card, "")).strip() for card in ("CTYPE1", "CTYPE2")):
        return UNKNOWN
    try:
        wcs = WCS(header, naxis=2)
        if {wcs.wcs.lng, wcs.wcs.lat} != {0, 1}:
            return UNKNOWN
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        world = wcs.all_pix2world(middle + STEPS, 0)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        MemoryError,
    ):  # of a header that contradicts itself
        return UNKNOWN
    slopes = _slopes(world[:, wcs.wcs.lng], world[:, wcs.wcs.lat])
    determinant = slopes[0, 0] * slopes[1, 1] - slopes[0, 1] * slopes[1, 0]
    if not np.isfinite(determinant) or determinant == 0:
        return UNKNOWN
    scale = 3600 * float(np.sqrt(abs(determinant)))
    if wcs.wcs.lngtyp.strip() != "RA":
        return scale, float("nan"), False
    north_x, north_y = np.linalg.solve(slopes, [0.0, 1.0])
    return scale, float(np.degrees(np.arctan2(-north_x, north_y))), bool(determinant > 0)


def _slopes(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees eastwards and northwards (rows) a pixel to the right and upwards (columns)."""
    eastwards = (longitude[1:] - longitude[0] + 180) % 360 - 180
    return np.array([eastwards * np.cos(np.radians(latitude[0])), latitude[1:] - latitude[0]])
