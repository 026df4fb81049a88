"""Volunteers who were never there: votes of the Galaxy Zoo 2 tree sampled from the morphology drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resources.samples.morphology import Morphology

Chances = dict[str, float]


@dataclass(frozen=True)
class Question:
    """One question of the tree, its answers, and the answers that lead to it (empty: asked of all)."""

    name: str
    answers: tuple[str, ...]
    asked_after: tuple[str, ...] = ()


TREE: tuple[Question, ...] = (
    Question("smooth-or-featured-gz2", ("smooth", "featured-or-disk", "artifact")),
    Question("disk-edge-on-gz2", ("yes", "no"), ("smooth-or-featured-gz2_featured-or-disk",)),
    Question("has-spiral-arms-gz2", ("yes", "no"), ("disk-edge-on-gz2_no",)),
    Question("bar-gz2", ("yes", "no"), ("disk-edge-on-gz2_no",)),
    Question("bulge-size-gz2", ("dominant", "obvious", "just-noticeable", "no"), ("disk-edge-on-gz2_no",)),
    Question(
        "something-odd-gz2",
        ("yes", "no"),
        ("smooth-or-featured-gz2_smooth", "smooth-or-featured-gz2_featured-or-disk"),
    ),
    Question("how-rounded-gz2", ("round", "in-between", "cigar"), ("smooth-or-featured-gz2_smooth",)),
    Question("bulge-shape-gz2", ("round", "boxy", "no-bulge"), ("disk-edge-on-gz2_yes",)),
    Question("spiral-winding-gz2", ("tight", "medium", "loose"), ("has-spiral-arms-gz2_yes",)),
    Question(
        "spiral-arm-count-gz2", ("1", "2", "3", "4", "more-than-4", "cant-tell"), ("has-spiral-arms-gz2_yes",)
    ),
)
"""The part of the Galaxy Zoo 2 decision tree that the sample has votes for (Willett et al. 2013)."""

VOTE_COLUMNS: tuple[str, ...] = tuple(f"{q.name}_{answer}" for q in TREE for answer in q.answers)


def sample_votes(morphology: Morphology, rng: np.random.Generator) -> dict[str, int]:
    """Votes of 38 to 52 volunteers, one count for each of `VOTE_COLUMNS`.

    A question is put to exactly those who gave an answer that leads to it.
    """
    chances = answer_chances(morphology)
    votes: dict[str, int] = {}
    volunteers = int(rng.integers(38, 53))
    for question in TREE:
        asked = sum(votes[column] for column in question.asked_after) if question.asked_after else volunteers
        weights = np.array([chances[question.name][answer] for answer in question.answers])
        counts = rng.multinomial(asked, weights / weights.sum())
        votes.update({f"{question.name}_{a}": int(n) for a, n in zip(question.answers, counts, strict=True)})
    return votes


def answer_chances(morphology: Morphology) -> dict[str, Chances]:
    """Chance of every answer to every question for one volunteer, not normalised."""
    return {
        "smooth-or-featured-gz2": first_impression(morphology),
        "disk-edge-on-gz2": yes(edge_on_chance(morphology)),
        "has-spiral-arms-gz2": yes(spiral_chance(morphology)),
        "bar-gz2": yes(bar_chance(morphology)),
        "bulge-size-gz2": bulge_size(morphology),
        "something-odd-gz2": yes(odd_chance(morphology)),
        "how-rounded-gz2": near(
            morphology.axis_ratio, {"round": 0.97, "in-between": 0.64, "cigar": 0.2}, 0.11
        ),
        "bulge-shape-gz2": bulge_shape(morphology),
        "spiral-winding-gz2": near(
            float(np.log(morphology.pitch_deg)), {"tight": 2.35, "medium": 2.85, "loose": 3.3}, 0.26
        ),
        "spiral-arm-count-gz2": arm_count(morphology),
    }


def yes(chance: float) -> Chances:
    """Chances of yes and no."""
    return {"yes": chance, "no": 1.0 - chance}


def near(value: float, places: Chances, spread: float) -> Chances:
    """Chance of each answer, larger the nearer `value` lies to the answer's place."""
    apart = {name: (value - place) / spread for name, place in places.items()}
    return {name: float(np.exp(-0.5 * distance**2)) + 1e-3 for name, distance in apart.items()}


