"""Two galaxies in collision: discs of test particles pulled by two moving masses (Toomre & Toomre 1972)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from resources.samples.galaxy_model import (
    FIELD_IN_RADII,
    OLD,
    STARBURST,
    in_bands,
    mixed,
    sersic,
    sky_grid,
    unit,
)
from resources.samples.morphology import Morphology

Array = npt.NDArray[np.float64]

SOFTENING = 0.25
"""Softening length of each mass, in units of the larger disc's radius."""

STEP = 0.02
"""Time step in units of the larger disc's dynamical time."""

PARTICLES = 24000
"""Test particles in each disc."""


def pull(where: Array, centre: Array, mass: float) -> Array:
    """Acceleration at `where` (n, 3) towards a softened `mass` at `centre` (3,)."""
    apart = centre - where
    distance = np.sqrt((apart**2).sum(axis=1) + SOFTENING**2)
    return np.asarray(mass * apart / distance[:, None] ** 3, dtype=np.float64)


def disc_particles(mass: float, extent: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Positions and velocities (n, 3) of a disc on circular orbits, tilted at random about its mass."""
    edge = 1.35 * extent * rng.random(PARTICLES) ** 0.3
    radius = np.minimum(rng.gamma(2.0, 0.33 * extent, PARTICLES), edge)
    angle = rng.uniform(0.0, 2.0 * np.pi, PARTICLES)
    speed = np.sqrt(mass * radius**2 / (radius**2 + SOFTENING**2) ** 1.5)
    height = 0.04 * extent * rng.normal(size=PARTICLES)
    where = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1)
    velocity = np.stack([-speed * np.sin(angle), speed * np.cos(angle), np.zeros(PARTICLES)], 1)
    velocity += 0.05 * speed[:, None] * rng.normal(size=velocity.shape)
    turn = turned(float(rng.uniform(-60.0, 60.0)), float(rng.uniform(0.0, 360.0)))
    return where @ turn.T, velocity @ turn.T


def turned(tilt_deg: float, azimuth_deg: float) -> Array:
    """Rotation matrix (3, 3): tilt about the x axis, then turn about the z axis."""
    tilt, azimuth = np.radians(tilt_deg), np.radians(azimuth_deg)
    cosine, sine = np.cos(tilt), np.sin(tilt)
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    about_z = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(about_z @ about_x, dtype=np.float64)


def collide(mass: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Run one passage of a companion of `mass` (the larger galaxy's is 1).

    Returns
    -------
    first, second : numpy.ndarray, shape (n, 3)
        Particles of the two discs, relative to the larger galaxy's nucleus.
    nucleus : numpy.ndarray, shape (3,)
        Place of the companion's nucleus.
    """
    closest = float(rng.uniform(0.55, 1.0))
    total = 1.0 + mass
    apart = np.array([-2.6, np.sqrt(4.0 * closest * (2.6 + closest)), 0.0])
    # A parabola of periapsis `closest` about the origin: y^2 = 4 q (q - x), periapsis on the +x axis.
    distance = float(np.linalg.norm(apart))
    swing = np.sqrt(2.0 * total * closest) / distance
    tangent = np.array([-apart[1], apart[0], 0.0]) / distance
    inward = -np.sqrt(max(2.0 * total / distance - swing**2, 0.0)) * apart / distance
    drift = inward - swing * tangent
    first, first_speed = disc_particles(1.0, 1.0, rng)
    second, second_speed = disc_particles(mass, mass**0.4, rng)
    second, second_speed = second + apart, second_speed + drift
    after = float(rng.uniform(0.6, 2.6))
    steps = round((passage_time(closest, distance, total) + after) / STEP)
    where, speed = np.concatenate([first, second]), np.concatenate([first_speed, second_speed])
    march(where, speed, apart, drift, mass, steps)
    return where[:PARTICLES], where[PARTICLES:], apart


def passage_time(closest: float, distance: float, total: float) -> float:
    """Time from `distance` to periapsis on a parabolic orbit (Barker's equation)."""
    half = np.sqrt(max(distance / closest - 1.0, 0.0))
    return float(np.sqrt(2.0 * closest**3 / total) * (half + half**3 / 3.0))


def march(
    where: Array, speed: Array, companion: Array, companion_speed: Array, mass: float, steps: int
) -> None:
    """Move particles and companion in place by `steps` leapfrog steps, in the frame of the larger nucleus.

    The companion slows down as dynamical friction would make it.
    """
    origin = np.zeros(3)
    for _ in range(steps):
        where += 0.5 * STEP * speed
        companion += 0.5 * STEP * companion_speed
        # The frame falls with the larger nucleus, so what the companion does to it is taken from all.
        frame = pull(origin[None], companion, mass)[0]
        friction = 0.25 * np.exp(-float(np.linalg.norm(companion)))
        speed += STEP * (pull(where, origin, 1.0) + pull(where, companion, mass) - frame)
        companion_speed += STEP * (pull(companion[None], origin, 1.0)[0] - frame - friction * companion_speed)
        where += 0.5 * STEP * speed
        companion += 0.5 * STEP * companion_speed


def particles_to_light(x: Array, y: Array, size: int) -> Array:
    """Unit-total picture (size, size) of particles at `x`, `y` (petrosian radii), smoother where sparse."""
    half = FIELD_IN_RADII / 2.0
    edges = np.linspace(-half, half, size + 1)
    counts = np.histogram2d(y, x, bins=(edges, edges))[0]
    fine = ndimage.gaussian_filter(counts, size / 150.0)
    coarse = ndimage.gaussian_filter(counts, size / 55.0)
    share = np.clip(coarse / (coarse.max() * 0.06), 0.0, 1.0)
    return unit(share * fine + (1.0 - share) * coarse)


def merger(morphology: Morphology, rng: np.random.Generator, size: int) -> Array:
    """Light of a colliding pair with its tails and bridge, shape (3, size, size)."""
    mass = float(rng.uniform(0.3, 1.0))
    first, second, nucleus = collide(mass, rng)
    turn = turned(float(rng.uniform(-55.0, 55.0)), morphology.position_angle_deg)
    first, second, nucleus = first @ turn.T, second @ turn.T, turn @ nucleus
    middle = 0.35 * nucleus[:2]
    everything = np.concatenate([first, second])[:, :2] - middle
    scale = 1.1 / float(np.quantile(np.hypot(everything[:, 0], everything[:, 1]), 0.85))
    x, y = sky_grid(size)
    light = np.zeros((3, size, size))
    for particles, share, centre in ((first, 1.0, np.zeros(2)), (second, mass, nucleus[:2])):
        seen = (particles[:, :2] - middle) * scale
        disc = particles_to_light(seen[:, 0], seen[:, 1], size)
        place = (centre - middle) * scale
        bulge = sersic(x - place[0], y - place[1], 0.10 * share**0.4 + 0.02, 2.0)
        blue = float(np.clip(morphology.youth + 0.15 * rng.normal(), 0.0, 1.0))
        light += share * (1.0 - morphology.bulge_fraction) * in_bands(disc, mixed(blue))
        light += share * morphology.bulge_fraction * in_bands(bulge, OLD)
        light += share * 0.06 * blue * in_bands(unit(disc**1.5), STARBURST)
    return light
