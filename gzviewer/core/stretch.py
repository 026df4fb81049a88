"""Measurements -> 8-bit pixels for the screen: DS9's scales and limits for one band, colours for several.

Pure functions of an `Image`. The words for scales and limits are those of SAOImage DS9, because they are in
every astronomer's fingers. In formulas, x is a pixel's value between the limits, 0 to 1, and y its brightness
on screen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.image import Image
from gzviewer.core.zscale import zscale_limits

Floats = NDArray[np.float32]
Screen = NDArray[np.uint8]

KINDS = ("Linear", "Log", "Power", "Square Root", "Squared", "ASINH", "SINH", "Histogram Equalization")
LIMITS = ("Min Max", "99.5 %", "99 %", "98 %", "95 %", "90 %", "ZScale", "User")
SAMPLE_MAX = 10_000  # pixels enough to know a percentile to a grey level or two
NOISE_ON_SCREEN = 0.04  # brightness that one standard deviation of the sky has in a colour picture
COLOURFUL = 3.0  # standard deviations of the sky from which on a pixel shows its whole colour
# Flux of a typical galaxy by band, on the AB scale, relative to g: it is shown white
GALAXY_FLUX = {"u": 0.35, "g": 1.0, "r": 1.75, "i": 2.2, "z": 2.4, "y": 2.6, "Y": 2.6}
# Nanomaggies that count as one; the published recipe has no i, which stands between r and z by its wavelength
DECALS_SCALES = {"g": 0.008, "r": 0.014, "z": 0.019, "i": 0.0165}
DECALS_LIMITS = (-0.5, 300.0)  # of scaled flux


@dataclass(frozen=True)
class Stretch:
    """How measurements become brightness.

    Parameters
    ----------
    kind
        One of `KINDS`.
    limits
        One of `LIMITS`: which values are black and white. "99.5 %" leaves out 0.25 % of the pixels at either
        end.
    low, high
        Black and white where `limits` is "User", in the image's own unit.
    inverted
        True for dark galaxies on a bright sky.
    """

    kind: str = "ASINH"
    limits: str = "99.5 %"
    low: float = 0.0
    high: float = 1.0
    inverted: bool = False

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind
        assert self.limits in LIMITS, self.limits


DEFAULT = Stretch()


def to_rgb(image: Image, stretch: Stretch = DEFAULT) -> Screen:
    """The picture as the screen shows it.

    Parameters
    ----------
    image
        A picture ready for the screen passes unchanged but for `inverted`. One band becomes grey. Of two or
        more bands the last is red, the first blue, and green the mean of those between (of both, where there
        are two).
    stretch
        For colours, "ASINH" is the recipe of Lupton et al. 2004, its softening set by the noise of the sky
        and its white by the upper limit; the other kinds act on the mean of the three colours. All keep the
        ratios of the colours, but in the noise of the sky, which is grey.

    Returns
    -------
    (y, x, 3) uint8, red green blue. Pixels without a measurement are black, inverted or not.
    """
    pixels = image.pixels
    if pixels.dtype == np.uint8:
        return np.asarray(255 - pixels if stretch.inverted else pixels, dtype=np.uint8)
    measured = np.asarray(pixels, dtype=np.float32)
    if measured.ndim == 2 or measured.shape[2] == 1:
        grey = _bytes(_brightness(measured.reshape(measured.shape[:2]), stretch), inverted=stretch.inverted)
        return np.repeat(grey[..., np.newaxis], 3, axis=2)
    return _stacked(_colours(measured, image.bands, stretch), inverted=stretch.inverted)


def decals_rgb(image: Image) -> Screen:
    """The colours in which volunteers saw DECaLS galaxies, and so those that models were trained on.

    Parameters
    ----------
    image
        Fluxes in nanomaggies, (y, x, 3), bands g, r, z in this order, or g, r, i where `Image.bands` says so.

    Returns
    -------
    (y, x, 3) uint8, red green blue. Pixels without a measurement are black.

    Notes
    -----
    The recipe of Walmsley et al. 2022, MNRAS 509, 3966, section 2: flux over a scale of its band, asinh
    between fixed limits, and a desaturation that turns the colourful noise of the faint sky grey.
    """
    assert image.pixels.ndim == 3, "one band has no colours"
    assert image.pixels.shape[2] == 3, "the recipe is for g, r and z"
    low, high = (float(np.arcsinh(limit)) for limit in DECALS_LIMITS)
    bands = ("g", "r", "i" if image.bands == ("g", "r", "i") else "z")
    scaled = [_plane(image.pixels, place) / np.float32(DECALS_SCALES[bands[place]]) for place in (2, 1, 0)]
    rgb = [(np.arcsinh(plane) - np.float32(low)) / np.float32(high - low) for plane in scaled]
    mean = (rgb[0] + rgb[1] + rgb[2]) / np.float32(3)
    mean[mean == 0] = 1
    brightest = np.maximum(np.maximum(rgb[0], rgb[1]), rgb[2])
    keep = np.sin(np.float32(np.pi / 2) * (1 - np.minimum(brightest / mean / np.float32(2.5), 1)))
    grey = mean * (1 - keep)
    faint = keep + grey * (1 - keep)
    return _stacked([plane * faint + grey for plane in rgb])


def limits_of(values: Floats, stretch: Stretch) -> tuple[float, float]:
    """The values that become black and white; (0, 0) where no value is finite.

    Large images are judged by an even sample of their pixels.
    """
    if stretch.limits == "User":
        return stretch.low, stretch.high
    sample = _sample(values) if stretch.limits != "Min Max" else values[np.isfinite(values)]
    if not sample.size:
        return 0.0, 0.0
    if stretch.limits == "Min Max":
        return float(sample.min()), float(sample.max())
    if stretch.limits == "ZScale":
        return zscale_limits(sample)
    left_out = (100 - float(stretch.limits.removesuffix(" %"))) / 2
    low, high = np.percentile(sample, [left_out, 100 - left_out])
    return float(low), float(high)


def _sample(values: Floats) -> Floats:
    """An even sample of the finite values, at most about `SAMPLE_MAX` of them."""
    flat = values.ravel()
    step = max(1, flat.size // SAMPLE_MAX)
    # An odd step that shares no factor with most widths walks through the columns instead of down one
    chosen = flat[:: step | 1] if step > 1 else flat
    return chosen[np.isfinite(chosen)]


def _brightness(values: Floats, stretch: Stretch) -> Floats:
    """(y, x) of anything -> (y, x), about 0 to 1, NaN where there was no measurement."""
    x = _between(values, *limits_of(values, stretch))
    if stretch.kind == "Histogram Equalization":
        return _equalized(x)
    return np.asarray(CURVES[stretch.kind](x), dtype=np.float32)


def _between(values: Floats, low: float, high: float) -> Floats:
    if not high > low:
        return np.where(np.isnan(values), values, np.float32(0)).astype(np.float32)
    clipped = np.clip(values, np.float32(low), np.float32(high))
    if max(abs(low), abs(high)) > 1e30:  # their difference may be no float32
        return np.asarray(clipped.astype(np.float64) / (high - low) - low / (high - low), dtype=np.float32)
    return np.asarray((clipped - np.float32(low)) / np.float32(high - low), dtype=np.float32)


# DS9's curves, with its exponent of 1000
CURVES: dict[str, Callable[[Floats], NDArray[np.floating]]] = {
    "Linear": lambda x: x,
    "Log": lambda x: np.log10(1000 * x + 1) / np.float32(3),
    "Power": lambda x: (np.float32(1000) ** x - 1) / np.float32(1000),
    "Square Root": np.sqrt,
    "Squared": np.square,
    "ASINH": lambda x: np.arcsinh(10 * x) / np.float32(3),
    "SINH": lambda x: np.sinh(3 * x) / np.float32(10),
}


def _equalized(x: Floats) -> Floats:
    """Brightness such that every level has as many pixels."""
    known = ~np.isnan(x)
    levels = np.where(known, x * 1023, 0).astype(np.int32)
    cumulative = np.cumsum(np.bincount(levels[known], minlength=1024))
    share = (cumulative / max(1, cumulative[-1])).astype(np.float32)
    return np.where(known, share[levels], np.float32(np.nan))


def _colours(measured: Floats, bands: tuple[str, ...], stretch: Stretch) -> list[Floats]:
    """(y, x, band) -> red, green and blue (y, x), 0 to 1."""
    rgb = _balanced(measured, bands)
    intensity = (rgb[0] + rgb[1] + rgb[2]) / np.float32(3)
    noise = np.float32(_sky_of(intensity)[1])
    is_lupton = stretch.kind == "ASINH"
    wanted = _lupton(intensity / noise, stretch) if is_lupton else _brightness(intensity, stretch)
    ratio = wanted / np.maximum(intensity, COLOURFUL * noise)
    grey = wanted * np.clip(1 - intensity / (COLOURFUL * noise), 0, 1)
    coloured = [np.maximum(plane * ratio + grey, 0) for plane in rgb]
    overflow = np.maximum(np.maximum(np.maximum(coloured[0], coloured[1]), coloured[2]), 1)
    return [
        plane / overflow for plane in coloured
    ]  # keeps the hue where a colour is too bright for the screen


def _balanced(measured: Floats, bands: tuple[str, ...]) -> list[Floats]:
    """(y, x, band) -> red, green, blue (y, x), without their skies and weighted: a typical galaxy is white.

    By `GALAXY_FLUX` where the bands are known; else by the light of what stands out of the noise in this
    picture.
    """
    count = measured.shape[2]
    groups = [[count - 1], list(range(1, count - 1)) or [0, 1], [0]]
    rgb = []
    for group in groups:
        plane = sum((_plane(measured, place) for place in group[1:]), start=_plane(measured, group[0]))
        sky, noise = _sky_of(plane)
        plane = plane - np.float32(sky)
        if bands and all(band in GALAXY_FLUX for band in bands):
            light = sum(GALAXY_FLUX[bands[place]] for place in group)
        else:
            sample = _sample(plane)
            light = float(sample[sample > COLOURFUL * noise].sum()) / max(1, sample.size) or noise
        rgb.append(plane / np.float32(light))
    return rgb


def _plane(pixels: NDArray[np.floating] | NDArray[np.uint8], place: int) -> Floats:
    """One band of (y, x, band), contiguous: three times quicker to work on."""
    return np.ascontiguousarray(pixels[..., place], dtype=np.float32)


def _sky_of(plane: Floats) -> tuple[float, float]:
    """Median of the pixels and the standard deviation of those below it: galaxies only add light.

    A picture without noise is given a three hundredth of its range.
    """
    sample = _sample(plane).astype(np.float64)  # the mean of two large float32 may overflow
    if not sample.size:
        return 0.0, 1.0
    sky = float(np.median(sample))
    noise = 1.4826 * float(np.median(sky - sample[sample <= sky]))
    return sky, noise or float(sample.max() - sample.min()) / 300 or 1.0


def _lupton(intensity: Floats, stretch: Stretch) -> Floats:
    r"""Brightness of a colour picture whose pixels are in units of the noise above the sky.

    :math:`f(I) = \operatorname{asinh}(\alpha Q (I - m)) / Q`, Lupton et al. 2004, PASP 116, 133. Black m is
    one standard deviation below the sky; that deviation has the brightness `NOISE_ON_SCREEN`, which sets
    alpha; the upper limit is white, which sets Q.
    """
    above = (intensity + 1) * np.float32(NOISE_ON_SCREEN)
    high = (limits_of(intensity, stretch)[1] + 1) * NOISE_ON_SCREEN
    if not high > 1:  # nothing stands out of the noise: linear
        return np.asarray(np.clip(above, 0, 1), dtype=np.float32)
    softening = np.float32(_softening(high))
    return np.asarray(np.arcsinh(softening * above) / softening, dtype=np.float32)


def _softening(high: float) -> float:
    """The Q > 0 for which asinh(Q high) = Q; high > 1."""
    softening = 1 + float(np.log(high))
    for _ in range(50):  # asinh is concave: this comes nearer at every step
        softening = float(np.arcsinh(softening * high))
    return max(softening, 1e-3)


def _stacked(planes: list[Floats], *, inverted: bool = False) -> Screen:
    return np.stack([_bytes(plane, inverted=inverted) for plane in planes], axis=2)


def _bytes(brightness: Floats, *, inverted: bool = False) -> Screen:
    """About 0 to 1 -> 0 to 255; NaN -> 0, inverted or not."""
    level = (1 - brightness if inverted else brightness) * np.float32(255) + np.float32(0.5)
    known: Floats = np.fmin(np.fmax(level, 0), 255)  # fmin and fmax take the number where the other is NaN
    return known.astype(np.uint8)
