"""What training lowers: how unlikely the votes are, and how far the predicted shares of all volunteers are off."""

import torch
from torch import Tensor

from gzviewer.core.schema import Schema
from gzviewer.ml.loss import dirichlet_multinomial_loss

VOLUNTEERS = 40.0  # the table gives fractions, no counts; GZ2 images were shown to about 40 volunteers
SQUARES = (
    30.0  # weight of the squared differences beside the votes' loss, both sums over the answers of a galaxy
)


def shares_of_all(schema: Schema, concentrations: Tensor) -> Tensor:
    """(galaxy, answer) expected shares of all volunteers, from concentrations (galaxy, answer)."""
    shares: dict[str, Tensor] = {}
    for question in schema.reading_order:
        part = concentrations[:, schema.slice_of(question)]
        parent = schema.parent_of(question)
        fractions = part / part.sum(dim=1, keepdim=True)
        if parent is not None:
            leads = [label in question.asked_after for label in parent.label_columns]
            fractions = fractions * shares[parent.name][:, leads].sum(dim=1, keepdim=True)
        shares[question.name] = fractions
    return torch.cat([shares[question.name] for question in schema.questions], dim=1)


def squares(schema: Schema, concentrations: Tensor, targets: Tensor) -> Tensor:
    """(galaxy,): squared differences of shares of all volunteers, summed over the answers that are known (not NaN)."""
    differences = torch.nan_to_num(shares_of_all(schema, concentrations) - targets)
    return differences.square().sum(dim=1)


def votes_loss(schema: Schema, concentrations: Tensor, targets: Tensor) -> Tensor:
    """Mean over galaxies of the votes' negative log likelihood plus `SQUARES` times the squared differences."""
    questions = [schema.slice_of(question) for question in schema.questions]
    votes = torch.nan_to_num(targets) * VOLUNTEERS
    likelihood = dirichlet_multinomial_loss(votes, concentrations, questions).sum(dim=1)
    return (likelihood + SQUARES * squares(schema, concentrations, targets)).mean()