def first_impression(morphology: Morphology) -> Chances:
    """Smooth, featured or artifact: detail that cannot be seen makes a galaxy smooth."""
    if morphology.artifact != "none":
        seen = {"satellite-trail": 0.3, "saturated-star": 0.85, "missing-strip": 0.6}[morphology.artifact]
        return {"smooth": 0.75 * (1.0 - seen), "featured-or-disk": 0.25 * (1.0 - seen), "artifact": seen}
    plain = {
        "lenticular": 0.25,
        "elliptical-round": 0.04,
        "elliptical-in-between": 0.08,
        "elliptical-cigar": 0.36,
    }
    shown = plain.get(morphology.drawn_class, 0.22 + 0.74 * float(np.sqrt(morphology.visibility)))
    if morphology.is_edge_on:
        shown = max(shown, 0.6)
    return {"smooth": 0.98 - 0.98 * shown, "featured-or-disk": 0.98 * shown, "artifact": 0.02}


def edge_on_chance(morphology: Morphology) -> float:
    """Chance that a disc is called edge-on; steep ones are mistaken for it."""
    if morphology.is_edge_on:
        return 0.93
    return float(np.clip(0.55 / (1.0 + np.exp((morphology.axis_ratio - 0.33) / 0.05)), 0.01, 0.6))


def spiral_chance(morphology: Morphology) -> float:
    """Chance that spiral arms are seen."""
    if morphology.drawn_class == "spiral-flocculent":
        return 0.3 + 0.4 * morphology.visibility
    if morphology.arm_count:
        return 0.35 + 0.6 * float(np.sqrt(morphology.visibility))
    return {"ring": 0.3, "merger": 0.3, "irregular": 0.2, "lenticular": 0.1}.get(morphology.drawn_class, 0.06)


def bar_chance(morphology: Morphology) -> float:
    """Chance that a bar is seen: short and weak ones are missed, and now and then one is imagined."""
    if not morphology.bar:
        return 0.06
    return float(np.clip(0.15 + 0.8 * morphology.bar * morphology.visibility**0.4, 0.06, 0.95))


def bulge_size(morphology: Morphology) -> Chances:
    """How large the bulge is called."""
    places = {"dominant": -0.6, "obvious": -1.35, "just-noticeable": -2.3, "no": -3.6}
    return near(float(np.log(morphology.bulge_fraction + 0.015)), places, 0.55)


def odd_chance(morphology: Morphology) -> float:
    """Chance that something is called odd: mergers, rings and irregulars are."""
    if morphology.ring != "none":
        return 0.3 + 0.4 * morphology.visibility
    odd = {"merger": 0.85, "irregular": 0.6, "artifact": 0.3, "spiral-one-arm": 0.4}
    return odd.get(morphology.drawn_class, 0.09)


def bulge_shape(morphology: Morphology) -> Chances:
    """Shape of the bulge of a disc seen from its side."""
    if morphology.drawn_class == "edge-on-boxy-bulge":
        return {"round": 0.42, "boxy": 0.5, "no-bulge": 0.08}
    if morphology.drawn_class == "edge-on-no-bulge":
        return {"round": 0.16, "boxy": 0.03, "no-bulge": 0.81}
    return {"round": 0.86, "boxy": 0.06, "no-bulge": 0.08}


def arm_count(morphology: Morphology) -> Chances:
    """Number of arms called: right where they are well seen, else one off or not to be told."""
    names = ("1", "2", "3", "4", "more-than-4")
    chances = dict.fromkeys(names, 0.02)
    chances["cant-tell"] = 0.12 + 0.35 * (1.0 - morphology.visibility)
    if morphology.arm_count == 0:
        return chances | {"cant-tell": 0.6, "more-than-4": 0.15, "2": 0.15}
    right = min(morphology.arm_count, 5) - 1
    chances[names[right]] += 0.35 + 0.55 * morphology.visibility
    for beside in (right - 1, right + 1):
        if 0 <= beside < len(names):
            chances[names[beside]] += 0.05 + (0.05 if morphology.arm_count > 2 else 0.0)
    return chances
