"""Quantiles of equal mixtures of Beta distributions, for many mixtures at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLOSE = 1e-5  # of the quantile: Newton's error after a step this small is about its square
SMALL = 1e-12
MOST_STEPS = 100


def mixture_quantile(alpha: Floats, rest: Floats, probability: float) -> Floats:
    """Where the cumulative probability of an equal mixture of Betas reaches `probability`.

    Newton's method on the logarithm of the smaller tail against the logarithm of the distance to its end, where a Beta is
    nearly a straight line; kept inside a bracket that shrinks at every step, and halved where Newton leaves it or goes to and
    fro across a gap between the members. Right to 1e-7 of probability.

    Parameters
    ----------
    alpha, rest : (..., member, answer)
        As `gzviewer.core.dirichlet.marginals` gives them.

    Returns
    -------
    (..., answer), in (0, 1); NaN where a parameter is.
    """
    shape = alpha[..., 0, :].shape
    first = np.moveaxis(alpha, -2, 0).reshape(alpha.shape[-2], -1)
    second = np.moveaxis(rest, -2, 0).reshape(first.shape)
    found = np.full(first.shape[1], np.nan)
    known = np.flatnonzero(np.isfinite(first + second).all(axis=0))
    low, high = first[:, known], second[:, known]
    if probability > 0.5:  # the same seen from the other end
        found[known] = 1 - _solve(high, low, 1 - probability)
    else:
        found[known] = _solve(low, high, probability)
    return found.reshape(shape)


def _solve(first: Floats, second: Floats, probability: float) -> Floats:
    """Quantile of each column, an equal mixture of Beta(first, second) over rows; (member, column) -> (column,)."""
    from scipy.special import betaln  # noqa: PLC0415 - 0.2 s that the first paint of the window need not wait for

    norm, place = betaln(first, second), _start(first, second, probability)
    low, high = np.zeros_like(place), np.ones_like(place)
    left, last = np.arange(len(place)), np.full(len(place), np.inf)
    for _ in range(MOST_STEPS):
        x, a, b = place[left], first[:, left], second[:, left]
        mass, step = _newton(x, a, b, norm[:, left], probability)
        low[left] = np.where(mass < probability, x, low[left])
        high[left] = np.where(mass < probability, high[left], x)
        with np.errstate(invalid="ignore", over="ignore"):
            bold = x * np.exp(step)
        is_inside = (bold >= low[left]) & (bold <= high[left]) & (bold > 0) & (bold < 1)  # False for NaN
        is_bold = is_inside & (np.abs(step) <= last[left] / 2)
        place[left] = np.where(is_bold, bold, (low[left] + high[left]) / 2)
        last[left] = np.abs(np.log(place[left]) - np.log(x))
        left = left[~is_bold | (last[left] > CLOSE)]
        if not len(left):
            break
    return place


def _newton(x: Floats, a: Floats, b: Floats, norm: Floats, probability: float) -> tuple[Floats, Floats]:
    """Probability below each x, and the step of ln x that Newton's method would take; each (column,)."""
    from scipy.special import betainc  # noqa: PLC0415 - as above

    mass = betainc(a, b, x).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        density = np.exp(a * np.log(x) + (b - 1) * np.log1p(-x) - norm).mean(axis=0)  # of ln x
        step: Floats = (np.log(probability) - np.log(mass)) * mass / density
    return mass, step


def _start(first: Floats, second: Floats, probability: float) -> Floats:
    """The quantile of the one Beta with the mixture's mean and variance."""
    from scipy.special import betaincinv  # noqa: PLC0415 - as above

    total = first + second
    means = first / total
    mean = means.mean(axis=0)
    variance = (means * (1 - means) / (total + 1) + means**2).mean(axis=0) - mean**2
    strength = np.maximum(mean * (1 - mean) / variance - 1, SMALL)
    guess: Floats = betaincinv(mean * strength, (1 - mean) * strength, probability)
    return np.clip(guess, SMALL, 1 - SMALL)
