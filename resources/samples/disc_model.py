"""Whole galaxies put together from their parts: inclined discs, edge-on discs and irregulars."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from resources.samples.galaxy_model import (
    EXTINCTION,
    OLD,
    STARBURST,
    Plane,
    arm_pattern,
    bar_light,
    clumps,
    elliptical,
    galaxy_plane,
    in_bands,
    mixed,
    ring_light,
    rotated,
    sersic,
    sky_grid,
    unit,
)
from resources.samples.merger_model import merger
from resources.samples.morphology import Morphology
from resources.samples.random_fields import cloudy

Array = npt.NDArray[np.float64]

DISC_LENGTH = 0.44
"""Exponential scale length of a disc in petrosian radii."""


def draw_light(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """Light of one galaxy in g, r, i, shape (3, size, size), r-band total of one."""
    if morphology.is_edge_on:
        light = edge_on(morphology, rng, size)
    elif morphology.is_merger:
        light = merger(morphology, rng, size)
    elif morphology.drawn_class == "irregular":
        light = irregular(morphology, rng, size)
    elif morphology.is_elliptical or morphology.artifact != "none":
        light = elliptical(morphology, rng, size)
    else:
        light = inclined_disc(morphology, rng, size)
    return np.asarray(light / light[1].sum(), dtype=np.float64)


def inclined_disc(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """A disc seen from above or aslant with its bulge, bar, ring, arms and dust."""
    plane = galaxy_plane(size, morphology.axis_ratio, morphology.position_angle_deg)
    arms = arm_pattern(plane, morphology, rng)
    disc = disc_stars(plane, morphology, arms, rng)
    if morphology.ring != "none":
        weight = 0.32 if morphology.ring == "outer" else 0.2
        ring = ring_light(plane, morphology, rng)
        points = clumps(ring, int(rng.integers(20, 60)), rng)
        ring = in_bands(0.92 * ring, mixed(0.3 + morphology.youth))
        disc = (1.0 - weight) * disc + weight * (ring + 0.12 * morphology.youth * in_bands(points, STARBURST))
    depth = dust_depth(plane, morphology, rng)
    disc = disc * np.exp(-depth * EXTINCTION[:, None, None])
    bar_fraction = 0.25 * morphology.bar
    light: Array = (1.0 - morphology.bulge_fraction - bar_fraction) * disc / disc[1].sum()
    if morphology.bar:
        light = light + bar_fraction * in_bands(bar_light(plane, morphology), mixed(0.05))
    light = light + morphology.bulge_fraction * in_bands(inclined_bulge(morphology, size), OLD)
    return np.asarray(light, dtype=np.float64)


def inclined_bulge(morphology: Morphology, size: int) -> Array:
    """The bulge of a disc seen aslant: rounder than the disc, larger where it has more of the light."""
    along, across = rotated(*sky_grid(size), morphology.position_angle_deg)
    flattening = 0.35 * morphology.axis_ratio + 0.65
    radius = 0.09 + 0.26 * morphology.bulge_fraction
    return sersic(along, across / flattening, radius, morphology.bulge_index)


def disc_stars(plane: Plane, morphology: Morphology, arms: Array, rng: np.random.Generator) -> Array:
    """Old and young stars and star-forming clumps of a disc, r-band total of about one."""
    heavy_side = float(rng.uniform(0.0, 6.28))
    lopsided = 1.0 + 0.16 * np.clip(plane.radius, 0.0, 1.5) * np.cos(plane.angle - heavy_side)
    edge = 1.0 / (1.0 + np.exp((plane.radius - 1.55) / 0.15))
    has_arms = morphology.arm_count > 0 or morphology.drawn_class == "spiral-flocculent"
    swept = swept_by_bar(plane, morphology)
    old = unit(np.exp(-plane.radius / DISC_LENGTH) * (1.0 + 0.5 * arms) * edge * swept)
    if not has_arms:
        faint = morphology.ring == "outer"
        old = unit(np.exp(-plane.radius / (DISC_LENGTH * (0.85 if faint else 1.0))) * edge)
        old = unit(old * cloudy(rng, plane.x, plane.y, 0.06) * lopsided)
        return in_bands(old, mixed(0.6 * morphology.youth))
    cloud = cloudy(rng, plane.x * 1.6, plane.y * 1.6, 0.42, 1.25)
    hole = 1.0 - 0.85 * np.exp(-((plane.radius / 0.22) ** 2))
    young = unit(
        np.exp(-plane.radius / (1.6 * DISC_LENGTH)) * (0.15 + arms) * cloud * hole * edge * lopsided * swept
    )
    points = clumps(young**1.3, int(rng.integers(50, 140)), rng)
    share = 0.30 + 0.4 * morphology.youth
    clump_share = 0.06 + 0.10 * morphology.youth
    light = in_bands((1.0 - share) * old * lopsided, mixed(0.05 + 0.3 * morphology.youth))
    light += in_bands((1.0 - clump_share) * share * young, mixed(0.36 + 0.62 * morphology.youth))
    light += in_bands(clump_share * share * points, STARBURST)
    return light


def swept_by_bar(plane: Plane, morphology: Morphology) -> Array:
    """Share of the disc's stars that a bar has left within its reach, 1 outside, shape of `plane`."""
    if not morphology.bar:
        return np.ones_like(plane.radius)
    inside = np.exp(-((plane.radius / (0.92 * morphology.bar_length)) ** 6))
    return np.asarray(1.0 - 0.65 * morphology.bar * inside, dtype=np.float64)


