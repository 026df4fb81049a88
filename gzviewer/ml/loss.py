"""The loss that models are trained with: how unlikely the votes are, given predicted concentrations.

The votes for one question are taken as drawn from a Dirichlet-Multinomial distribution; the loss is minus the
logarithm of the probability of the votes seen. A question that nobody was asked has no votes, and then loss
and gradient are exactly zero: that is how missing votes are handled, and nothing else is needed.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def dirichlet_multinomial_loss(votes: Tensor, concentrations: Tensor, questions: Sequence[slice]) -> Tensor:
    r"""Minus the log probability of the votes, question by question.

    .. math::
        -\ln p(k | \alpha) = \sum_j L(\alpha_j, k_j) - L(\alpha_0, N), \quad
        L(a, n) = \ln\Gamma(1 + n) + \ln\Gamma(a) - \ln\Gamma(a + n)

    with :math:`N = \sum_j k_j` and :math:`\alpha_0 = \sum_j \alpha_j` of one question.

    Parameters
    ----------
    votes : (galaxy, answer), each >= 0
        Votes; may be fractional where they are expectations. All zero for a question: nobody was asked.
    concentrations : (galaxy, answer), each > 0
    questions
        Where the answers of each question stand on the answer axis.

    Returns
    -------
    (galaxy, question), in nats; 0 where nobody was asked.

    Notes
    -----
    Walmsley et al. 2022, MNRAS 509, 3966; for integer votes equal to the Dirichlet-Multinomial of Pyro.
    """
    return torch.stack([_loss(votes[:, part], concentrations[:, part]) for part in questions], dim=1)


def _loss(votes: Tensor, concentrations: Tensor) -> Tensor:
    """(galaxy,) for the answers of one question, each (galaxy, answer)."""
    answers = _log_beta_like(concentrations, votes).sum(dim=1)
    return answers - _log_beta_like(concentrations.sum(dim=1), votes.sum(dim=1))


def _log_beta_like(concentration: Tensor, count: Tensor) -> Tensor:
    """L(a, n) of the formula above; exactly 0 for n = 0."""
    return torch.lgamma(1 + count) + torch.lgamma(concentration) - torch.lgamma(concentration + count)
