"""What lies between a galaxy and its cutout: neighbours, blurring, camera noise and defects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from resources.samples.galaxy_model import Colour, in_bands, rotated, sersic, sky_grid, unit
from resources.samples.morphology import Morphology

Array = npt.NDArray[np.float64]

NATIVE_PIXEL = 0.396
"""Side of a survey camera's pixel (arcsec); cutouts are resampled from it, which correlates their noise."""

SKY_NOISE: Array = np.array([0.018, 0.026, 0.036])
"""Noise of the sky in g, r, i, nanomaggies for each native pixel."""

ELECTRONS = 900.0
"""Electrons for each nanomaggy, which sets the noise of the objects' own light."""

SEEING_BY_BAND = (1.06, 1.0, 0.95)
"""Seeing in g, r, i relative to r."""

STARS_PER_SQUARE_ARCMIN = 2.0
GALAXIES_PER_SQUARE_ARCMIN = 6.5


def flux_of(magnitude: float) -> float:
    """Nanomaggies of an AB magnitude."""
    return float(10.0 ** ((22.5 - magnitude) / 2.5))


def star_colour(rng: np.random.Generator) -> Colour:
    """Colours of a field star: hot ones are few, red dwarfs many, along the stellar locus."""
    if rng.random() < 0.7:
        green_red = float(rng.uniform(0.2, 1.0))
        return green_red, 0.4 * green_red - 0.02
    return float(rng.normal(1.42, 0.06)), float(rng.uniform(0.5, 1.15))


def magnitude(rng: np.random.Generator, bright: float, faint: float, slope: float) -> float:
    """Draw a magnitude between two limits from counts that grow as ``10 ** (slope * magnitude)``."""
    low, high = 10.0 ** (slope * bright), 10.0 ** (slope * faint)
    return float(np.log10(rng.uniform(low, high)) / slope)


def neighbours(morphology: Morphology, rng: np.random.Generator, size: int, side: float) -> Array:
    """Foreground stars and other galaxies of a field of `side` arcsec, nanomaggies (3, size, size)."""
    field = np.zeros((3, size, size))
    area = (side / 60.0) ** 2 * float(np.exp(0.5 * rng.normal() - 0.25))
    for _ in range(int(rng.poisson(STARS_PER_SQUARE_ARCMIN * area))):
        row, column = rng.integers(0, size, size=2)
        point = np.zeros((1, 1)) + flux_of(magnitude(rng, 15.0, 22.0, 0.18))
        field[:, row, column] += in_bands(point, star_colour(rng))[:, 0, 0]
    x, y = sky_grid(size)
    for _ in range(int(rng.poisson(GALAXIES_PER_SQUARE_ARCMIN * area))):
        place = rng.uniform(-2.6, 2.6, size=2)
        along, across = rotated(x - place[0], y - place[1], float(rng.uniform(0.0, 180.0)))
        brightness = magnitude(rng, 17.0, 22.2, 0.38)
        radius = float(rng.uniform(0.5, 0.9)) * 10.0 ** (0.12 * (21.0 - brightness)) / morphology.petro_radius
        light = sersic(along, across / float(rng.uniform(0.3, 1.0)), radius, float(rng.uniform(0.8, 2.5)))
        red = float(rng.uniform(0.3, 1.3))
        field += flux_of(brightness) * in_bands(light, (red, 0.15 + 0.3 * red))
    return field


def blurred(light: Array, seeing: float, pixels_per_arcsec: float, rng: np.random.Generator) -> Array:
    """Convolve (3, n, n) with a double-Gaussian point spread function and shift the bands a little.

    `seeing` is the full width at half maximum in pixels.
    The survey's bands are taken in turn and never lie on one another exactly.
    """
    result = np.empty_like(light)
    for band, factor in enumerate(SEEING_BY_BAND):
        sigma = factor * seeing / 2.355
        core = ndimage.gaussian_filter(light[band], sigma, mode="constant", truncate=4.0)
        wing = ndimage.gaussian_filter(light[band], 2.6 * sigma, mode="constant", truncate=3.0)
        shift = rng.normal(0.0, 0.045 * pixels_per_arcsec, size=2)
        result[band] = ndimage.shift(0.88 * core + 0.12 * wing, shift, order=1, mode="nearest")
    return result