def dust_depth(plane: Plane, morphology: Morphology, rng: np.random.Generator) -> Array:
    """Optical depth of dust in r: clouds everywhere in a star-forming disc, strongest inside."""
    cloud = cloudy(rng, plane.x * 2.0, plane.y * 2.0, 0.7, 1.3)
    amount = 0.35 * morphology.dust * min(1.0, 2.0 * morphology.youth)
    return np.asarray(amount * cloud * np.exp(-plane.radius / 0.6), dtype=np.float64)


def edge_on(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """A disc from its side: exponential in radius, isothermal in height, a dust lane and a bulge."""
    along, height = rotated(*sky_grid(size), morphology.position_angle_deg)
    height = height + float(rng.normal(0.0, 0.012)) * along * np.abs(along)
    length = 0.52 * float(rng.uniform(0.9, 1.1))
    thick = length * float(rng.uniform(0.14, 0.22))
    old = disc_from_side(along, height, length, thick)
    cloud = cloudy(rng, along * 2.0, height * 5.0, 0.45, 1.3)
    young = unit(disc_from_side(along, height, 1.2 * length, 0.55 * thick) * cloud)
    disc = in_bands((1.0 - 0.5 * morphology.youth) * old, mixed(0.1 + 0.5 * morphology.youth))
    disc = disc + in_bands(0.5 * morphology.youth * young, mixed(0.5 + 0.6 * morphology.youth))
    boxiness = 3.4 if morphology.drawn_class == "edge-on-boxy-bulge" else 2.0
    ratio = 0.62 if boxiness > 2.0 else 0.8
    bulge = sersic(
        along,
        height / ratio,
        0.12 + 0.30 * morphology.bulge_fraction,
        1.3 if boxiness > 2.0 else morphology.bulge_index,
        boxiness,
    )
    light = (1.0 - morphology.bulge_fraction) * disc + morphology.bulge_fraction * in_bands(bulge, OLD)
    return np.asarray(light * lane(along, height, length, thick, morphology, rng), dtype=np.float64)


def disc_from_side(along: Array, height: Array, length: float, thickness: float) -> Array:
    """Edge-on disc of van der Kruit & Searle (1981, A&A 95, 105), cut off softly, unit total."""
    scaled = np.maximum(np.abs(along) / length, 1e-3)
    radial = scaled * special.k1(scaled) / (1.0 + np.exp((np.abs(along) - 3.3 * length) / (0.22 * length)))
    return unit(radial / np.cosh(np.clip(height / thickness, -30.0, 30.0)) ** 2)


def lane(
    along: Array,
    height: Array,
    length: float,
    thickness: float,
    morphology: Morphology,
    rng: np.random.Generator,
) -> Array:
    """Fraction of the light that a clumpy dust lane lets through, shape (3, size, size)."""
    cloud = cloudy(rng, along * 3.0, height * 8.0, 0.5, 1.2)
    tilt = (90.0 - morphology.inclination_deg) * 0.06 * thickness
    outwards = np.abs(along) / length
    profile = np.exp(-0.5 * ((height - tilt) / (0.42 * thickness)) ** 2 - outwards / 1.6)
    haze = 0.9 * morphology.dust * np.exp(-0.5 * (height / thickness) ** 2 - outwards / 3.0)
    depth = haze + 7.0 * morphology.dust * (0.3 + morphology.youth) * cloud * profile
    behind = 0.85
    return np.asarray(1.0 - behind * (1.0 - np.exp(-depth * EXTINCTION[:, None, None])), dtype=np.float64)


def irregular(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """A blue dwarf without order: a cloudy body off its centre, a few blobs and bright clumps."""
    plane = galaxy_plane(size, morphology.axis_ratio, morphology.position_angle_deg)
    body = np.zeros_like(plane.radius)
    for weight in (1.0, 0.5, 0.35, 0.25):
        shift_x, shift_y = rng.normal(0.0, 0.28, size=2)
        body += weight * sersic(plane.x - shift_x, plane.y - shift_y, float(rng.uniform(0.25, 0.5)), 0.9)
    body = unit(body * cloudy(rng, plane.x * 1.6, plane.y * 1.6, 0.55, 1.3))
    points = clumps(body**1.5, int(rng.integers(12, 40)), rng)
    light = in_bands(0.45 * body, mixed(0.5 * morphology.youth))
    light += in_bands(0.4 * body, mixed(morphology.youth)) + in_bands(0.15 * points, STARBURST)
    return light
