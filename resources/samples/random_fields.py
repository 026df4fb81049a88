"""Random fields that make light uneven: clouds of a power-law spectrum and patches sheared into spirals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[np.float64]

FIELD_SIZE = 192
"""Pixels along each side of a field before it is looked up."""


def power_law_field(rng: np.random.Generator, slope: float) -> Array:
    """Gaussian field of zero mean and unit variance whose amplitude falls as wavenumber to ``-slope``.

    Returns
    -------
    numpy.ndarray, shape (FIELD_SIZE, FIELD_SIZE)
        Periodic in both directions.
    """
    wave = np.hypot(*np.meshgrid(np.fft.fftfreq(FIELD_SIZE), np.fft.fftfreq(FIELD_SIZE)))
    wave[0, 0] = np.inf
    floor = 2.0 / FIELD_SIZE
    spectrum = np.fft.fft2(rng.normal(size=wave.shape)) * np.maximum(wave, floor) ** -slope
    spectrum[0, 0] = 0.0
    return _standard(np.fft.ifft2(spectrum).real)


def stretched_field(rng: np.random.Generator, across: float, along: float) -> Array:
    """Gaussian field of unit variance smoothed by `across` and `along` (radians) on its two periodic axes."""
    radians_per_pixel = 2.0 * np.pi / FIELD_SIZE
    widths = (across / radians_per_pixel, along / radians_per_pixel)
    return _standard(ndimage.gaussian_filter(rng.normal(size=(FIELD_SIZE, FIELD_SIZE)), widths, mode="wrap"))


def look_up(field: Array, first: Array, second: Array) -> Array:
    """Values of a periodic `field` at two coordinates whose period is 2 pi, shape of the coordinates."""
    scale = FIELD_SIZE / (2.0 * np.pi)
    where = np.stack([np.mod(first, 2.0 * np.pi), np.mod(second, 2.0 * np.pi)]) * scale
    return np.asarray(ndimage.map_coordinates(field, where, order=1, mode="grid-wrap"), dtype=np.float64)


def cloudy(rng: np.random.Generator, x: Array, y: Array, strength: float, slope: float = 1.6) -> Array:
    """Lognormal cloud factor of unit mean at plane positions `x`, `y` (petrosian radii)."""
    field = look_up(power_law_field(rng, slope), x, y)
    return np.asarray(np.exp(strength * field - 0.5 * strength**2), dtype=np.float64)


def _standard(field: Array) -> Array:
    """`field` with zero mean and unit variance."""
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64)
