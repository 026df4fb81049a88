"""What teaching lowers, a galaxy at a time.

Votes: minus the logarithm of their probability under a Dirichlet-Multinomial distribution, summed over the questions; through
pyro, whose distribution is the published reference. `gzviewer.ml.loss` is the same sum without pyro (a test holds them
equal); it serves where votes are expectations and every call counts: the bundled model's training, metrics and baselines.
Classes: cross entropy, each class weighing the same if wished. Numbers: squared error in units of the training labels' variance,
so that 1 is what their mean would reach.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gzviewer.core.schema import Schema
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.network import GalaxyNetwork

Loss = Callable[
    [GalaxyNetwork, Tensor, Tensor], Tensor
]  # network, (galaxy, feature), (galaxy, column) -> (galaxy,)


@dataclass(frozen=True)
class Scale:
    """Values that a head learns are ``(value - mean) / deviation``; folded into the head before it is stored."""

    mean: float = 0.0
    deviation: float = 1.0


def scale_of(labels: Labels, rows: NDArray[np.int64]) -> Scale:
    """Of the training galaxies' values; 0 and 1 where none are regressed."""
    if labels.kind != "regress":
        return Scale()
    values = labels.targets[rows, 0].astype(np.float64)
    return Scale(float(values.mean()), float(values.std()) or 1.0)


def loss_of(labels: Labels, rows: NDArray[np.int64], head: str, *, balances: bool) -> Loss:
    """The loss for these labels; what it needs to know of them comes from the training galaxies at `rows`."""
    if labels.schema is not None:
        return votes_loss(labels.schema)
    if labels.kind == "classify":
        counts = np.bincount(labels.numbers[rows], minlength=len(labels.names))
        weights = len(rows) / (len(counts) * counts) if balances else np.ones(len(counts))
        return _cross_entropy(torch.from_numpy(weights.astype(np.float32)))
    return _squares(scale_of(labels, rows), is_unit=head == "unit-values")


def votes_loss(schema: Schema) -> Loss:
    """Through pyro; exactly 0, loss and gradient, where nobody was asked."""
    from pyro.distributions import DirichletMultinomial  # noqa: PLC0415 - only trees need it

    parts = [schema.slice_of(question) for question in schema.questions]

    def loss(network: GalaxyNetwork, features: Tensor, votes: Tensor) -> Tensor:
        concentrations = network.outputs(features)
        if not torch.isfinite(concentrations).all():  # which pyro answers with an error of its own
            return torch.full((len(votes),), torch.nan, device=votes.device)
        total = torch.zeros(len(votes), device=votes.device)
        for part in parts:
            seen = votes[:, part]
            count = seen.sum(dim=1)
            votes_drawn = DirichletMultinomial(concentrations[:, part], count, validate_args=False)  # type: ignore[no-untyped-call]
            likelihood: Tensor = votes_drawn.log_prob(seen)  # type: ignore[no-untyped-call]
            total = total - torch.where(count > 0, likelihood, torch.zeros_like(likelihood))
        return total

    return loss


def _cross_entropy(weights: Tensor) -> Loss:
    def loss(network: GalaxyNetwork, features: Tensor, numbers: Tensor) -> Tensor:
        truth = numbers[:, 0].long()
        cross = nn.functional.cross_entropy(network.head(features), truth, reduction="none")
        return cross * weights.to(cross.device)[truth]

    return loss


def _squares(scale: Scale, *, is_unit: bool) -> Loss:
    def loss(network: GalaxyNetwork, features: Tensor, values: Tensor) -> Tensor:
        if is_unit:
            return ((network.outputs(features) - values)[:, 0] / scale.deviation).square()
        difference: Tensor = network.head(features) - (values - scale.mean) / scale.deviation
        return difference[:, 0].square()

    return loss


def in_own_unit(outputs: NDArray[np.float32], scale: Scale, head: str) -> NDArray[np.float32]:
    """Outputs as `fold_in` will have them, of a head that it has not been done to."""
    if head != "values":
        return outputs
    return (outputs * scale.deviation + scale.mean).astype(np.float32)


def fold_in(network: GalaxyNetwork, scale: Scale, head: str) -> None:
    """Let a head that learned standardised values give the values themselves."""
    if head == "values":
        with torch.no_grad():
            network.head.weight.mul_(scale.deviation)
            network.head.bias.mul_(scale.deviation).add_(scale.mean)
