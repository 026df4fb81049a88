"""Predictions and votes of the same galaxies, side by side, in forms that can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import Predictions, proportions_asked
from gzviewer.core.schema import Question, Schema
from gzviewer.core.votes import Votes

Floats = NDArray[np.float64]

OF_TREE = ("dirichlet", "shares", "fractions")  # heads that say what volunteers would
VOLUNTEERS = 40.0  # where only fractions are published: a Galaxy Zoo image is shown to about 40 people


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model says of some galaxies.

    Parameters
    ----------
    fractions : (galaxy, answer)
        Expected vote fractions of those who are asked; NaN where not predicted.
    concentrations : (galaxy, member, answer), optional
        What they follow from; None where only fractions are published.
    shares : (galaxy, answer), optional
        Fractions of all volunteers, where these are what is predicted (Kaggle's columns); else they follow from `fractions`.
    """

    schema: Schema
    fractions: Floats
    concentrations: NDArray[np.floating] | None = None
    shares: Floats | None = None


@dataclass(frozen=True, eq=False)
class Observed:
    """What volunteers said of some galaxies.

    Parameters
    ----------
    fractions : (galaxy, answer)
        Of those who were asked, summing to 1 over a question; NaN where nobody was asked or nothing is known.
    totals : (galaxy, question)
        Volunteers who answered: counted, or assumed where only fractions are published; 0 where nobody did or nothing is known.
    asked : (galaxy, question)
        Share of volunteers who were asked; NaN where unknown.
    are_counted
        True where `totals` were counted.
    shares : (galaxy, answer), optional
        Fractions of all volunteers, where these are what is published; else they follow from `fractions`.
    """

    schema: Schema
    fractions: Floats
    totals: Floats
    asked: Floats
    are_counted: bool
    shares: Floats | None = None

    def of(self, rows: NDArray[np.int64]) -> "Observed":
        """Only these galaxies, in this order."""
        shares = None if self.shares is None else self.shares[rows]
        parts = (self.fractions[rows], self.totals[rows], self.asked[rows])
        return Observed(self.schema, *parts, self.are_counted, shares)


def predicted(predictions: Predictions) -> Predicted:
    """What a model says, in the form that is compared; it must answer the questions of a tree."""
    assert predictions.head in OF_TREE, f"a head {predictions.head}"
    schema, head = predictions.schema, predictions.head
    fractions = np.concatenate([predictions.fractions(question) for question in schema.questions], axis=1)
    alpha = predictions.numbers if head == "dirichlet" else None
    shares = predictions.numbers.mean(axis=1, dtype=np.float64) if head == "shares" else None
    return Predicted(schema, fractions, alpha, shares)


def observed(votes: Votes, shares: Floats | None = None, volunteers: float = VOLUNTEERS) -> Observed:
    """Votes in the form that is compared.

    Parameters
    ----------
    shares : (galaxy, answer), optional
        See `Observed`.
    volunteers
        How many people are taken to have seen each galaxy where no counts are published; of a question's `totals` at least
        one is left where anybody was asked.
    """
    schema = votes.schema
    fractions = _summing_to_one(schema, votes.fractions.astype(np.float64))
    asked = _asked(votes, fractions)
    assumed = np.where(asked > 0, np.maximum(volunteers * asked, 1.0), 0.0)
    counted = np.isfinite(votes.totals)
    totals = np.where(counted, votes.totals, assumed).astype(np.float64)
    for place, question in enumerate(schema.questions):
        totals[np.isnan(fractions[:, schema.slice_of(question)]).any(axis=1), place] = 0.0
    return Observed(schema, fractions, totals, asked, bool(counted[totals > 0].all()), shares)


def _summing_to_one(schema: Schema, fractions: Floats) -> Floats:
    """Published fractions are rounded, and debiased ones need not sum to 1."""
    scaled = np.full(fractions.shape, np.nan)
    for question in schema.questions:
        part = schema.slice_of(question)
        total = fractions[:, part].sum(axis=1, keepdims=True)
        np.divide(fractions[:, part], total, out=scaled[:, part], where=total > 0)
    return scaled


def _asked(votes: Votes, fractions: Floats) -> Floats:
    """(galaxy, question): share of the volunteers; where the table lacks the questions before, all who answered."""
    schema = votes.schema
    by_name = {question.name: fractions[:, schema.slice_of(question)] for question in schema.questions}
    shares = proportions_asked(schema, by_name)
    asked = np.stack([shares[question.name] for question in schema.questions], axis=1)
    if votes.kind == "counts":
        totals = votes.totals.astype(np.float64)
        roots = [schema.questions.index(_root(schema, question)) for question in schema.questions]
        known = np.isfinite(totals) & (totals[:, roots] > 0)
        np.divide(totals, totals[:, roots], out=asked, where=known)
        np.minimum(asked, 1.0, out=asked)
    for place, question in enumerate(schema.questions):
        if np.isnan(asked[:, place]).all():
            asked[np.isfinite(by_name[question.name]).all(axis=1), place] = 1.0
    return asked


def _root(schema: Schema, question: Question) -> Question:
    parent = schema.parent_of(question)
    return question if parent is None else _root(schema, parent)


def shares_of_all(schema: Schema, fractions: Floats) -> Floats:
    """Fractions of all volunteers who gave each answer: the fraction of those asked times the proportion asked.

    Parameters
    ----------
    fractions : (galaxy, answer of the schema)
        Of those who were asked; NaN where nobody was, or where it is not known.

    Returns
    -------
    (galaxy, answer): 0 below a question that nobody reached; NaN where not known.
    """
    by_name = {question.name: fractions[:, schema.slice_of(question)] for question in schema.questions}
    asked = proportions_asked(schema, by_name)
    shares = np.full(fractions.shape, np.nan)
    for question in schema.questions:
        share = asked[question.name][:, np.newaxis]
        shares[:, schema.slice_of(question)] = np.where(share == 0, 0.0, by_name[question.name] * share)
    return shares


def in_terms_of(schema: Schema, other: Schema, values: Floats) -> Floats:
    """Values of another tree's answers, in the order of `schema`; NaN for questions that the other does not ask alike.

    Parameters
    ----------
    values : (galaxy, answer of `other`)

    Returns
    -------
    (galaxy, answer of `schema`)
    """
    place = {label: index for index, label in enumerate(other.label_columns)}
    mapped = np.full((len(values), len(schema.label_columns)), np.nan)
    for question in common_questions(schema, other):
        mapped[:, schema.slice_of(question)] = values[:, [place[label] for label in question.label_columns]]
    return mapped


def common_questions(schema: Schema, other: Schema) -> tuple[Question, ...]:
    """The questions of `schema` that `other` asks with the same answers, in whatever order."""
    theirs: Mapping[str, frozenset[str]] = {
        question.name: frozenset(question.label_columns) for question in other.questions
    }
    return tuple(q for q in schema.questions if theirs.get(q.name) == frozenset(q.label_columns))


def joined(first: Sequence[str], second: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the same ids stand in both lists: two arrays of places, in the order of the first.

    An id that stands twice counts at its first place.
    """
    there: dict[str, int] = {}
    for place, name in enumerate(second):
        there.setdefault(name, place)
    pairs = [(place, there[name]) for name, place in _first_places(first).items() if name in there]
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)


def _first_places(names: Sequence[str]) -> Mapping[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)
    return places
