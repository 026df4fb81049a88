"""The Dirichlet posterior that a Galaxy Zoo model predicts for one question, and mixtures of them.

A model does not output vote fractions. For each question it outputs one *concentration* per answer, and those are the
parameters of a Dirichlet distribution over the fractions volunteers would give (Walmsley et al. 2022, MNRAS 509, 3966).
Everything shown beside an image is a function of the concentrations, and lives here.

Arrays are ``(..., member, answer)``: members are the distributions of an ensemble or of several dropout samples, mixed
with equal weight. All values are dimensionless. NaN concentrations (not predicted) give NaN.
"""

import numpy as np
from numpy.typing import NDArray

Concentrations = NDArray[np.float32] | NDArray[np.float64]


def expected_fractions(concentrations: Concentrations) -> NDArray[np.float64]:
    r"""Expected vote fraction of every answer to one question.

    .. math:: E[\rho_k] = \frac{1}{M} \sum_m \alpha_{mk} / \sum_j \alpha_{mj}

    Parameters
    ----------
    concentrations : (..., member, answer), each > 0 or NaN
        Dirichlet parameters of one question. A NaN anywhere makes that galaxy's fractions NaN.

    Returns
    -------
    (..., answer), in (0, 1), summing to 1 over the answer axis: the mean of ratios, not the ratio of means.

    Raises
    ------
    ValueError
        If a concentration is zero or negative: such a row is not a Dirichlet.
    """
    alpha = _checked(concentrations)
    fractions: NDArray[np.float64] = (alpha / alpha.sum(axis=-1, keepdims=True)).mean(axis=-2)
    return fractions


def credible_interval(
    concentrations: Concentrations, level: float = 0.9
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Central credible interval of every answer's vote fraction.

    The marginal of answer k is :math:`\mathrm{Beta}(\alpha_k, \alpha_0 - \alpha_k)`. For several members the median of
    their edges is taken, as in the published Galaxy Zoo release tables (not the quantile of the mixture).

    Parameters
    ----------
    concentrations : (..., member, answer), each > 0 or NaN
    level
        Probability inside the interval, in (0, 1).

    Returns
    -------
    lower, upper : (..., answer), in (0, 1)
    """
    alpha, rest = marginals(concentrations)
    tail = (1 - level) / 2
    return median_quantile(alpha, rest, tail), median_quantile(alpha, rest, 1 - tail)


def marginals(
    concentrations: Concentrations, answers: slice = slice(None)
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""The Beta distributions of single answers: :math:`\alpha_k` and :math:`\alpha_0 - \alpha_k`.

    Parameters
    ----------
    concentrations : (..., member, answer), each > 0 or NaN
    answers
        Which of them are wanted.

    Returns
    -------
    alpha, rest : (..., member, wanted answer)
    """
    alpha = _checked(concentrations)
    rest: NDArray[np.float64] = alpha.sum(axis=-1, keepdims=True) - alpha
    return alpha[..., answers], rest[..., answers]


def median_quantile(
    alpha: NDArray[np.float64], rest: NDArray[np.float64], probability: float
) -> NDArray[np.float64]:
    """Median over the members of the quantile of each one's Beta; see `credible_interval`.

    Parameters
    ----------
    alpha, rest : (..., member, answer)
        As `marginals` gives them.

    Returns
    -------
    (..., answer), in (0, 1)
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - 0.2 s that the first paint of the window need not wait for

    quantile: NDArray[np.float64] = np.median(betaincinv(alpha, rest, probability), axis=-2).astype(
        np.float64
    )
    return quantile


def entropy(concentrations: Concentrations) -> NDArray[np.float64]:
    r"""Differential entropy of each member's Dirichlet, in nats; very negative means very sure.

    .. math:: H = \ln B(\alpha) + (\alpha_0 - K)\,\psi(\alpha_0) - \sum_k (\alpha_k - 1)\,\psi(\alpha_k)

    Parameters
    ----------
    concentrations : (..., answer), each > 0 or NaN

    Returns
    -------
    (...): one value a distribution.
    """
    from scipy.special import digamma, gammaln  # noqa: PLC0415 - as above

    alpha = _checked(concentrations)
    total = alpha.sum(axis=-1)
    log_beta = gammaln(alpha).sum(axis=-1) - gammaln(total)
    spread = (total - alpha.shape[-1]) * digamma(total)
    nats: NDArray[np.float64] = log_beta + spread - ((alpha - 1) * digamma(alpha)).sum(axis=-1)
    return nats


def _checked(concentrations: Concentrations) -> NDArray[np.float64]:
    alpha = np.asarray(concentrations, dtype=np.float64)
    if (alpha <= 0).any():
        raise ValueError("concentrations must be positive")
    return alpha
