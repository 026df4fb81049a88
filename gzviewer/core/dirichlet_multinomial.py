"""The votes that predicted concentrations make likely: a Dirichlet-Multinomial for each question, or a mixture of them.

What volunteers say of one galaxy scatters twice: their true shares are not known (the Dirichlet), and only N of them were
asked (the Multinomial). A figure about votes that were really cast has to account for both.

Arrays are ``(..., member, answer)`` for concentrations, mixed with equal weight, and ``(..., answer)`` for votes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_VOTES = 1000  # more volunteers than that add no scatter worth counting: 0.016 of a fraction
MOST_FITTED = 2000  # galaxies are enough to fit a handful of numbers


def votes_loss(votes: NDArray[np.floating], concentrations: NDArray[np.floating]) -> Floats:
    r"""Minus the log probability of the votes for one question, in nats.

    .. math::
        -\ln \frac{1}{M} \sum_m \exp\Big( L(\alpha_{m0}, N) - \sum_j L(\alpha_{mj}, k_j) \Big), \quad
        L(a, n) = \ln\Gamma(1 + n) + \ln\Gamma(a) - \ln\Gamma(a + n)

    Parameters
    ----------
    votes : (..., answer), each >= 0
        Need not be whole: the expected votes where only fractions are known. All zero: nobody was asked, the loss is 0.
    concentrations : (..., member, answer), each > 0 or NaN

    Returns
    -------
    (...): NaN where a concentration is.

    Notes
    -----
    Walmsley et al. 2022, MNRAS 509, 3966. For one member the same as ``gzviewer.ml.loss``, which models are trained with.
    """
    from scipy.special import logsumexp  # noqa: PLC0415 - 0.2 s that the first paint of the window need not wait for

    alpha = np.asarray(concentrations, dtype=np.float64)
    counts = np.asarray(votes, dtype=np.float64)[..., np.newaxis, :]
    answers = _log_beta_like(alpha, counts).sum(axis=-1)
    logs = _log_beta_like(alpha.sum(axis=-1), counts.sum(axis=-1)) - answers
    loss: Floats = np.log(alpha.shape[-2]) - logsumexp(logs, axis=-1)
    return loss + 0.0  # no minus zero


def _log_beta_like(concentration: Floats, count: Floats) -> Floats:
    """L(a, n) of the formula above; exactly 0 for n = 0."""
    from scipy.special import gammaln  # noqa: PLC0415 - as above

    value: Floats = gammaln(1 + count) + gammaln(concentration) - gammaln(concentration + count)
    return value


def coverage(
    fractions: NDArray[np.floating],
    totals: NDArray[np.floating],
    concentrations: NDArray[np.floating],
    level: float,
) -> Floats:
    r"""How much of each vote fraction lies inside the central interval predicted for it.

    The fraction that `totals` volunteers give is a count over a count, :math:`k / N`, and k follows the equal mixture of the
    members' Beta-Binomials. The interval of level c holds the middle of that distribution's probability: from
    :math:`(1 - c) / 2` to :math:`(1 + c) / 2` of its cumulative probability. A count k takes up the stretch from
    :math:`F(k - 1)` to :math:`F(k)`; what is returned is the share of this stretch that is inside. If the votes do follow
    the prediction, its mean is exactly c for any N, which no interval with whole edges can be.

    Parameters
    ----------
    fractions : (..., answer), in [0, 1]
        Need not be whole counts: F is then taken linear between them, over a stretch one vote wide.
    totals : (...,), > 0
        Volunteers who answered the question; rounded, at least 1 and at most `MOST_VOTES`.
    concentrations : (..., member, answer), each > 0 or NaN
    level
        Probability inside the interval, in (0, 1).

    Returns
    -------
    (..., answer), in [0, 1]; NaN where anything is NaN.

    Notes
    -----
    Czado, Gneiting and Held 2009, Biometrics 65, 1254: the probability integral transform of counts, without its dice.
    """
    below, upto = _stretch(fractions, totals, concentrations)
    tail = (1 - level) / 2
    inside = np.minimum(upto, 1 - tail) - np.maximum(below, tail)
    width = upto - below
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(inside / width, 0.0, 1.0)
    return np.where(width > 0, share, np.where(np.isnan(width), np.nan, 0.0))  # no width: far in a tail


def _stretch(
    fractions: NDArray[np.floating], totals: NDArray[np.floating], concentrations: NDArray[np.floating]
) -> tuple[Floats, Floats]:
    """F just below and just above each fraction, each (..., answer), of the mixture of Beta-Binomials.

    The probability of k + 1 follows from that of k, so one walk over k serves all galaxies.
    """
    known_totals = np.nan_to_num(np.asarray(totals, dtype=np.float64), nan=1.0)
    votes: Floats = np.clip(np.round(known_totals), 1, MOST_VOTES)
    count = (np.asarray(fractions, dtype=np.float64) * votes[..., np.newaxis])[..., np.newaxis, :]
    number = votes[..., np.newaxis, np.newaxis]
    alpha = np.asarray(concentrations, dtype=np.float64)
    rest = alpha.sum(axis=-1, keepdims=True) - alpha
    log_p = _log_none(alpha, rest, number)
    below, upto = np.zeros(log_p.shape), np.zeros(log_p.shape)
    for k in range(int(votes.max(initial=0)) + 1):
        p = np.where(k <= number, np.exp(log_p), 0.0)
        below += p * np.clip(count - k, 0, 1)
        upto += p * np.clip(count + 1 - k, 0, 1)
        left = np.maximum(number - k, 1)  # beyond the last vote p is 0 whatever stands here
        log_p = log_p + np.log(left * (alpha + k) / ((k + 1) * (rest + left - 1)))
    known = np.isfinite(alpha) & np.isfinite(count)
    return _mean_of_members(below, known), _mean_of_members(upto, known)


def _log_none(alpha: Floats, rest: Floats, number: Floats) -> Floats:
    """Log probability that none of `number` votes goes to an answer."""
    from scipy.special import gammaln  # noqa: PLC0415 - as above

    value: Floats = (
        gammaln(rest + number) + gammaln(alpha + rest) - gammaln(rest) - gammaln(alpha + rest + number)
    )
    return value


def _mean_of_members(values: Floats, known: NDArray[np.bool_]) -> Floats:
    mean: Floats = np.where(known, values, np.nan).mean(axis=-2)
    return mean


def best_constant(votes: NDArray[np.floating]) -> Floats:
    """(answer,): the one Dirichlet under which the votes (galaxy, answer) for one question are likeliest.

    What a prediction that knows nothing of the image would say; NaN where nobody was asked. Of more than `MOST_FITTED` galaxies
    so many are drawn, always the same: a table may be sorted.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - as above

    seen = np.asarray(votes, dtype=np.float64)
    seen = seen[seen.sum(axis=1) > 0]
    if len(seen) > MOST_FITTED:
        seen = np.random.default_rng(0).choice(seen, MOST_FITTED, replace=False)
    if not len(seen):
        return np.full(votes.shape[1], np.nan)

    def loss(logs: Floats) -> float:
        return float(votes_loss(seen, np.exp(logs)[np.newaxis]).mean())

    bounds = [(-6.0, 8.0)] * votes.shape[1]
    found = minimize(loss, np.zeros(votes.shape[1]), method="L-BFGS-B", bounds=bounds)
    best: Floats = np.exp(found.x)
    return best
