"""Quantiles of mixtures against their cumulative probability by scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from gzviewer.core.beta_mixture import mixture_quantile
from gzviewer.core.dirichlet import credible_interval, marginals

concentrations = st.integers(1, 5).flatmap(
    lambda members: arrays(np.float64, (3, members, 3), elements=st.floats(0.5, 101))
)


def mixture_interval(alpha, level=0.9):
    """Its two edges, as the derived columns have them."""
    return [mixture_quantile(*marginals(alpha), tail) for tail in ((1 - level) / 2, (1 + level) / 2)]


@settings(deadline=None)
@given(concentrations, st.floats(0.01, 0.99))
def test_the_mixture_has_the_asked_probability_below_its_quantile(alpha, probability):
    rest = alpha.sum(axis=-1, keepdims=True) - alpha
    place = mixture_quantile(alpha, rest, probability)
    below = stats.beta(alpha, rest).cdf(place[:, np.newaxis, :]).mean(axis=1)
    assert below == pytest.approx(np.full(below.shape, probability), abs=1e-7)


@settings(deadline=None)
@given(concentrations)
def test_wider_intervals_hold_narrower_ones_and_lie_between_0_and_1(alpha):
    (low, high), (lower, higher) = mixture_interval(alpha, 0.5), mixture_interval(alpha, 0.9)
    assert ((lower > 0) & (lower <= low) & (low <= high) & (high <= higher) & (higher < 1)).all()


def test_for_one_member_both_kinds_of_interval_are_the_same():
    alpha = np.random.default_rng(1).uniform(1, 101, (50, 1, 4))
    for mixture, median in zip(mixture_interval(alpha), credible_interval(alpha), strict=True):
        assert np.allclose(mixture, median, atol=1e-9)


def test_members_that_disagree_widen_the_mixture_and_not_the_median_of_edges():
    alpha = np.array([[[90.0, 10.0], [10.0, 90.0], [50.0, 50.0]]])
    wide, narrow = (
        np.subtract(*edges[::-1])[0, 0] for edges in (mixture_interval(alpha), credible_interval(alpha))
    )
    assert wide > 0.8 > 0.3 > narrow


def test_extreme_parameters_are_solved_too():
    alpha, rest = np.array([[[1.0], [3000.0]]]), np.array([[[500.0], [1.0]]])
    place = mixture_quantile(alpha, rest, 0.05)
    below = stats.beta(alpha, rest).cdf(place[:, np.newaxis]).mean()
    assert below == pytest.approx(0.05, abs=1e-8)


@pytest.mark.parametrize("members", [2, 5])
def test_a_gap_between_members_that_disagree_is_crossed(members):
    draw = np.random.default_rng(members)
    alpha = draw.uniform(1, draw.choice([3, 101], (9000, members, 3)))
    rest = alpha.sum(axis=-1, keepdims=True) - alpha
    for probability in (0.05, 0.95):
        place = mixture_quantile(alpha, rest, probability)
        below = stats.beta(alpha, rest).cdf(place[:, np.newaxis, :]).mean(axis=1)
        assert np.abs(below - probability).max() < 1e-7


def test_what_is_not_predicted_has_no_quantile():
    alpha = np.array([[[2.0, 3.0]], [[np.nan, np.nan]]])
    lower, upper = mixture_interval(alpha)
    assert np.isfinite(lower[0]).all()
    assert np.isnan([lower[1], upper[1]]).all()
