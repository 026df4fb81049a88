"""The light of a single galaxy before the atmosphere and the camera: bulge, disc, arms, bar, ring, dust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from resources.samples.morphology import Morphology
from resources.samples.random_fields import cloudy, look_up, stretched_field

Array = npt.NDArray[np.float64]
Colour = tuple[float, float]

FIELD_IN_RADII = 5.12
"""Side of a cutout in petrosian radii: 256 pixels of 0.02 radius, the framing Galaxy Zoo 2 showed."""

OLD: Colour = (0.92, 0.42)
"""Colours (g-r, r-i) of an old population, as of a red elliptical."""

DISC: Colour = (0.74, 0.36)
"""Colours of a disc's older stars."""

YOUNG: Colour = (0.22, 0.06)
"""Colours of the young stars of spiral arms."""

STARBURST: Colour = (0.02, -0.2)
"""Colours of a star-forming clump, whose emission lines brighten g and r."""

EXTINCTION: Array = np.array([1.36, 1.0, 0.75])
"""Optical depth of dust in g, r, i relative to r."""


@dataclass(frozen=True)
class Plane:
    """Positions in a galaxy's own plane, each of shape (size, size), in petrosian radii and radians."""

    x: Array
    y: Array
    radius: Array
    angle: Array


def sky_grid(size: int) -> tuple[Array, Array]:
    """Positions of the pixel centres (petrosian radii) relative to the middle, each of shape (size, size)."""
    axis = (np.arange(size) - (size - 1) / 2.0) * (FIELD_IN_RADII / size)
    x, y = np.meshgrid(axis, axis)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def rotated(x: Array, y: Array, angle_deg: float) -> tuple[Array, Array]:
    """Coordinates along and across a direction `angle_deg` counted from the x axis."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return x * cosine + y * sine, y * cosine - x * sine


def galaxy_plane(size: int, axis_ratio: float, position_angle_deg: float) -> Plane:
    """Deproject the pixel grid into the plane of a disc of the given apparent axis ratio."""
    along, across = rotated(*sky_grid(size), position_angle_deg)
    across = across / axis_ratio
    radius = np.hypot(along, across) + 1e-3
    return Plane(along, across, radius, np.arctan2(across, along))


def sersic_b(index: float) -> float:
    """Constant that makes the effective radius hold half the light (Ciotti & Bertin 1999, A&A 352, 447)."""
    return 2.0 * index - 1.0 / 3.0 + 4.0 / (405.0 * index) + 46.0 / (25515.0 * index**2)


def sersic(x: Array, y: Array, effective_radius: float, index: float, boxiness: float = 2.0) -> Array:
    """Sersic profile of unit total on the grid (Sersic 1968); `boxiness` above 2 squares the isophotes."""
    core = 0.3 * FIELD_IN_RADII / x.shape[0]
    radius = (np.abs(x) ** boxiness + np.abs(y) ** boxiness + core**boxiness) ** (1.0 / boxiness)
    light = np.exp(-sersic_b(index) * (radius / effective_radius) ** (1.0 / index))
    return np.asarray(light / light.sum(), dtype=np.float64)


def in_bands(light: Array, colour: Colour) -> Array:
    """Spread r-band `light` (size, size) over g, r, i: shape (3, size, size)."""
    factors = np.array([10.0 ** (-0.4 * colour[0]), 1.0, 10.0 ** (0.4 * colour[1])])
    return np.asarray(factors[:, None, None] * light, dtype=np.float64)


def mixed(young: float) -> Colour:
    """Colour between an old disc (`young` = 0) and young stars (1)."""
    return DISC[0] + young * (YOUNG[0] - DISC[0]), DISC[1] + young * (YOUNG[1] - DISC[1])


def unit(light: Array) -> Array:
    """`light` scaled to a total of one."""
    return np.asarray(light / max(float(light.sum()), 1e-12), dtype=np.float64)


def elliptical(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """A smooth galaxy, redder in the middle, shape (3, size, size)."""
    along, across = rotated(*sky_grid(size), morphology.position_angle_deg)
    across = across / morphology.axis_ratio
    effective = 0.66 / max(morphology.axis_ratio, 0.3) ** 0.35
    boxiness = float(rng.uniform(1.9, 2.15))
    inner = sersic(along, across, 0.75 * effective, morphology.bulge_index, boxiness)
    outer = sersic(along, across, 1.25 * effective, min(morphology.bulge_index, 2.5), 2.0)
    shift = 0.5 * morphology.youth + 0.05 * float(rng.normal())
    inner_colour = (OLD[0] + 0.05 - shift, OLD[1] + 0.03 - 0.4 * shift)
    outer_colour = (OLD[0] - 0.06 - shift, OLD[1] - 0.02 - 0.4 * shift)
    light = 0.55 * in_bands(inner, inner_colour) + 0.45 * in_bands(outer, outer_colour)
    return np.asarray(light, dtype=np.float64)


def arm_pattern(plane: Plane, morphology: Morphology, rng: np.random.Generator) -> Array:
    """Brightness of the spiral arms relative to the disc, 0 to about 1, shape of `plane`.

    Every arm is a logarithmic spiral of constant pitch with its own strength, reach and small wander.
    """
    if morphology.drawn_class == "spiral-flocculent":
        return flocculent_pattern(plane, morphology, rng)
    start = morphology.bar_length or float(rng.uniform(0.13, 0.24))
    wander = look_up(stretched_field(rng, 0.5, 0.7), plane.angle, 2.0 * plane.radius)
    pattern = np.zeros_like(plane.radius)
    first = 0.0 if morphology.bar else float(rng.uniform(0.0, 2.0 * np.pi))
    for arm in range(morphology.arm_count):
        middle = first + 2.0 * np.pi * arm / morphology.arm_count + 0.12 * float(rng.normal())
        pattern += one_arm(plane, morphology, start, middle, 0.10 * wander, rng)
    return pattern


def one_arm(
    plane: Plane, morphology: Morphology, start: float, middle: float, wander: Array, rng: np.random.Generator
) -> Array:
    """One spiral arm that leaves `start` at azimuth `middle` (rad), about 1 on its ridge."""
    pitch = np.radians(morphology.pitch_deg * float(rng.normal(1.0, 0.06)))
    ridge = middle + morphology.handedness * np.log(plane.radius / start) / np.tan(pitch)
    offset = np.mod(plane.angle - ridge + wander + np.pi, 2.0 * np.pi) - np.pi
    width = (0.05 + 0.045 * plane.radius) * float(rng.uniform(0.85, 1.25))
    width = width * (2.0 if morphology.arm_count == 1 else 1.0)
    profile = np.exp(-0.5 * (plane.radius * offset * np.sin(pitch) / width) ** 2)
    reach = float(rng.uniform(0.95, 1.3))
    rise = 1.0 / (1.0 + np.exp(-(plane.radius - start) / 0.03))
    fall = 1.0 / (1.0 + np.exp((plane.radius - reach) / 0.10))
    return np.asarray(float(np.exp(0.18 * rng.normal())) * profile * rise * fall, dtype=np.float64)


def flocculent_pattern(plane: Plane, morphology: Morphology, rng: np.random.Generator) -> Array:
    """Many short arm pieces without an order of the whole: patches sheared along spirals."""
    winding = morphology.handedness * np.log(plane.radius + 0.05) / np.tan(np.radians(morphology.pitch_deg))
    patches = look_up(stretched_field(rng, 0.13, 0.42), plane.angle - winding, plane.angle)
    return np.asarray(np.clip(0.25 + 0.55 * patches, 0.0, 1.6), dtype=np.float64)


def clumps(weight: Array, count: int, rng: np.random.Generator) -> Array:
    """Star-forming regions as points of lognormal flux scattered where `weight` is high, unit total."""
    chosen = rng.choice(weight.size, size=count, p=weight.ravel() / weight.sum())
    flux = np.exp(0.9 * rng.normal(size=count))
    points = np.zeros(weight.size)
    np.add.at(points, chosen, flux)
    return unit(points.reshape(weight.shape))


def bar_light(plane: Plane, morphology: Morphology) -> Array:
    """A Ferrers-like bar along the x axis of the galaxy's plane, unit total."""
    width = morphology.bar_length * (0.36 - 0.14 * morphology.bar)
    shape = (np.abs(plane.x / morphology.bar_length) ** 2.5 + np.abs(plane.y / width) ** 2.5) ** 0.4
    return unit(np.clip(1.0 - shape**2, 0.0, None) ** 1.3)


def ring_light(plane: Plane, morphology: Morphology, rng: np.random.Generator) -> Array:
    """A ring of young stars, uneven along its course, unit total."""
    middle = 1.05 * morphology.bar_length if morphology.bar_length else float(rng.uniform(0.38, 0.5))
    if morphology.ring == "outer":
        middle = float(rng.uniform(0.75, 0.98))
    width = float(rng.uniform(0.05, 0.08)) * (1.5 if morphology.ring == "outer" else 1.0)
    uneven = np.exp(0.5 * look_up(stretched_field(rng, 0.4, 0.6), plane.angle, plane.radius))
    uneven = uneven * cloudy(rng, plane.x * 1.8, plane.y * 1.8, 0.35, 1.3)
    oval = plane.radius * (1.0 + 0.07 * np.cos(2.0 * plane.angle + float(rng.uniform(0.0, 6.28))))
    return unit(np.exp(-0.5 * ((oval - middle) / width) ** 2) * uneven)
