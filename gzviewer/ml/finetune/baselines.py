"""What held-out galaxies are answered without teaching: by the parent where it can, else by what costs nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gzviewer.core.dirichlet_multinomial import best_constant
from gzviewer.io.manifest import Manifest
from gzviewer.ml.families import load_predictors
from gzviewer.ml.finetune.figures import Floats
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.predict import predict

Rows = NDArray[np.int64]
BATCH = 32
PENALTIES = tuple(
    10.0**power for power in range(-4, 3)
)  # of a linear head; the one best in validation is taken
NEWTON_STEPS = 100


@dataclass(frozen=True, eq=False)
class Baseline:
    """One way to answer without teaching: its name, and outputs (galaxy, member, output) of the test galaxies."""

    title: str
    outputs: Floats


def outputs_of(
    manifest: Manifest,
    ids: tuple[str, ...],
    upright: NDArray[np.float32],
    device: torch.device,
    tick: Callable[[], None],
) -> Floats:
    """(galaxy, member, output): what `gzviewer predict` says of these galaxies with one sample.

    Parameters
    ----------
    upright : (galaxy, channel, y, x)
        As `gzviewer.io.model_input` has them.
    """
    predictors, parts = load_predictors(manifest, device), []
    for first in range(0, len(ids), BATCH):
        tick()
        part = slice(first, first + BATCH)
        parts.append(
            predict(predictors, upright[part], ids[part], size=BATCH, views=manifest.views, device=device)
        )
    return np.concatenate(parts).astype(np.float64)


def constant(labels: Labels, train: Rows, test: Rows) -> Baseline:
    """The one answer that suits the training labels best."""
    targets = labels.targets[train]
    if labels.schema is not None:
        parts = [labels.schema.slice_of(question) for question in labels.schema.questions]
        best = [np.nan_to_num(best_constant(targets[:, part]), nan=1.0) for part in parts]
        answer, title = np.concatenate(best), "one constant answer, fitted to the training votes"
    elif labels.kind == "classify":
        answer = (np.bincount(labels.numbers[train], minlength=len(labels.names)) / len(train)).astype(
            np.float32
        )
        title = "always the most common class of training"
    else:
        answer, title = targets.mean(axis=0), "always the mean of training"
    return Baseline(title, np.broadcast_to(answer, (len(test), 1, len(answer))).astype(np.float64))


def linear(labels: Labels, features: Tensor, train: Rows, validation: Rows, test: Rows) -> Baseline:
    """A linear head on the parent's untaught features, without augmentation; not for trees.

    Logistic or ridge regression on standardised features, its penalty the one that is best in validation.
    """
    assert labels.kind != "tree"
    known = features[torch.from_numpy(train)]
    features = ((features - known.mean(0)) / known.std(0).clamp(min=1e-6)).double()
    truth = torch.from_numpy(labels.targets).double()
    fitted = [
        _fitted(labels, features[torch.from_numpy(train)], truth[torch.from_numpy(train)], penalty)
        for penalty in PENALTIES
    ]
    judged = [
        _judged(labels, head(features[torch.from_numpy(validation)]), truth[torch.from_numpy(validation)])
        for head in fitted
    ]
    best = fitted[int(np.argmin(judged))]
    with torch.no_grad():
        answers = best(features[torch.from_numpy(test)])
        outputs = torch.softmax(answers, dim=1) if labels.kind == "classify" else answers
    name = "logistic" if labels.kind == "classify" else "ridge"
    return Baseline(f"a linear head on the parent's features ({name} regression)", outputs.numpy()[:, None])


def _fitted(labels: Labels, features: Tensor, truth: Tensor, penalty: float) -> nn.Linear:
    head = nn.Linear(features.shape[1], len(labels.names) if labels.kind == "classify" else 1).double()
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    if labels.kind == "regress":
        with torch.no_grad():
            middle = truth.mean()
            gram = features.T @ features / len(features) + penalty * torch.eye(
                features.shape[1], dtype=torch.float64
            )
            head.weight.copy_(torch.linalg.solve(gram, features.T @ (truth - middle) / len(features)).T)
            head.bias.fill_(float(middle))
        return head
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=NEWTON_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        cross = nn.functional.cross_entropy(head(features), truth[:, 0].long())
        total: Tensor = cross + penalty * head.weight.square().sum()
        torch.autograd.backward(total)
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return head


def _judged(labels: Labels, answers: Tensor, truth: Tensor) -> float:
    with torch.no_grad():
        if labels.kind == "classify":
            return float(nn.functional.cross_entropy(answers, truth[:, 0].long()))
        return float((answers - truth).square().mean())
