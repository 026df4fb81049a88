"""The Dirichlet figures against an independent computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from gzviewer.core.dirichlet import credible_interval, entropy, expected_fractions

concentrations = st.integers(1, 4).flatmap(
    lambda members: st.integers(2, 7).flatmap(
        lambda answers: arrays(np.float64, (3, members, answers), elements=st.floats(0.05, 101))
    )
)


@given(concentrations)
def test_fractions_are_the_mean_over_members_of_each_members_mean(alpha):
    expected = np.mean([stats.dirichlet(a).mean() for a in alpha[0]], axis=0)
    assert np.allclose(expected_fractions(alpha)[0], expected, atol=1e-6)


@given(concentrations, st.floats(0.5, 0.99))
def test_the_interval_is_the_median_of_the_members_beta_quantiles(alpha, level):
    tail = (1 - level) / 2
    lower, upper = credible_interval(alpha, level)
    for answer in range(alpha.shape[-1]):
        marginals = [stats.beta(a[answer], a.sum() - a[answer]) for a in alpha[0]]
        assert np.isclose(lower[0, answer], np.median([m.ppf(tail) for m in marginals]), atol=1e-6)
        assert np.isclose(upper[0, answer], np.median([m.ppf(1 - tail) for m in marginals]), atol=1e-6)


@given(concentrations)
def test_the_entropy_of_each_member_is_that_of_scipy(alpha):
    expected = [stats.dirichlet(a).entropy() for a in alpha[0]]
    assert np.allclose(entropy(alpha)[0], expected, rtol=1e-6, atol=1e-6)


def test_a_galaxy_that_is_not_predicted_has_no_figures_and_spoils_no_other():
    alpha = np.array([[[2.0, 6.0]], [[np.nan, np.nan]]])
    assert np.array_equal(expected_fractions(alpha), [[0.25, 0.75], [np.nan, np.nan]], equal_nan=True)
    assert np.isnan(credible_interval(alpha)[0][1]).all()


def test_a_concentration_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="positive"):
        expected_fractions(np.array([[1.0, 0.0]]))
