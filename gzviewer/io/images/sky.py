"""The sky behind a FITS image: scale, north, handedness, and the position of every point, from its celestial coordinates.

Separate from the reader because it answers another question, and not a reader itself: it registers nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.image import SkyGrid, unit_vectors

if TYPE_CHECKING:
    from astropy.coordinates import BaseCoordinateFrame  # type: ignore[import-untyped]
    from astropy.io.fits import HDUList, Header  # type: ignore[import-untyped]
    from astropy.wcs import WCS  # type: ignore[import-untyped]

STEPS = np.array([[0, 0], [1, 0], [0, 1]])  # nowhere, right, up: pixels
NODES = (17, 33, 65, 129)
"""Points of the grid along either side of a picture, from the coarsest that is tried to the finest."""
TOLERANCE_PIXELS = 0.04
"""A grid is fine enough where one of half as many points is wrong by no more than this."""
NAN = float("nan")
Directions = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # (..., 2) pixels as FITS -> (..., 3)


class Sky(NamedTuple):
    """What the celestial coordinates of a file say; the members are those of `gzviewer.core.image.Image`."""

    arcsec_per_pixel: float = NAN
    north_deg: float = NAN
    is_mirrored: bool = False
    grid: SkyGrid | None = None


def sky_of(header: "Header", extensions: "HDUList", height: int, width: int) -> Sky:
    """Scale and orientation at the middle of the picture, and the sky under each of its points.

    Taken by differences at the middle pixel, not from the header's matrix: a cutout may lie far from the
    reference pixel of the tile it was cut from, where the sky is turned. Every distortion that astropy knows
    counts. Positions in galactic, ecliptic and older equatorial coordinates are turned into ICRS.

    Parameters
    ----------
    header
        Of the extension with the pixels.
    extensions
        All of the file, because some hold the distortions of others as tables.
    height, width
        Pixels along FITS axes 2 and 1.

    Returns
    -------
    NaN and None where the header does not tell. The scale alone is told in coordinates that are not fixed to the
    stars (the Sun's, a planet's).

    Notes
    -----
    The grid is linear between its points, so four times as good as one of half as many. It is as fine as it must
    be for that coarser one to be within `TOLERANCE_PIXELS` at all points of the finer: its own error is then
    below 0.01 pixels for every file tried (the largest 0.0045: a DECam cutout with TPV distortions). Maps of the
    whole sky, for which the finest of `NODES` is still too coarse, have it all the same; but for their rims it
    is good to a tenth of a pixel there.
    """
    # Imported here because readers are discovered at start and astropy takes a second
    from astropy.wcs import WCS  # noqa: PLC0415

    if not any(str(header.get(card, "")).strip() for card in ("CTYPE1", "CTYPE2")):
        return Sky()
    try:
        wcs = WCS(header, extensions, naxis=2)
        if {wcs.wcs.lng, wcs.wcs.lat} != {0, 1}:
            return Sky()
        frame = _frame_of(wcs)
        return _sky_in(_directions(wcs, frame), height, width, is_icrs=frame is not None)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        MemoryError,
    ):  # of a header that contradicts itself
        return Sky()


def _frame_of(wcs: "WCS") -> "BaseCoordinateFrame | None":
    """The frame of the longitude and latitude; None where they are not fixed to the stars."""
    from astropy.coordinates import BarycentricMeanEcliptic, Supergalactic  # noqa: PLC0415
    from astropy.time import Time  # type: ignore[import-untyped]  # noqa: PLC0415
    from astropy.wcs.utils import wcs_to_celestial_frame  # type: ignore[import-untyped]  # noqa: PLC0415

    match wcs.wcs.lngtyp.strip():
        case "RA" | "GLON":
            return wcs_to_celestial_frame(wcs)
        case "ELON":
            equinox = wcs.wcs.equinox if np.isfinite(wcs.wcs.equinox) else 2000.0
            return BarycentricMeanEcliptic(equinox=Time(equinox, format="jyear"))
        case "SLON":
            return Supergalactic()
    return None


def _directions(wcs: "WCS", frame: "BaseCoordinateFrame | None") -> Directions:
    """A function from pixels as FITS has them, but counted from 0, to ICRS directions; the file's own without a frame."""
    from astropy.coordinates import ICRS, SkyCoord  # noqa: PLC0415

    def directions(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        world = wcs.all_pix2world(pixels.reshape(-1, 2), 0)
        longitude, latitude = world[:, wcs.wcs.lng], world[:, wcs.wcs.lat]
        latitude = np.where(np.abs(latitude) <= 90, latitude, NAN)  # beyond the pole of a cylindrical map
        if frame is not None and not isinstance(frame, ICRS):
            found = SkyCoord(longitude, latitude, unit="deg", frame=frame).icrs
            longitude, latitude = found.ra.deg, found.dec.deg
        return unit_vectors(longitude, latitude).reshape(*pixels.shape[:-1], 3)

    return directions


def _sky_in(directions: Directions, height: int, width: int, *, is_icrs: bool) -> Sky:
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    slopes = _slopes(directions(middle + STEPS))
    determinant = slopes[0, 0] * slopes[1, 1] - slopes[0, 1] * slopes[1, 0]
    if not np.isfinite(determinant) or determinant == 0:
        return Sky()
    radians_per_pixel = float(np.sqrt(abs(determinant)))
    scale = 3600 * float(np.degrees(radians_per_pixel))
    if not is_icrs:
        return Sky(scale)
    north_x, north_y = np.linalg.solve(slopes, [0.0, 1.0])
    north = float(np.degrees(np.arctan2(-north_x, north_y)))
    grid = _grid(directions, height, width, tolerance=TOLERANCE_PIXELS * radians_per_pixel)
    return Sky(scale, north, bool(determinant > 0), grid)


def _slopes(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radians eastwards and northwards (rows) a pixel to the right and upwards (columns)."""
    here = directions[0]
    east = np.array([-here[1], here[0], 0.0]) / np.hypot(here[0], here[1])
    slopes = np.stack([east, np.cross(here, east)]) @ (directions[1:] - here).T
    return np.asarray(slopes, dtype=np.float64)


def _grid(directions: Directions, height: int, width: int, *, tolerance: float) -> SkyGrid:
    """The coarsest grid that is good enough, or else the finest; `tolerance` in radians."""
    for nodes in NODES:
        x, y = np.meshgrid(np.linspace(0, width, nodes), np.linspace(0, height, nodes))
        exact = directions(np.stack([x - 0.5, height - y - 0.5], axis=-1))
        coarser = SkyGrid(exact[::2, ::2], width, height).direction(x, y)
        if not (np.linalg.norm(coarser - exact, axis=-1) > tolerance).any():  # NaN: off the sky
            break
    return SkyGrid(exact, width, height)
