"""What one model says of the galaxies of a catalog.

What the model said is kept, never what follows from it: every figure shown is derived, so a new figure needs no new inference.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.dirichlet import credible_interval, expected_fractions
from gzviewer.core.schema import Question, Schema

Rows = NDArray[np.int64]

HEADS = ("dirichlet", "shares", "fractions", "classes", "values", "unit-values")
OF_VALUES = ("values", "unit-values")  # heads that answer no tree
PUBLISHED_LEVEL = 0.9  # of the intervals in release tables


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says per row of the open catalog.

    Parameters
    ----------
    schema
        The tree whose label columns are the answer axis; a `NoTree` where the model gives values.
    checkpoint
        Name of the model that predicted them.
    numbers : (row, member, answer) float32
        NaN = not predicted (yet). The member axis holds the models of an ensemble, views or dropout samples; length 1 for the
        deterministic pass.
    head
        What `numbers` are: ``dirichlet`` concentrations (each > 0); ``shares`` of all volunteers, which shrink down the tree;
        ``fractions`` of those who were asked (only in files made elsewhere); ``classes``: the probability of each class, a
        tree of one question; ``values`` and ``unit-values`` (0 to 1): one value for each of `value_names`.
    value_names
        The answer axis of ``values``; else empty.
    edges : (2, row, answer) float32, optional
        Lower and upper edge of 90 % intervals, where a file holds them without the concentrations they follow from.
    """

    schema: Schema
    checkpoint: str
    numbers: NDArray[np.float32]
    head: str = "dirichlet"
    value_names: tuple[str, ...] = ()
    edges: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        assert self.head in HEADS, f"a head {self.head}"
        answers = self.numbers.shape[-1]
        assert answers == len(self.names), f"{answers} answers for {self.schema.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each place on the answer axis: label columns, bare names of classes, or names of values."""
        if self.head in OF_VALUES:
            return self.value_names
        if self.head == "classes":
            return tuple(answer.name for answer in self.schema.questions[0].answers)
        return self.schema.label_columns

    @property
    def concentrations(self) -> NDArray[np.float32]:
        """(row, member, answer) Dirichlet concentrations; all NaN where the model gives something else."""
        if self.head == "dirichlet":
            return self.numbers
        return np.broadcast_to(np.float32(np.nan), self.numbers.shape)

    @property
    def has_intervals(self) -> bool:
        """Whether `interval` can be anything but NaN."""
        return self.head == "dirichlet" or self.edges is not None

    def is_predicted(self, rows: Rows | slice = slice(None)) -> NDArray[np.bool_]:
        """(row,) True where the model has said something of the galaxy."""
        return np.asarray(np.isfinite(self.numbers[rows, 0]).any(axis=-1), dtype=np.bool_)

    def fractions(self, question: Question, rows: Rows | slice = slice(None)) -> NDArray[np.float64]:
        """(row, answer of the question): expected vote fraction (of classes: probability), the mean over the members.

        NaN where not predicted, and where nobody is expected to be asked: shares of 0. Fractions sum to 1, except those of a
        file that holds others.
        """
        numbers = self._of(question, rows)
        if self.head == "dirichlet":
            return expected_fractions(numbers)
        given = numbers.astype(np.float64)
        if self.head == "shares":
            total = given.sum(axis=-1, keepdims=True)
            given = np.divide(given, total, out=np.full_like(given, np.nan), where=total > 0)
        mean: NDArray[np.float64] = given.mean(axis=-2)
        return mean

    def values(self, name: str, rows: Rows | slice = slice(None)) -> NDArray[np.float64]:
        """(row,) mean over the members of one of `names`, as the model gave it; NaN where not predicted."""
        mean: NDArray[np.float64] = (
            self.numbers[rows][..., self.names.index(name)].astype(np.float64).mean(axis=-1)
        )
        return mean

    def interval(
        self, question: Question, level: float = PUBLISHED_LEVEL, rows: Rows | slice = slice(None)
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper edge, each (row, answer of the question), of the central credible interval.

        NaN where not predicted, and where the model gives no distribution.
        """
        if self.head == "dirichlet":
            return credible_interval(self._of(question, rows), level)
        if self.edges is not None and level == PUBLISHED_LEVEL:
            lower, upper = self.edges[:, rows][..., self.schema.slice_of(question)].astype(np.float64)
            return lower, upper
        nothing = np.full_like(self._of(question, rows)[:, 0], np.nan, dtype=np.float64)
        return nothing, nothing

    def proportion_asked(self, question: Question, rows: Rows | slice = slice(None)) -> NDArray[np.float64]:
        """(row,) expected share of volunteers who are asked `question`; see `proportions_asked`."""
        return proportions_asked(
            self.schema, {q.name: self.fractions(q, rows) for q in self._lineage(question)}
        )[question.name]

    def _lineage(self, question: Question) -> list[Question]:
        """`question` and everything above it."""
        chain = [question]
        while (parent := self.schema.parent_of(chain[-1])) is not None:
            chain.append(parent)
        return chain

    def _of(self, question: Question, rows: Rows | slice) -> NDArray[np.float32]:
        return self.numbers[rows][..., self.schema.slice_of(question)]


def proportions_asked(
    schema: Schema, fractions: Mapping[str, NDArray[np.floating]]
) -> dict[str, NDArray[np.float64]]:
    r"""Expected share of volunteers who are asked each question.

    The questions of a model are independent given the image, so the share is a product down the tree:
    :math:`P(q) = P(\mathrm{parent}) \sum_{a \in \mathrm{asked\ after}} E[\rho_a]`, and 1 for a root.

    Parameters
    ----------
    fractions : question name -> (row, answer of the question)
        Expected vote fractions. Questions whose parents are missing here are left out.

    Returns
    -------
    question name -> (row,), in [0, 1]; NaN where a fraction above the question is NaN, but 0 below a question that nobody
    reached.
    """
    asked: dict[str, NDArray[np.float64]] = {}
    for question in schema.reading_order:
        if question.name not in fractions:
            continue
        parent = schema.parent_of(question)
        if parent is None:
            asked[question.name] = np.ones(len(fractions[question.name]))
        elif parent.name in asked:
            leads = [label in question.asked_after for label in parent.label_columns]
            share = asked[parent.name] * fractions[parent.name][:, leads].sum(axis=1)
            asked[question.name] = np.where(asked[parent.name] == 0, 0.0, share)  # nobody reached the parent
    return asked