def binned(light: Array, factor: int) -> Array:
    """Sum blocks of `factor` by `factor` pixels: (3, n, n) to (3, n / factor, n / factor)."""
    bands, size, _ = light.shape
    small = size // factor
    return np.asarray(light.reshape(bands, small, factor, small, factor).sum(axis=(2, 4)), dtype=np.float64)


def noise(light: Array, pixel: float, rng: np.random.Generator) -> Array:
    """Noise of sky and objects for `light` (3, n, n; nanomaggies in pixels of `pixel` arcsec).

    Drawn on the native pixels and interpolated, as resampled survey frames are.
    """
    size = light.shape[1]
    count = int(np.ceil(size * pixel / NATIVE_PIXEL)) + 6
    white = rng.normal(size=(3, count, count))
    white = ndimage.gaussian_filter(white, (0.0, 0.5, 0.5), mode="wrap")
    axis = np.arange(size) * pixel / NATIVE_PIXEL + 2.5
    where = np.stack(np.meshgrid(axis, axis, indexing="ij"))
    smooth = np.stack([ndimage.map_coordinates(band, where, order=3, mode="nearest") for band in white])
    area = (pixel / NATIVE_PIXEL) ** 2
    variance = SKY_NOISE[:, None, None] ** 2 + np.clip(light / area, 0.0, None) / ELECTRONS
    return np.asarray((smooth * np.sqrt(variance) + sky_residual(size, rng)) * area, dtype=np.float64)


def sky_residual(size: int, rng: np.random.Generator) -> Array:
    """Level and gradient of the sky left after its subtraction, nanomaggies for each native pixel."""
    x, y = sky_grid(size)
    tilt = 0.001 * rng.normal(size=(3, 2))
    level = 0.004 * float(rng.normal()) + 0.0018 * rng.normal(size=3) + 0.001
    return np.asarray(level[:, None, None] + tilt[:, :1, None] * x + tilt[:, 1:, None] * y, dtype=np.float64)


def saturated_star(size: int, rng: np.random.Generator) -> Array:
    """A star too bright for the camera, with halo and four diffraction spikes."""
    x, y = sky_grid(size)
    place = rng.uniform(-0.5, 0.5, size=2)
    x, y = rotated(x - place[0], y - place[1], float(rng.uniform(30.0, 60.0)))
    step = float(x[0, 1] - x[0, 0]) or 0.03
    radius = np.hypot(x, y) + 0.03
    halo = unit(radius**-2.6) + 0.25 * unit(np.exp(-radius / 0.45))
    thin = max(abs(step), 0.02)
    spike = np.exp(-np.abs(x) / 0.55 - (y / thin) ** 2 / 2.0)
    spikes = unit(spike + np.exp(-np.abs(y) / 0.55 - (x / thin) ** 2 / 2.0))
    colour = (float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.05, 0.4)))
    light = flux_of(float(rng.uniform(12.3, 14.0))) * in_bands(halo + 0.12 * spikes, colour)
    return np.asarray(light, dtype=np.float64)


def satellite_trail(size: int, pixel: float, rng: np.random.Generator) -> Array:
    """A streak across the frame in one or two of the bands, since the bands are exposed in turn."""
    x, y = sky_grid(size)
    field = np.zeros((3, size, size))
    angle = float(rng.uniform(0.0, 180.0))
    offset = float(rng.uniform(-0.7, 0.7))
    for band in rng.permutation(3)[: int(rng.integers(1, 3))]:
        across = rotated(x, y, angle)[1] - offset - 0.25 * float(rng.normal())
        width = 0.05 * float(rng.uniform(1.0, 2.4))
        brightness = float(rng.uniform(0.07, 0.28)) * (pixel / NATIVE_PIXEL) ** 2
        field[band] += brightness * np.exp(-0.5 * (across / width) ** 2)
    return field


def without_strip(light: Array, rng: np.random.Generator) -> Array:
    """`light` with a strip of the frame missing, in all bands or in all but one, as at a field's edge."""
    size = light.shape[1]
    result = light.copy()
    begin = int(rng.uniform(0.1, 0.55) * size)
    end = begin + int(rng.uniform(0.1, 0.24) * size)
    missing = [0, 1, 2] if rng.random() < 0.65 else list(rng.permutation(3)[:2])
    for band in missing:
        result[band, begin:end, :] = 0.0
    return result
