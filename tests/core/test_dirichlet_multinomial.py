"""Losses and coverage of votes against scipy and against votes drawn from the model itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gzviewer.core.dirichlet_multinomial import best_constant, coverage, votes_loss

CHANCE = np.random.default_rng(7)


def drawn_votes(alpha, totals):
    """Votes (galaxy, answer) of a member of each mixture (galaxy, member, answer)."""
    members = CHANCE.integers(alpha.shape[1], size=len(alpha))
    shares = [CHANCE.dirichlet(one[member]) for one, member in zip(alpha, members, strict=True)]
    return np.array([CHANCE.multinomial(n, share) for n, share in zip(totals, shares, strict=True)])


@given(st.lists(st.integers(0, 60), min_size=2, max_size=5), st.integers(0, 2**32), st.integers(1, 3))
def test_the_loss_is_that_of_scipy_and_mixes_the_members_probabilities(votes, seed, members):
    alpha = np.random.default_rng(seed).uniform(1, 101, (members, len(votes)))
    each = [stats.dirichlet_multinomial(one, sum(votes)).pmf(votes) for one in alpha]
    assert votes_loss(np.array(votes), alpha) == pytest.approx(-np.log(np.mean(each)), rel=1e-9, abs=1e-9)


def test_a_question_nobody_was_asked_costs_nothing():
    assert votes_loss(np.zeros((1, 3)), np.full((1, 2, 3), 4.0)).tolist() == [0.0]


@pytest.mark.parametrize("members", [1, 4])
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_votes_drawn_from_the_model_are_covered_as_often_as_said(members, level):
    alpha = CHANCE.uniform(1, 30, (20_000, members, 3))
    totals = CHANCE.integers(1, 45, len(alpha))
    votes = drawn_votes(alpha, totals)
    inside = coverage(votes / totals[:, np.newaxis], totals, alpha, level)
    assert inside.mean(axis=0) == pytest.approx([level] * 3, abs=0.01)


def test_few_votes_are_covered_as_often_as_said_too():
    alpha = CHANCE.uniform(1, 5, (20_000, 1, 2))
    votes = drawn_votes(alpha, np.ones(len(alpha), dtype=int))
    assert coverage(votes, np.ones(len(alpha)), alpha, 0.9).mean() == pytest.approx(0.9, abs=0.01)


def test_a_model_that_is_too_sure_covers_too_little():
    alpha = CHANCE.uniform(1, 10, (5_000, 1, 2))
    votes = drawn_votes(alpha, np.full(len(alpha), 40))
    assert coverage(votes / 40, np.full(len(alpha), 40.0), 10 * alpha, 0.9).mean() < 0.75


def test_coverage_by_hand_is_the_part_of_the_vote_that_is_inside():
    alpha = np.array([[[1.0, 1.0]]])  # uniform: 0, 1, 2 or 3 of 3 votes are equally likely
    for votes, part in ((0, 0.8), (1, 1.0), (3, 0.8)):  # the outer quarter loses 0.05 of 0.25
        inside = coverage(np.array([[votes / 3, 1 - votes / 3]]), np.array([3.0]), alpha, 0.9)
        assert inside[0, 0] == pytest.approx(part)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(1, 60), st.integers(0, 2**32))
def test_the_wider_interval_covers_at_least_as_much(fraction, total, seed):
    alpha = np.random.default_rng(seed).uniform(1, 101, (1, 2, 2))
    truth = np.array([[fraction, 1 - fraction]])
    half, most = (coverage(truth, np.array([total]), alpha, level) for level in (0.5, 0.9))
    assert ((half >= 0) & (half <= most + 1e-9) & (most <= 1)).all()


def test_what_is_not_known_is_not_covered_or_uncovered():
    alpha = np.array([[[2.0, 3.0]], [[np.nan, np.nan]], [[2.0, 3.0]]])
    truth = np.array([[0.5, 0.5], [0.5, 0.5], [np.nan, np.nan]])
    inside = coverage(truth, np.array([10.0, 10.0, np.nan]), alpha, 0.9)
    assert np.isnan(inside).any(axis=1).tolist() == [False, True, True]


def test_the_best_constant_is_the_share_of_the_votes():
    votes = CHANCE.multinomial(40, [0.7, 0.2, 0.1], 300)
    best = best_constant(votes)
    assert np.allclose(best / best.sum(), [0.7, 0.2, 0.1], atol=0.02)
    assert best.sum() > 50  # the galaxies do not differ: the constant is sure of itself
    assert np.isnan(best_constant(np.zeros((3, 2)))).all()


def test_the_best_constant_is_the_same_for_a_sorted_table():
    smooth, featured = CHANCE.multinomial(40, [0.9, 0.1], 3000), CHANCE.multinomial(40, [0.1, 0.9], 3000)
    best = best_constant(np.concatenate([smooth, featured]))
    assert best / best.sum() == pytest.approx([0.5, 0.5], abs=0.02)
    assert best_constant(np.concatenate([smooth, featured])).tolist() == best.tolist()
