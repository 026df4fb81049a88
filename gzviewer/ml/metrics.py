"""How good predicted concentrations are, question by question, beside what a constant answer would reach."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.core.schema import Question, Schema
from gzviewer.ml.loss import dirichlet_multinomial_loss

CONFIDENT = 0.8  # volunteers agree if one answer has more than this share of their votes
ASKED = 10.0  # galaxies count for a fraction or an agreement where at least this many votes are expected
BASELINE_STEPS = 300


@dataclass(frozen=True)
class QuestionFigures:
    """Figures of one question.

    Parameters
    ----------
    loss, baseline_loss
        Mean over the galaxies that were asked, in nats: of the model, and of the one Dirichlet that fits the training votes best.
    accuracy, baseline_accuracy
        Share of the galaxies on whose answer volunteers agree for which the likeliest answer is theirs: of the model, and of the
        answer most common among them. NaN where there is no such galaxy.
    rmse
        Root mean square difference of vote fractions, over answers and galaxies.
    galaxies, confident
        How many galaxies `rmse` and `accuracy` rest on; these are NaN where there is none.
    """

    loss: float
    baseline_loss: float
    accuracy: float
    baseline_accuracy: float
    rmse: float
    galaxies: int
    confident: int


def figures(
    schema: Schema,
    votes: NDArray[np.float32],
    concentrations: NDArray[np.float32],
    training_votes: NDArray[np.float32],
) -> dict[str, QuestionFigures]:
    """Figures of every question.

    Parameters
    ----------
    votes, concentrations : (galaxy, answer)
        Of galaxies that training has not seen.
    training_votes : (other galaxy, answer)
        What the baseline is fitted to.
    """
    return {
        question.name: _figures_of(
            question,
            *(values[:, schema.slice_of(question)] for values in (votes, concentrations, training_votes)),
        )
        for question in schema.questions
    }


def _figures_of(
    question: Question,
    votes: NDArray[np.float32],
    concentrations: NDArray[np.float32],
    training_votes: NDArray[np.float32],
) -> QuestionFigures:
    """Of one question; the answer axes hold its answers only."""
    assert votes.shape[1] == len(question.answers)
    baseline = np.broadcast_to(best_constant(training_votes), votes.shape)
    total = votes.sum(axis=1, keepdims=True)
    is_asked = total[:, 0] >= ASKED
    truth = votes[is_asked] / total[is_asked]
    predicted = concentrations[is_asked] / concentrations[is_asked].sum(axis=1, keepdims=True)
    is_confident = truth.max(axis=1) > CONFIDENT
    chosen = truth[is_confident].argmax(axis=1)
    hits = predicted[is_confident].argmax(axis=1) == chosen
    return QuestionFigures(
        loss=_mean_loss(votes, concentrations),
        baseline_loss=_mean_loss(votes, baseline),
        accuracy=float(hits.mean()) if len(hits) else float("nan"),
        baseline_accuracy=float(np.bincount(chosen).max() / len(chosen)) if len(chosen) else float("nan"),
        rmse=float(np.sqrt(np.mean((predicted - truth) ** 2))) if len(truth) else float("nan"),
        galaxies=int(is_asked.sum()),
        confident=len(hits),
    )


def best_constant(votes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(answer,): concentrations in 1..101, like a model's, under which the votes (galaxy, answer) are likeliest."""
    seen = torch.from_numpy(votes[votes.sum(axis=1) > 0])
    logits = torch.full((votes.shape[1],), -3.0, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.05)
    for _ in range(BASELINE_STEPS):
        optimizer.zero_grad()
        torch.autograd.backward(_loss(seen, _constant(logits, len(seen))))
        optimizer.step()
    with torch.no_grad():
        best: NDArray[np.float32] = _constant(logits, 1)[0].numpy()
    return best


def _constant(logits: torch.Tensor, count: int) -> torch.Tensor:
    return (torch.sigmoid(logits) * 100 + 1).expand(count, -1)


def _mean_loss(votes: NDArray[np.float32], concentrations: NDArray[np.float32]) -> float:
    """Over the galaxies that were asked at all."""
    is_asked = votes.sum(axis=1) > 0
    return float(_loss(torch.from_numpy(votes[is_asked]), torch.from_numpy(concentrations[is_asked].copy())))


def _loss(votes: torch.Tensor, concentrations: torch.Tensor) -> torch.Tensor:
    return dirichlet_multinomial_loss(votes, concentrations, [slice(0, votes.shape[1])]).mean()
