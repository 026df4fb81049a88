"""The numbers that stand in the tree for one galaxy: what a model predicts and what volunteers said, answer by answer."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import Predictions, proportions_asked
from gzviewer.core.schema import Question, Schema
from gzviewer.core.votes import Votes

NAN = float("nan")


@dataclass(frozen=True)
class AnswerFigures:
    """One answer. All in [0, 1]; NaN where nothing is known.

    `fraction`, `lower`, `upper`: expected vote fraction of the model and the edges of its 90 % credible interval;
    `volunteers`: the fraction volunteers gave; `is_likeliest`: on the most likely path through the tree.
    """

    fraction: float = NAN
    lower: float = NAN
    upper: float = NAN
    volunteers: float = NAN
    is_likeliest: bool = False


@dataclass(frozen=True)
class QuestionFigures:
    """One question.

    `asked` is the share of volunteers expected to be asked it (of the model; of the votes where there is no prediction),
    NaN where unknown; `votes` the number of volunteers who answered it, NaN where only fractions are published.
    """

    asked: float
    votes: float
    answers: dict[str, AnswerFigures]


TreeFigures = dict[str, QuestionFigures]


def tree_figures(
    schema: Schema, *, predictions: Predictions | None, votes: Votes | None, row: int, level: float = 0.9
) -> TreeFigures:
    """Everything drawn in the tree of one galaxy.

    Parameters
    ----------
    predictions
        Of this schema; None where nothing is predicted.
    votes
        Of any schema: matched by label column. None where the catalog holds none.
    row
        Row of the open catalog; negative: no galaxy.

    Returns
    -------
    question name -> its figures, for every question of the schema.
    """
    one = np.array([row]) if row >= 0 else None
    known = one is not None and predictions is not None and bool(predictions.is_predicted(one)[0])
    model = (
        _model_figures(predictions, one, level)
        if known and predictions is not None and one is not None
        else {}
    )
    said, counts = _volunteers(schema, votes, row) if votes is not None and row >= 0 else ({}, {})
    means = {name: fractions[0] for name, fractions in model.items()} or said
    asked = proportions_asked(schema, {name: mean[np.newaxis] for name, mean in means.items()})
    path = _likeliest_path(schema, means)
    figures = {}
    for question in schema.questions:
        answers = {}
        for index, label in enumerate(question.label_columns):
            mean, low, high = (float(part[index]) for part in model.get(question.name, _unknown(question)))
            answers[label] = AnswerFigures(mean, low, high, _at(said, question, index), label in path)
        share = float(asked[question.name][0]) if question.name in asked else NAN
        figures[question.name] = QuestionFigures(share, counts.get(question.name, NAN), answers)
    return figures


def blended(before: TreeFigures, after: TreeFigures, share: float) -> TreeFigures:
    """Figures on the way from one galaxy to another; `share` 0 is `before`, 1 is `after`.

    Shares asked and the model's fractions move; what is unknown in either, and everything else, is as it is `after`.
    """
    return {
        name: _blended_question(before[name], after[name], share) if name in before else after[name]
        for name in after
    }


def _blended_question(before: QuestionFigures, after: QuestionFigures, share: float) -> QuestionFigures:
    answers = {
        label: replace(
            shown,
            fraction=_between(before.answers[label].fraction, shown.fraction, share),
            lower=_between(before.answers[label].lower, shown.lower, share),
            upper=_between(before.answers[label].upper, shown.upper, share),
        )
        for label, shown in after.answers.items()
    }
    return replace(after, asked=_between(before.asked, after.asked, share), answers=answers)


def _between(before: float, after: float, share: float) -> float:
    value = (1 - share) * before + share * after
    return after if math.isnan(value) else value


def _unknown(question: Question) -> tuple[NDArray[np.float64], ...]:
    """Mean, lower and upper edge of a question that nobody has predicted."""
    return (np.full(len(question.answers), NAN),) * 3


def _at(said: dict[str, NDArray[np.float64]], question: Question, index: int) -> float:
    return float(said[question.name][index]) if question.name in said else NAN


def _model_figures(
    predictions: Predictions, one: NDArray[np.int64], level: float
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Question name -> mean, lower and upper edge, each (answer,)."""
    figures = {}
    for question in predictions.schema.questions:
        low, high = predictions.interval(question, level, one)
        figures[question.name] = (predictions.fractions(question, one)[0], low[0], high[0])
    return figures


def _volunteers(
    schema: Schema, votes: Votes, row: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Fractions (answer,) and number of votes of every question of `schema` that volunteers answered."""
    place = {label: index for index, label in enumerate(votes.schema.label_columns)}
    totals = {question.name: index for index, question in enumerate(votes.schema.questions)}
    fractions, counts = {}, {}
    for question in schema.questions:
        if all(label in place for label in question.label_columns):
            values = votes.fractions[row, [place[label] for label in question.label_columns]]
            fractions[question.name] = values.astype(np.float64)
        if question.name in totals:
            counts[question.name] = float(votes.totals[row, totals[question.name]])
    return fractions, counts


def _likeliest_path(schema: Schema, means: dict[str, NDArray[np.float64]]) -> frozenset[str]:
    """Labels of the likeliest answer of every question that the likeliest answers lead to."""
    path: set[str] = set()
    for question in schema.reading_order:
        reached = not question.asked_after or bool(question.asked_after & path)
        if (
            reached
            and question.name in means
            and np.isfinite(means[question.name]).all()
            and means[question.name].any()
        ):
            path.add(question.label_columns[int(np.argmax(means[question.name]))])
    return frozenset(path)
