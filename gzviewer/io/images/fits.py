"""FITS images: which extension of a file is the picture, and which of its axes the bands.

A FITS file says more than a picture and says it in many ways. The rules, in order:

1. Two or more 2-D extensions of one shape with the same sky, at most `BANDS_MAX`, and each with its own band:
one image
   with those bands. Three such extensions are one even where no band is named.
2. Otherwise the first extension that holds pixels, compressed or not, in 2 axes or more.
3. 3 axes: ``(band, y, x)`` becomes ``(y, x, band)``; a cube of a few planes is taken for bands, of many for
velocities
   or times, whose first plane with a value is shown, with a note. More axes: the first plane of each, with a
   note.

Everything is turned over, so that row 0 is the top of the picture; FITS counts from the bottom.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import ImageError
from gzviewer.core.image import Image
from gzviewer.io.images import image_reader
from gzviewer.io.images.fits_file import opened_fits, readable_extensions
from gzviewer.io.images.sky import sky_of

if TYPE_CHECKING:
    from astropy.io.fits import HDUList, Header, ImageHDU  # type: ignore[import-untyped]

BANDS_MAX = 9  # more planes than any survey has bands: then they are something else
Pixels = NDArray[np.float32]
BROAD_BANDS = ("u", "g", "r", "i", "VIS", "z", "y", "Y", "J", "H", "K", "Ks")  # by wavelength
VALUES_MAX = 100_000_000
"""Pixels of all planes together, past which a small file may unpack into all of memory; a tile of a survey has as many."""


@image_reader("fits")
class FitsReader:
    """FITS, plain, gzipped or tile-compressed."""

    suffixes = tuple(f".{stem}{end}" for stem in ("fits", "fit", "fts") for end in ("", ".gz", ".fz"))

    def read(self, path: Path, *, at_least: int = 0) -> Image:  # noqa: ARG002 - a FITS image is read whole
        """Read the picture of one file by the rules above."""
        with opened_fits(path, ImageError) as extensions:
            return _image_of(extensions, path)


def _image_of(extensions: "HDUList", path: Path) -> Image:
    readable = readable_extensions(extensions)
    candidates = [
        (number, extension)
        for number, extension in readable
        if extension.is_image and len(extension.shape) > 1 and min(extension.shape) > 0
    ]
    if not candidates:
        kinds = "only tables" if any(not extension.is_image for _, extension in readable) else "no pixels"
        raise ImageError(
            f"{path.name} holds no image: there are {kinds} in it.", "Open it as a catalog, if it is one."
        )
    together = _bands_of_one_sky([extension for _, extension in candidates])
    _check_size(together or [candidates[0][1]], path)
    if together:
        planes = [np.asarray(extension.data) for extension in together]
        pixels, note = np.stack(planes, axis=-1), f"{len(planes)} extensions as bands"
        bands = _names([_band(extension.header) for extension in together])
        name, header = ", ".join(str(number) for number, _ in candidates[: len(planes)]), together[0].header
        count = 1
    else:
        number, extension = candidates[0]
        pixels, bands, note = _planes(np.asarray(extension.data), extension.header)
        name, header, count = extension.name or str(number), extension.header, len(candidates)
    upright = _upright(pixels, path)
    image = Image(upright, bands=bands, extension=name, extension_count=count, note=note)
    return _with_sky(image, header, extensions)


def _check_size(planes: Sequence["ImageHDU"], path: Path) -> None:
    """Refuse what would fill the memory before any of it is unpacked."""
    if sum(math.prod(plane.shape) for plane in planes) > VALUES_MAX:
        what = (
            f"{path.name} has more than {VALUES_MAX / 1e6:.0f} million pixels, those of all planes counted."
        )
        raise ImageError(what, "Cut it into cutouts.")


def _upright(pixels: NDArray[np.generic], path: Path) -> Pixels:
    upright = np.ascontiguousarray(pixels[::-1], dtype=np.float32)  # also makes the byte order the machine's
    if not np.isfinite(upright).any():
        remedy = "Ask for the cutout again: it may lie off the survey."
        raise ImageError(f"{path.name} has no pixel with a value.", remedy)
    return upright


def _with_sky(image: Image, header: "Header", extensions: "HDUList") -> Image:
    sky = sky_of(header, extensions, image.height, image.width)
    unit = str(header.get("BUNIT", "")).strip()
    return replace(
        image,
        unit=unit,
        arcsec_per_pixel=sky.arcsec_per_pixel,
        north_deg=sky.north_deg,
        is_mirrored=sky.is_mirrored,
        sky=sky.grid,
        is_simulated=header.get("SIMULATE") is True,
    )


def _bands_of_one_sky(extensions: Sequence["ImageHDU"]) -> Sequence["ImageHDU"]:
    """The extensions that are bands of one image, bluest first where known; empty where they are not."""
    headers = [extension.header for extension in extensions]
    if not 2 <= len(extensions) <= BANDS_MAX or len({extension.shape for extension in extensions}) > 1:
        return []
    if len(extensions[0].shape) != 2 or len({_sky_cards(header) for header in headers}) > 1:
        return []
    bands = [_band(header) for header in headers]
    differ = all(bands) and len(set(bands)) == len(bands)
    is_triple = (
        len(extensions) == 3
        and len({extension.name for extension in extensions}) == 1
        and "CRVAL1" in headers[0]
    )
    if not differ and not is_triple:
        return []
    return [extensions[place] for place in _blue_to_red(bands)]


def _sky_cards(header: "Header") -> tuple[object, ...]:
    return tuple(header.get(card) for card in ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2"))


def _band(header: "Header") -> str:
    """Name of the band of one plane, by the cards surveys use; "" where there is none."""
    words = str(header.get("BAND") or header.get("FILTER") or "").split()
    return words[0] if words else ""


def _names(bands: Sequence[str]) -> tuple[str, ...]:
    """The names, if they are names: all there and all different."""
    return tuple(bands) if all(bands) and len(set(bands)) == len(bands) else ()


def _blue_to_red(bands: Sequence[str]) -> list[int]:
    """Order of the planes by wavelength; as they stand where a band is not one of the broad ones."""
    if not all(band in BROAD_BANDS for band in bands):
        return list(range(len(bands)))
    return sorted(range(len(bands)), key=lambda place: BROAD_BANDS.index(bands[place]))


def _planes(
    pixels: NDArray[np.generic], header: "Header"
) -> tuple[NDArray[np.generic], tuple[str, ...], str]:
    """``(y, x)`` or ``(y, x, band)``, names of the bands, and what was decided."""
    note = ""
    while pixels.ndim > 3:
        note = f"the first plane of a {len(header['NAXIS*']) - 1}-D cube"
        pixels = pixels[0]
    if pixels.ndim == 2:
        band = _band(header)
        return pixels, (band,) if band else (), note
    if pixels.shape[0] > BANDS_MAX and pixels.shape[2] in (3, 4):
        return pixels[..., :3], (), "the last axis was taken for the bands"
    if note or pixels.shape[0] > BANDS_MAX or not _is_bands(header):
        place = next((place for place, plane in enumerate(pixels) if np.isfinite(plane).any()), 0)
        note = note or f"plane {place + 1} of {len(pixels)}"
        return pixels[place], (), note
    names = [name for name in str(header.get("BANDS", "")).replace(",", " ").split() if name]
    names = list(names[0]) if len(names) == 1 else names
    if len(names) != len(pixels):
        return _without_band_axis(pixels), (), note
    order = _blue_to_red(names)
    return _without_band_axis(pixels[order]), _names([names[place] for place in order]), note


def _is_bands(header: "Header") -> bool:
    """False where the third axis is said to be a frequency, velocity, polarisation or time."""
    kind = str(header.get("CTYPE3", "")).strip().upper()
    return not kind.startswith(
        ("FREQ", "VELO", "VRAD", "VOPT", "WAVE", "AWAV", "STOKES", "TIME", "ENER", "ZOPT")
    )


def _without_band_axis(planes: NDArray[np.generic]) -> NDArray[np.generic]:
    return planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, -1)
