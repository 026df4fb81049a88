"""From measured pixels to the picture that a model was trained on: the recipes that a manifest can name.

Pictures that are ready for the screen pass unchanged. Of measurements (FITS, 16-bit pictures) each recipe makes:

``screen``
    What the program opens them with: asinh between the values that leave out 0.25 % of the pixels at either end;
    of several bands the colours of Lupton et al. 2004, softened by the noise of the sky.
``decals``
    The colours of Galaxy Zoo DECaLS. For the bands g, r and z, or g, r and i, wherever they stand in the file; three
    bands without names are taken for g, r and z. Fluxes are taken as nanomaggies. Anything else: ``screen``.
``lupton``
    Lupton et al. 2004 as astropy's ``make_lupton_rgb`` has it when it is told nothing: black 0, stretch 5, Q 8, in
    the unit of the file. One band becomes grey by the same curve.
``zoobot``
    Zoobot 2.9's scaling of FITS images: limited to the quantiles 0 and 99.7 % of all pixels, brought to 0..1, then
    asinh. So white is asinh(1) = 0.88, and no level is rounded.

Of several bands the last is red, the first blue, green the mean of those between (of both, where there are two).
Pixels without a measurement are black.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.image import Image
from gzviewer.core.stretch import DEFAULT, Floats, Screen, decals_rgb, limits_of, to_rgb

Part = tuple[slice, slice]
WHOLE: Part = (slice(None), slice(None))
STRIP = 1 << 22  # pixels drawn at a time
DECALS_BANDS = (("g", "r", "z"), ("g", "r", "i"))
LUPTON_STRETCH, LUPTON_Q, LUPTON_SLOPE_AT = 5.0, 8.0, 0.1
ZOOBOT_WHITE, ZOOBOT_Q = 99.7, 1.0


def picture_of(image: Image, recipe: str, part: Part = WHOLE) -> Screen | Floats:
    """The picture that a recipe makes of an image, or a part of that picture.

    Parameters
    ----------
    recipe
        One of `RECIPES`; without meaning for a picture that is ready for the screen.
    part
        Lines and columns: only they are drawn, as they are in the whole picture.

    Returns
    -------
    (y, x, 3) uint8, red green blue; or float32 in 0..1, (y, x, 3) or, of one band, (y, x). Never NaN.
    """
    if not image.is_measured:
        return np.asarray(image.pixels[part], dtype=np.uint8)
    with np.errstate(
        over="ignore", invalid="ignore", divide="ignore"
    ):  # what comes of them is black or white
        return RECIPES[recipe](image, part)


def _finite(pixels: NDArray[np.generic]) -> Floats:
    """Infinite is no measurement."""
    measured = np.asarray(pixels, dtype=np.float32)
    is_infinite = np.isinf(measured)
    return np.where(is_infinite, np.float32(np.nan), measured) if is_infinite.any() else measured


def _screen(image: Image, part: Part) -> Screen:
    """One band is judged as a whole and drawn in part; colours need their sky, and so the whole."""
    if image.pixels.ndim == 3 or part == WHOLE:
        return to_rgb(image)[part]
    low, high = limits_of(np.asarray(image.pixels, dtype=np.float32), DEFAULT)
    stretch = replace(DEFAULT, limits="User", low=low, high=high)
    return to_rgb(replace(image, pixels=image.pixels[part]), stretch)


def _decals(image: Image, part: Part) -> Screen:
    """By the bands' names, else by their number."""
    is_cube = image.pixels.ndim == 3
    for wanted in DECALS_BANDS:
        if is_cube and set(wanted) <= set(image.bands):
            places = [image.bands.index(band) for band in wanted]
            return _in_strips(
                replace(image, pixels=image.pixels[..., places], bands=wanted), part, decals_rgb
            )
    if is_cube and not image.bands and image.pixels.shape[2] == len(DECALS_BANDS[0]):
        return _in_strips(replace(image, bands=DECALS_BANDS[0]), part, decals_rgb)
    return _screen(image, part)


def _in_strips(image: Image, part: Part, draw: Callable[[Image], Screen]) -> Screen:
    """A recipe that looks at each pixel by itself, some lines at a time: a huge image must not take many times its size."""
    pixels = image.pixels[part]
    lines = max(1, STRIP // max(1, pixels.shape[1]))
    strips = (pixels[first : first + lines] for first in range(0, len(pixels), lines))
    return np.concatenate([draw(replace(image, pixels=_finite(strip))) for strip in strips])


def _lupton(image: Image, part: Part) -> Screen:
    return _in_strips(image, part, _lupton_rgb)


def _lupton_rgb(image: Image) -> Screen:
    r""":math:`f(I) = 0.1 \operatorname{asinh}(Q I / \beta) / \operatorname{asinh}(0.1 Q)`, I the mean of the colours."""
    colours = _colours(image.pixels)
    intensity = colours.mean(axis=0, dtype=np.float32)
    slope = np.float32(LUPTON_SLOPE_AT / np.arcsinh(LUPTON_SLOPE_AT * LUPTON_Q))
    bright = np.arcsinh(intensity * np.float32(LUPTON_Q / LUPTON_STRETCH)) * slope
    factor = np.where(intensity > 0, bright / intensity, 0)
    colours = np.clip(np.nan_to_num(colours * factor, nan=0.0), 0, np.finfo(np.float32).max)
    brightest = colours.max(axis=0)
    colours = colours / np.maximum(brightest, 1)  # what is brighter than white keeps its hue
    return np.ascontiguousarray(np.moveaxis(np.clip(colours * 255, 0, 255).astype(np.uint8), 0, 2))


def _zoobot(image: Image, part: Part) -> Floats:
    values = np.asarray(image.pixels, dtype=np.float32)
    known = values[np.isfinite(values)]  # a copy, which may be reordered
    low = float(known.min()) if known.size else 0.0
    high = float(np.percentile(known, ZOOBOT_WHITE, overwrite_input=True)) if known.size else 0.0
    values = _finite(values[part])
    if not high > low:
        return np.zeros(values.shape[:2], dtype=np.float32)
    # in halves: the difference of two large float32 may be none
    share = (np.clip(values, low, high) / 2 - np.float32(low / 2)) / np.float32(high / 2 - low / 2)
    bright: Floats = np.nan_to_num(np.arcsinh(np.float32(ZOOBOT_Q) * share), nan=0.0).astype(np.float32)
    return bright if bright.ndim == 2 else np.ascontiguousarray(np.moveaxis(_colours(bright), 0, 2))


def _colours(pixels: NDArray[np.generic]) -> Floats:
    """(y, x) or (y, x, band) -> (3, y, x): red, green, blue."""
    planes = np.asarray(pixels, dtype=np.float32)
    if planes.ndim == 2:
        return np.stack([planes] * 3)
    between = planes[..., 1:-1] if planes.shape[2] > 2 else planes
    return np.stack([planes[..., -1], between.mean(axis=2, dtype=np.float32), planes[..., 0]])


RECIPES: dict[str, Callable[[Image, Part], Screen | Floats]] = {
    "screen": _screen,
    "decals": _decals,
    "lupton": _lupton,
    "zoobot": _zoobot,
}
