"""What a simulated galaxy is: the recipe of every class and the morphology drawn at random from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Span = tuple[float, float]

SIZE_SPREAD = 0.32
"""Standard deviation of the natural logarithm of the radius, about that of bright survey galaxies."""

CLASS_COUNTS: dict[str, int] = {
    "elliptical-round": 18,
    "elliptical-in-between": 18,
    "elliptical-cigar": 10,
    "lenticular": 14,
    "spiral-two-arms": 30,
    "spiral-barred": 30,
    "spiral-many-arms": 22,
    "spiral-one-arm": 6,
    "spiral-flocculent": 12,
    "ring": 16,
    "edge-on-round-bulge": 10,
    "edge-on-boxy-bulge": 7,
    "edge-on-no-bulge": 9,
    "irregular": 10,
    "merger": 16,
    "artifact": 12,
}
"""How many galaxies of each class the sample holds."""

ARTIFACTS = ("satellite-trail", "saturated-star", "missing-strip")
"""The defects drawn over the galaxies of class ``artifact``."""


@dataclass(frozen=True)
class Recipe:
    """Ranges from which a class draws its parameters; lengths are in units of the petrosian radius."""

    arm_counts: tuple[int, ...] = (0,)
    pitch_deg: Span = (10.0, 30.0)
    bar: Span = (0.0, 0.0)
    bulge_fraction: Span = (0.03, 0.25)
    bulge_index: Span = (1.0, 2.2)
    inclination_deg: Span = (5.0, 62.0)
    axis_ratio: Span | None = None
    youth: Span = (0.05, 0.75)
    median_radius: float = 9.0
    surface_brightness: float = 21.75
    rings: tuple[str, ...] = ("none",)


RECIPES: dict[str, Recipe] = {
    "elliptical-round": Recipe(
        bulge_fraction=(1.0, 1.0),
        bulge_index=(2.5, 4.5),
        axis_ratio=(0.86, 0.99),
        youth=(0.0, 0.05),
        median_radius=7.0,
        surface_brightness=21.5,
    ),
    "elliptical-in-between": Recipe(
        bulge_fraction=(1.0, 1.0),
        bulge_index=(2.0, 4.2),
        axis_ratio=(0.45, 0.8),
        youth=(0.0, 0.12),
        median_radius=7.0,
        surface_brightness=21.5,
    ),
    "elliptical-cigar": Recipe(
        bulge_fraction=(1.0, 1.0),
        bulge_index=(1.2, 2.2),
        axis_ratio=(0.2, 0.34),
        youth=(0.0, 0.3),
        median_radius=7.5,
        surface_brightness=21.9,
    ),
    "lenticular": Recipe(
        bulge_fraction=(0.35, 0.6),
        bulge_index=(2.0, 3.5),
        youth=(0.0, 0.08),
        median_radius=9.0,
        surface_brightness=21.6,
    ),
    "spiral-two-arms": Recipe(arm_counts=(2,), pitch_deg=(9.0, 33.0), bulge_fraction=(0.03, 0.22)),
    "spiral-barred": Recipe(
        arm_counts=(2, 2, 2, 3),
        pitch_deg=(9.0, 30.0),
        bar=(0.3, 1.0),
        bulge_fraction=(0.04, 0.2),
        rings=("none", "none", "none", "inner"),
    ),
    "spiral-many-arms": Recipe(
        arm_counts=(3, 3, 4, 4, 5, 6),
        pitch_deg=(11.0, 28.0),
        inclination_deg=(5.0, 50.0),
        bulge_fraction=(0.03, 0.2),
        median_radius=11.0,
    ),
    "spiral-one-arm": Recipe(arm_counts=(1,), pitch_deg=(9.0, 20.0), bulge_fraction=(0.03, 0.2)),
    "spiral-flocculent": Recipe(
        arm_counts=(0,),
        pitch_deg=(16.0, 28.0),
        bulge_fraction=(0.02, 0.12),
        youth=(0.5, 0.8),
        median_radius=10.5,
    ),
    "ring": Recipe(
        bar=(0.0, 0.9),
        bulge_fraction=(0.15, 0.4),
        rings=("inner", "outer"),
        youth=(0.2, 0.6),
        inclination_deg=(5.0, 55.0),
    ),
    "edge-on-round-bulge": Recipe(
        bulge_fraction=(0.18, 0.4), inclination_deg=(85.0, 90.0), youth=(0.05, 0.45), median_radius=13.5
    ),
    "edge-on-boxy-bulge": Recipe(
        bulge_fraction=(0.25, 0.42), inclination_deg=(86.0, 90.0), youth=(0.05, 0.35), median_radius=14.0
    ),
    "edge-on-no-bulge": Recipe(
        bulge_fraction=(0.0, 0.03),
        inclination_deg=(85.0, 90.0),
        youth=(0.3, 0.8),
        median_radius=11.5,
        surface_brightness=21.95,
    ),
    "irregular": Recipe(
        bulge_fraction=(0.0, 0.03),
        axis_ratio=(0.4, 0.9),
        youth=(0.75, 1.0),
        median_radius=9.0,
        surface_brightness=22.2,
    ),
    "merger": Recipe(
        bulge_fraction=(0.2, 0.45),
        axis_ratio=(0.5, 0.95),
        youth=(0.2, 0.7),
        median_radius=11.0,
        surface_brightness=22.1,
    ),
    "artifact": Recipe(
        bulge_fraction=(1.0, 1.0), bulge_index=(1.0, 3.0), axis_ratio=(0.5, 0.95), median_radius=6.0
    ),
}
"""The recipe of every class of ``CLASS_COUNTS``."""


@dataclass(frozen=True)
class Morphology:
    """One galaxy's drawn parameters.

    Lengths without a unit in their name are fractions of ``petro_radius`` (arcsec), the radius that
    holds 90 % of the r-band light. ``youth`` is the share of the disc's light from young, blue stars.
    """

    drawn_class: str
    arm_count: int
    pitch_deg: float
    handedness: int
    bar: float
    bar_length: float
    bulge_fraction: float
    bulge_index: float
    inclination_deg: float
    axis_ratio: float
    position_angle_deg: float
    ring: str
    artifact: str
    faint: bool
    youth: float
    dust: float
    petro_radius: float
    mag_r: float
    seeing: float

    @property
    def is_merger(self) -> bool:
        """Whether two galaxies were drawn in collision."""
        return self.drawn_class == "merger"

    @property
    def is_edge_on(self) -> bool:
        """Whether a disc was drawn from its side."""
        return self.drawn_class.startswith("edge-on")

    @property
    def is_elliptical(self) -> bool:
        """Whether the galaxy was drawn with no disc at all."""
        return self.drawn_class.startswith("elliptical")

    @property
    def visibility(self) -> float:
        """How well a person can see detail, 0 to 1: radius in seeing discs, less for the faint ones."""
        resolved = float(np.clip((self.petro_radius / self.seeing - 2.5) / 7.0, 0.03, 1.0))
        return resolved * (0.5 if self.faint else 1.0)


def class_of_each(seed: int) -> list[str]:
    """Class of every galaxy of the sample, in an order shuffled by `seed`."""
    names = [name for name, count in CLASS_COUNTS.items() for _ in range(count)]
    order = np.random.default_rng([seed, 0]).permutation(len(names))
    return [names[index] for index in order]


def draw_morphology(drawn_class: str, number: int, rng: np.random.Generator) -> Morphology:
    """Draw one galaxy's parameters from its class's recipe; `number` picks among the artifacts in turn."""
    recipe = RECIPES[drawn_class]
    faint = drawn_class not in ("artifact", "merger") and bool(rng.random() < 0.13)
    radius, magnitude, seeing = _draw_size(recipe, faint, rng)
    inclination, axis_ratio = _draw_shape(recipe, rng)
    bar = _draw_bar(recipe, rng)
    return Morphology(
        drawn_class=drawn_class,
        arm_count=int(rng.choice(recipe.arm_counts)),
        pitch_deg=round(float(rng.uniform(*recipe.pitch_deg)), 1),
        handedness=int(rng.choice((-1, 1))),
        bar=bar,
        bar_length=round(float(rng.uniform(0.36, 0.52)) * (0.6 + 0.4 * bar), 3) if bar else 0.0,
        bulge_fraction=round(float(rng.uniform(*recipe.bulge_fraction)), 3),
        bulge_index=round(float(rng.uniform(*recipe.bulge_index)), 2),
        inclination_deg=inclination,
        axis_ratio=axis_ratio,
        position_angle_deg=round(float(rng.uniform(0.0, 180.0)), 1),
        ring=str(rng.choice(recipe.rings)),
        artifact=ARTIFACTS[number % len(ARTIFACTS)] if drawn_class == "artifact" else "none",
        faint=faint,
        youth=round(float(rng.uniform(*recipe.youth)), 3),
        dust=round(float(rng.uniform(0.2, 1.0)), 3),
        petro_radius=radius,
        mag_r=magnitude,
        seeing=seeing,
    )


def _draw_size(recipe: Recipe, faint: bool, rng: np.random.Generator) -> tuple[float, float, float]:
    """Petrosian radius (arcsec), r magnitude and seeing (full width at half maximum, arcsec)."""
    radius = recipe.median_radius * float(np.exp(SIZE_SPREAD * rng.normal()))
    radius = float(np.clip(radius, 4.2, 26.0)) * (0.62 if faint else 1.0)
    brightness = recipe.surface_brightness + 0.25 * float(rng.normal()) + (0.8 if faint else 0.0)
    magnitude = brightness - 2.5 * float(np.log10(np.pi * radius**2))
    seeing = float(np.clip(rng.normal(1.2, 0.12), 0.95, 1.6))
    return round(radius, 2), round(magnitude, 2), round(seeing, 2)


def _draw_shape(recipe: Recipe, rng: np.random.Generator) -> tuple[float, float]:
    """Inclination (deg; 0 where the class has no disc) and apparent axis ratio."""
    if recipe.axis_ratio is not None:
        return 0.0, round(float(rng.uniform(*recipe.axis_ratio)), 3)
    low, high = np.cos(np.radians(recipe.inclination_deg))
    cosine = float(rng.uniform(high, low))
    thickness = 0.13
    ratio = np.sqrt(cosine**2 + thickness**2 * (1.0 - cosine**2))
    return round(float(np.degrees(np.arccos(cosine))), 1), round(float(ratio), 3)


def _draw_bar(recipe: Recipe, rng: np.random.Generator) -> float:
    """Strength of the bar, 0 (none) to 1; a weak one drawn from a range that begins at 0 is left out."""
    strength = round(float(rng.uniform(*recipe.bar)), 2)
    return strength if strength >= 0.3 else 0.0
