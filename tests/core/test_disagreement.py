"""Entropies and mutual information against sums over every answer."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from gzviewer.core.disagreement import categorical_entropy, mutual_information
from gzviewer.io.schemas import load_schema

numbers = st.integers(1, 4).flatmap(
    lambda members: arrays(np.float32, (3, members, 5), elements=st.floats(1, 101, width=32))
)


def by_enumeration(members):
    """Sum over answers and members of p ln(p / mean p), of one galaxy and question."""
    rho = [[float(a) / sum(map(float, one)) for a in one] for one in members]
    mean = [sum(column) / len(rho) for column in zip(*rho, strict=True)]
    return sum(p * math.log(p / q) for one in rho for p, q in zip(one, mean, strict=True)) / len(rho)


@given(numbers)
def test_mutual_information_is_the_mean_distance_of_members_from_their_mean(alpha):
    found = mutual_information(alpha, [slice(0, 2), slice(2, 5)])
    for galaxy in range(3):
        assert found[galaxy, 0] == pytest.approx(by_enumeration(alpha[galaxy, :, :2]), abs=1e-6)
        assert found[galaxy, 1] == pytest.approx(by_enumeration(alpha[galaxy, :, 2:]), abs=1e-6)


@given(numbers)
def test_mutual_information_is_0_for_one_member_and_never_more_than_the_entropy_of_the_mean(alpha):
    found = mutual_information(alpha)[:, 0]
    rho = (alpha / alpha.sum(axis=-1, keepdims=True)).mean(axis=1)
    assert ((found >= 0) & (found <= stats.entropy(rho, axis=-1) + 1e-6)).all()
    assert np.allclose(mutual_information(alpha[:, :1]), 0, atol=1e-6)


def test_two_members_that_contradict_each_other_tell_a_whole_bit():
    assert mutual_information(np.array([[[1.0, 0.0], [0.0, 1.0]]]))[0, 0] == pytest.approx(math.log(2))


@settings(deadline=None)
@given(st.integers(1, 700), st.integers(1, 3))
def test_blocks_and_trees_of_many_questions_change_nothing(rows, members):
    schema = load_schema("gz_evo_v1_schema")
    questions = [schema.slice_of(question) for question in schema.questions]
    alpha = np.random.default_rng(rows).uniform(1, 101, (rows, members, len(schema.label_columns)))
    found = mutual_information(alpha, questions)
    single = [mutual_information(alpha[-1:, :, question])[0, 0] for question in questions]
    assert np.allclose(found[-1], single, atol=1e-6)


def test_what_is_unknown_of_one_question_spoils_no_other():
    alpha = np.full((2, 2, 4), 3.0)
    alpha[0, 1, 0] = np.nan
    alpha[1, :, 2:] = 0
    assert np.isnan(mutual_information(alpha, [slice(0, 2), slice(2, 4)])).tolist() == [
        [True, False],
        [False, True],
    ]


@given(arrays(np.float64, (4, 3), elements=st.floats(0.01, 1)))
def test_the_entropy_of_fractions_is_that_of_scipy(values):
    fractions = values / values.sum(axis=1, keepdims=True)
    assert np.allclose(categorical_entropy(fractions), stats.entropy(fractions, axis=1))


def test_a_certain_answer_has_no_entropy():
    assert categorical_entropy(np.array([[1.0, 0.0]])).tolist() == [0.0]
