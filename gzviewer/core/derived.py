"""Every figure that follows from predictions, as a named column: what it is called, and how it is had.

Which there are depends on what the model gives. Formulas and sources of all of them: docs/outputs.md.

Of a tree
    ``<label>_fraction``, ``<question>_proportion-asked``, ``<label>_path-probability``, ``<question>_entropy``,
    ``<question>_mutual-information`` and, over the whole tree, ``mutual-information``.
Of concentrations as well
    ``<question>_dirichlet-entropy``, ``<label>_90pc-lower`` and ``-upper`` (as in release tables; also where a file holds
    them), ``<label>_mixture-90pc-lower`` and ``-upper``.
Of classes and values
    ``<class>_probability`` with entropy and mutual information; ``<name>_value``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.beta_mixture import mixture_quantile
from gzviewer.core.dirichlet import entropy, marginals, median_quantile
from gzviewer.core.disagreement import categorical_entropy, mutual_information
from gzviewer.core.predictions import OF_VALUES, PUBLISHED_LEVEL, Predictions, Rows, proportions_asked
from gzviewer.core.schema import Question

Floats = NDArray[np.float64]
Figure = Callable[[Predictions, Rows], Floats]

FRACTIONS, ASKED, PATHS = "vote fractions", "proportion asked", "path probability"
UNCERTAINTY, INTERVALS, MIXTURES = "uncertainty", "90 % interval", "90 % interval of the mixture"
PROBABILITIES, VALUES = "class probability", "values"
TAILS = (
    (1 - PUBLISHED_LEVEL) / 2,
    (1 + PUBLISHED_LEVEL) / 2,
)  # below the lower edge, and below the upper one


@dataclass(frozen=True)
class Derived:
    """One column that follows from predictions.

    Parameters
    ----------
    name
        Of the column.
    group
        What kind of figure it is, in words: columns of one group stand together in menus.
    of
        The label column, question or value that it tells of; "" for the whole tree.
    figure
        Predictions and rows -> (row,); NaN where not predicted.
    """

    name: str
    group: str
    of: str
    figure: Figure


def derived_columns(predictions: Predictions) -> tuple[Derived, ...]:
    """Every column that these predictions can give, those of a group together."""
    if predictions.head in OF_VALUES:
        names = predictions.value_names
        return tuple(Derived(f"{name}_value", VALUES, name, partial(_value, name=name)) for name in names)
    made = [*_of_answers(predictions), *_of_questions(predictions)]
    groups = (PROBABILITIES, FRACTIONS, ASKED, PATHS, UNCERTAINTY, INTERVALS, MIXTURES)
    return tuple(
        sorted(made, key=lambda column: groups.index(column.group))
    )  # stable: in the order of the tree


def _of_answers(predictions: Predictions) -> Iterator[Derived]:
    """In the order of the tree."""
    for question in predictions.schema.questions:
        for answer, label in zip(question.answers, question.label_columns, strict=True):
            if predictions.head == "classes":
                yield Derived(
                    f"{answer.name}_probability", PROBABILITIES, label, partial(_fraction, label=label)
                )
                continue
            yield Derived(f"{label}_fraction", FRACTIONS, label, partial(_fraction, label=label))
            yield Derived(f"{label}_path-probability", PATHS, label, partial(_path, label=label))
            for place, edge in enumerate(("lower", "upper")):
                if predictions.has_intervals:
                    figure = partial(_edge, label=label, place=place)
                    yield Derived(f"{label}_90pc-{edge}", INTERVALS, label, figure)
                if predictions.head == "dirichlet":
                    figure = partial(_mixture_edge, label=label, place=place)
                    yield Derived(f"{label}_mixture-90pc-{edge}", MIXTURES, label, figure)


def _of_questions(predictions: Predictions) -> Iterator[Derived]:
    """What tells of the whole tree first."""
    has_members = (
        predictions.head != "fractions"
    )  # what a file of fractions holds is one answer for all members
    if has_members and len(predictions.schema.questions) > 1:
        yield Derived("mutual-information", UNCERTAINTY, "", _information_of_tree)
    for question in predictions.schema.questions:
        name = question.name
        if predictions.head != "classes":
            yield Derived(f"{name}_proportion-asked", ASKED, name, partial(_asked, question=question))
        yield Derived(f"{name}_entropy", UNCERTAINTY, name, partial(_entropy, question=question))
        if predictions.head == "dirichlet":
            figure = partial(_dirichlet_entropy, question=question)
            yield Derived(f"{name}_dirichlet-entropy", UNCERTAINTY, name, figure)
        if has_members:
            figure = partial(_information, question=question)
            yield Derived(f"{name}_mutual-information", UNCERTAINTY, name, figure)


def _value(predictions: Predictions, rows: Rows, *, name: str) -> Floats:
    return predictions.values(name, rows)


def _fraction(predictions: Predictions, rows: Rows, *, label: str) -> Floats:
    question = predictions.schema.question_of(label)
    return predictions.fractions(question, rows)[:, question.label_columns.index(label)]


def _asked(predictions: Predictions, rows: Rows, *, question: Question) -> Floats:
    return predictions.proportion_asked(question, rows)


def _path(predictions: Predictions, rows: Rows, *, label: str) -> Floats:
    """Expected share of all volunteers who give the answer: 0 where nobody is asked."""
    asked = predictions.proportion_asked(predictions.schema.question_of(label), rows)
    return np.where(asked == 0, 0.0, asked * _fraction(predictions, rows, label=label))


def _edge(predictions: Predictions, rows: Rows, *, label: str, place: int) -> Floats:
    if predictions.head == "dirichlet":
        return median_quantile(*_marginals(predictions, rows, label), TAILS[place])[:, 0]
    question = predictions.schema.question_of(label)
    return predictions.interval(question, rows=rows)[place][:, question.label_columns.index(label)]


def _mixture_edge(predictions: Predictions, rows: Rows, *, label: str, place: int) -> Floats:
    return mixture_quantile(*_marginals(predictions, rows, label), TAILS[place])[:, 0]


def _marginals(predictions: Predictions, rows: Rows, label: str) -> tuple[Floats, Floats]:
    """The Betas of one answer, each (row, member, 1): the others need no quantiles."""
    question = predictions.schema.question_of(label)
    answer = question.label_columns.index(label)
    return marginals(_numbers(predictions, rows, question), slice(answer, answer + 1))


def _entropy(predictions: Predictions, rows: Rows, *, question: Question) -> Floats:
    return categorical_entropy(predictions.fractions(question, rows))


def _dirichlet_entropy(predictions: Predictions, rows: Rows, *, question: Question) -> Floats:
    """The mean of the members' own."""
    nats: Floats = entropy(_numbers(predictions, rows, question)).mean(axis=1)
    return nats


def _information(predictions: Predictions, rows: Rows, *, question: Question) -> Floats:
    return mutual_information(_numbers(predictions, rows, question))[:, 0]


def _information_of_tree(predictions: Predictions, rows: Rows) -> Floats:
    """Sum over the questions, each counted by the share of volunteers who are asked it."""
    schema = predictions.schema
    parts = mutual_information(predictions.numbers[rows], [schema.slice_of(q) for q in schema.questions])
    shares = proportions_asked(schema, {q.name: predictions.fractions(q, rows) for q in schema.questions})
    asked = np.stack([shares[question.name] for question in schema.questions], axis=1)
    total: Floats = np.where(asked == 0, 0.0, asked * parts).sum(axis=1)
    return total


def _numbers(predictions: Predictions, rows: Rows, question: Question) -> NDArray[np.float32]:
    """(row, member, answer of the question)"""
    return predictions.numbers[rows][..., predictions.schema.slice_of(question)]
