"""What one model says of the galaxies of a catalog.

Concentrations are kept, never fractions: every figure shown is derived, so a new figure needs no new inference.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.dirichlet import credible_interval, expected_fractions
from gzviewer.core.schema import Question, Schema

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Dirichlet concentrations per row of the open catalog.

    Parameters
    ----------
    schema
        The tree whose label columns are the answer axis.
    checkpoint
        Name of the model that predicted them.
    concentrations : (row, member, answer) float32
        NaN = not predicted (yet). The member axis holds the models of an ensemble or dropout samples; length 1 for the
        deterministic pass.
    """

    schema: Schema
    checkpoint: str
    concentrations: NDArray[np.float32]

    def __post_init__(self) -> None:
        answers = self.concentrations.shape[-1]
        assert answers == len(self.schema.label_columns), f"{answers} answers for {self.schema.name}"

    def is_predicted(self, rows: Rows | slice = slice(None)) -> NDArray[np.bool_]:
        """(row,) True where the model has predicted the galaxy."""
        known: NDArray[np.bool_] = np.isfinite(self.concentrations[rows, 0, 0])
        return known

    def fractions(self, question: Question, rows: Rows | slice = slice(None)) -> NDArray[np.float64]:
        """(row, answer of the question): expected vote fraction, summing to 1; NaN where not predicted."""
        return expected_fractions(self._of(question, rows))

    def interval(
        self, question: Question, level: float = 0.9, rows: Rows | slice = slice(None)
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper edge, each (row, answer of the question), of the central credible interval; NaN where not predicted."""
        return credible_interval(self._of(question, rows), level)

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
        return self.concentrations[rows][..., self.schema.slice_of(question)]


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
