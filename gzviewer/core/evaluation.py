"""How good predictions are, beside votes: question by question, and over all of them.

Every figure about fractions counts the galaxies of which more than `ASKED` of the volunteers were asked the question: what
two people said of spiral arms tells little. Definitions: docs/outputs.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.comparison import Observed, Predicted, common_questions, in_terms_of
from gzviewer.core.dirichlet import credible_interval
from gzviewer.core.dirichlet_multinomial import best_constant, coverage, votes_loss
from gzviewer.core.schema import Question

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

ASKED = 0.5  # of the volunteers: a galaxy counts for a question where more than these were asked it
CONFIDENT = 0.8  # volunteers agree where one answer has more than this share of their votes
NAN = float("nan")


@dataclass(frozen=True)
class Figures:
    """How good the predictions for one question are, or for all. NaN where there is nothing to tell it from.

    Parameters
    ----------
    loss
        Mean negative log probability of the votes over galaxies with votes, in nats; over all questions: of their sum.
    baseline_loss, baseline_accuracy
        The loss of the one Dirichlet that fits these votes best; the share of the most common answer in `accuracy`.
    mean_absolute_error, rmse
        Of vote fractions, over galaxies and answers.
    accuracy
        Share of the galaxies on which volunteers agree whose likeliest answer is theirs.
    agreement
        The same share over all galaxies.
    coverage_50, coverage_90
        Share of vote fractions inside the central interval predicted for votes (`dirichlet_multinomial.coverage`).
    coverage_90_posterior
        Share inside the interval of the release tables (`dirichlet.credible_interval`), which holds true shares, not votes:
        lower than 0.9 even for a perfect model.
    galaxies, confident
        Number of galaxies behind the errors, and behind `accuracy`.
    """

    loss: float
    baseline_loss: float
    mean_absolute_error: float
    rmse: float
    accuracy: float
    baseline_accuracy: float
    agreement: float
    coverage_50: float
    coverage_90: float
    coverage_90_posterior: float
    galaxies: int
    confident: int


@dataclass(frozen=True)
class Evaluation:
    """All figures. `questions` holds those that both sides know, by name; `first_agreement` is that of the first question.

    `unpredicted` is by name how many galaxies would count for a question if they were predicted; questions of none are left out.
    """

    questions: dict[str, Figures]
    over_all: Figures
    first_agreement: float
    unpredicted: dict[str, int]


@dataclass(frozen=True, eq=False)
class _Compared:
    """One question: losses of the galaxies with votes; the rest of those of which enough volunteers were asked."""

    has_votes: Truths  # (galaxy,)
    counts: Truths  # (galaxy,)
    unpredicted: int
    losses: Floats  # (galaxy with votes,)
    baseline_losses: Floats
    errors: Floats  # (counted galaxy, answer)
    agrees: Truths  # (counted galaxy,)
    chosen: NDArray[np.int64]
    is_confident: Truths
    inside_50: Floats  # (counted galaxy, answer)
    inside_90: Floats
    inside_posterior: Floats


def evaluate(said: Observed, model: Predicted) -> Evaluation:
    """Compare predictions with votes of the same galaxies, row by row.

    Questions are those of the model that the votes answer too, of any of the galaxies. Galaxies that are not predicted are left
    out.
    """
    fractions = in_terms_of(model.schema, said.schema, said.fractions)
    both = [(q, _compare(q, said, model, fractions)) for q in common_questions(model.schema, said.schema)]
    known = [(question, part) for question, part in both if part.has_votes.any()]
    single = {question.name: _figures([part]) for question, part in known}
    first = next((single[question.name].agreement for question, _ in known if not question.asked_after), NAN)
    unpredicted = {question.name: part.unpredicted for question, part in known if part.unpredicted}
    return Evaluation(single, _figures([part for _, part in known]), first, unpredicted)


def _compare(question: Question, said: Observed, model: Predicted, fractions: Floats) -> _Compared:
    part = model.schema.slice_of(question)
    place = [other.name for other in said.schema.questions].index(question.name)
    truth, expected, total = fractions[:, part], model.fractions[:, part], said.totals[:, place]
    is_voted = np.isfinite(truth).all(axis=1) & (total > 0)
    has_votes = is_voted & np.isfinite(expected).all(axis=1)
    is_asked = said.asked[:, place] > ASKED
    counts = has_votes & is_asked
    alpha = None if model.concentrations is None else model.concentrations[..., part].astype(np.float64)
    votes = truth[has_votes] * total[has_votes, np.newaxis]
    losses = _losses(
        np.round(votes) if said.are_counted else votes, None if alpha is None else alpha[has_votes]
    )
    chosen = truth[counts].argmax(axis=1) if counts.any() else np.zeros(0, dtype=np.int64)
    covered = _covered(truth[counts], total[counts], None if alpha is None else alpha[counts])
    return _Compared(
        has_votes,
        counts,
        int((is_voted & ~has_votes & is_asked).sum()),
        *losses,
        errors=expected[counts] - truth[counts],
        agrees=expected[counts].argmax(axis=1) == chosen,
        chosen=chosen,
        is_confident=truth[counts].max(axis=1, initial=0) > CONFIDENT,
        inside_50=covered[0],
        inside_90=covered[1],
        inside_posterior=covered[2],
    )


def _losses(votes: Floats, alpha: Floats | None) -> tuple[Floats, Floats]:
    """Of the model and of the best constant, each (galaxy,)."""
    if alpha is None or not len(votes):
        return np.full(len(votes), NAN), np.full(len(votes), NAN)
    return votes_loss(votes, alpha), votes_loss(votes, best_constant(votes)[np.newaxis])


def _covered(truth: Floats, total: Floats, alpha: Floats | None) -> tuple[Floats, Floats, Floats]:
    """How much of each fraction lies in the 50 % and the 90 % interval for votes, and in the 90 % one for true shares."""
    if alpha is None:
        nothing = np.full(truth.shape, NAN)
        return nothing, nothing, nothing
    lower, upper = credible_interval(alpha, 0.9)
    inside = ((truth >= lower) & (truth <= upper)).astype(np.float64)
    return coverage(truth, total, alpha, 0.5), coverage(truth, total, alpha, 0.9), inside


def _figures(parts: Sequence[_Compared]) -> Figures:
    """Of one question, or of several together."""
    errors = _joined([part.errors for part in parts])
    agrees = _joined([part.agrees for part in parts])
    sure = _joined([part.agrees[part.is_confident] for part in parts])
    usual = [np.bincount(part.chosen[part.is_confident]).max(initial=0) for part in parts]
    return Figures(
        loss=_mean_sum(parts, [part.losses for part in parts]),
        baseline_loss=_mean_sum(parts, [part.baseline_losses for part in parts]),
        mean_absolute_error=_mean(np.abs(errors)),
        rmse=float(np.sqrt(_mean(errors**2))),
        accuracy=_mean(sure),
        baseline_accuracy=sum(usual) / len(sure) if len(sure) else NAN,
        agreement=_mean(agrees),
        coverage_50=_mean(_joined([part.inside_50 for part in parts])),
        coverage_90=_mean(_joined([part.inside_90 for part in parts])),
        coverage_90_posterior=_mean(_joined([part.inside_posterior for part in parts])),
        galaxies=int(np.logical_or.reduce([part.counts for part in parts]).sum()) if parts else 0,
        confident=len(sure),
    )


def _mean_sum(parts: Sequence[_Compared], losses: Sequence[Floats]) -> float:
    """Mean over the galaxies with any votes of the sum over questions."""
    if not parts:
        return NAN
    total = np.zeros(len(parts[0].has_votes))
    for part, values in zip(parts, losses, strict=True):
        total[part.has_votes] += values
    return _mean(total[np.logical_or.reduce([part.has_votes for part in parts])])


def _joined(values: Sequence[NDArray[np.generic]]) -> Floats:
    return np.concatenate([np.zeros(0), *(value.ravel().astype(np.float64) for value in values)])


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else NAN
