"""How good answers are on galaxies that were held out: figures with 95 % intervals from drawing the galaxies again."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.dirichlet import expected_fractions
from gzviewer.core.dirichlet_multinomial import votes_loss
from gzviewer.ml.finetune.labels import Labels

Floats = NDArray[np.float64]
Figures = dict[str, object]

DRAWS, LEVEL = 1000, 0.95
BINS = 10  # of confidence, for the calibration error
LEAST_VOTES = 5.0  # a galaxy counts for a question where so many volunteers answered it
TINY = 1e-12


def interval(count: int, figure: Callable[[NDArray[np.int64]], float]) -> dict[str, float]:
    """A figure of all galaxies and the interval in which it lies for most of `DRAWS` draws with replacement."""
    chance = np.random.default_rng(0)
    drawn = np.array([figure(chance.integers(0, count, count)) for _ in range(DRAWS)])
    drawn = drawn[np.isfinite(drawn)]
    edges = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(drawn) else (np.nan, np.nan)
    return {"value": figure(np.arange(count)), "low": float(edges[0]), "high": float(edges[1])}


def class_figures(probabilities: Floats, truth: NDArray[np.int64]) -> Figures:
    """Of probabilities (galaxy, class) and the number of the true class.

    Returns
    -------
    ``loss`` (cross entropy, nats), ``accuracy``, ``balanced_accuracy`` (mean over the classes that occur of the share that is
    found), ``calibration_error`` (mean distance of confidence and accuracy over `BINS` bins of confidence, weighted by galaxies),
    each with its interval; ``confusion`` (true class, answer).
    """
    chosen, count, classes = probabilities.argmax(axis=1), len(truth), probabilities.shape[1]
    losses = -np.log(np.clip(probabilities[np.arange(count), truth], TINY, 1))
    hits = (chosen == truth).astype(np.float64)
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (truth, chosen), 1)

    def balanced(rows: NDArray[np.int64]) -> float:
        there = np.bincount(truth[rows], minlength=classes)
        found = np.bincount(truth[rows], hits[rows], minlength=classes)
        return float((found[there > 0] / there[there > 0]).mean())

    return {
        "galaxies": count,
        "loss": interval(count, lambda rows: float(losses[rows].mean())),
        "accuracy": interval(count, lambda rows: float(hits[rows].mean())),
        "balanced_accuracy": interval(count, balanced),
        "calibration_error": interval(
            count, lambda rows: calibration_error(probabilities[rows].max(axis=1), hits[rows])
        ),
        "confusion": confusion.tolist(),
    }


def calibration_error(confidence: Floats, hits: Floats) -> float:
    """Expected calibration error: of `BINS` equal bins of confidence the mean of |accuracy - confidence|, by galaxies."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.abs(np.bincount(bins, hits - confidence, minlength=BINS))
    return float(gaps.sum() / len(hits))


def value_figures(predicted: Floats, truth: Floats) -> Figures:
    """Of one number a galaxy: ``rmse``, ``mae``, and ``explained``, the share of the variance that is explained."""
    off, count = predicted - truth, len(truth)

    def explained(rows: NDArray[np.int64]) -> float:
        spread = truth[rows].var()
        return float(1 - (off[rows] ** 2).mean() / spread) if spread > 0 else float("nan")

    return {
        "galaxies": count,
        "rmse": interval(count, lambda rows: float(np.sqrt((off[rows] ** 2).mean()))),
        "mae": interval(count, lambda rows: float(np.abs(off[rows]).mean())),
        "explained": interval(count, explained),
    }


def tree_figures(labels: Labels, concentrations: Floats) -> Figures:
    """Of concentrations (galaxy, member, answer) and the votes of the same galaxies.

    Returns
    -------
    ``loss`` (nats a galaxy, summed over the questions; of the members' mixture) and ``questions``: for each `class_figures`,
    where the truth is the answer that most volunteers gave, and ``rmse`` of the fractions; only over galaxies of which
    `LEAST_VOTES` answered it.
    """
    assert labels.schema is not None
    count = len(labels)
    losses, questions = np.zeros(count), {}
    for question in labels.schema.questions:
        part = labels.schema.slice_of(question)
        votes, alpha = labels.targets[:, part].astype(np.float64), concentrations[..., part]
        losses += votes_loss(votes, alpha)
        asked = votes.sum(axis=1) >= LEAST_VOTES
        if asked.sum() > 1:
            fractions, seen = expected_fractions(alpha[asked]), votes[asked]
            truth = seen / seen.sum(axis=1, keepdims=True)
            rmse = float(np.sqrt(((fractions - truth) ** 2).mean()))
            questions[question.name] = {**class_figures(fractions, seen.argmax(axis=1)), "rmse": rmse}
    return {
        "galaxies": count,
        "loss": interval(count, lambda rows: float(losses[rows].mean())),
        "questions": questions,
    }


def figures_of(labels: Labels, outputs: Floats) -> Figures:
    """By the kind of labels, of outputs (galaxy, member, output) of the same galaxies."""
    if labels.kind == "tree":
        return tree_figures(labels, outputs)
    mean = outputs.mean(axis=1)
    if labels.kind == "classify":
        return class_figures(mean, labels.numbers)
    return value_figures(mean[:, 0], labels.targets[:, 0].astype(np.float64))


def watched(labels: Labels, outputs: NDArray[np.floating]) -> dict[str, float]:
    """The few figures of an epoch, of outputs (galaxy, output)."""
    if labels.kind == "regress":
        return {"rmse": float(np.sqrt(((outputs[:, 0] - labels.targets[:, 0]) ** 2).mean()))}
    if labels.schema is None:
        return {"accuracy": float((outputs.argmax(axis=1) == labels.numbers).mean())}
    accuracies: Mapping[str, float] = {}
    for question in labels.schema.questions:
        part = labels.schema.slice_of(question)
        asked = labels.targets[:, part].sum(axis=1) >= LEAST_VOTES
        if asked.any():
            hits = outputs[asked, part].argmax(axis=1) == labels.targets[asked, part].argmax(axis=1)
            accuracies = {**accuracies, f"accuracy/{question.name}": float(hits.mean())}
    return dict(accuracies)
