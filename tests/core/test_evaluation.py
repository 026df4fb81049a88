"""Figures of small tables that can be worked out by hand."""

import numpy as np
import pytest

from gzviewer.core.comparison import (
    Observed,
    Predicted,
    in_terms_of,
    joined,
    observed,
    predicted,
    shares_of_all,
)
from gzviewer.core.evaluation import evaluate
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.core.shares_measure import measure_shares
from gzviewer.core.votes import Votes


def question(name, answers, after=()):
    return Question(name, name, tuple(Answer(answer, answer) for answer in answers), frozenset(after))


ROUND = question("round", ("yes", "no"))
BAR = question("bar", ("yes", "no"), ["round_no"])
TREE = Schema("tree", "Tree", (ROUND, BAR))
NAN = np.nan

# who said yes, no; and of those who said no: bar, no bar
COUNTS = np.array([[40, 0, 0, 0], [4, 36, 36, 0], [30, 10, 5, 5], [0, 40, 10, 30]], dtype=float)


def counted(counts=COUNTS):
    totals = counts.reshape(-1, 2, 2).sum(axis=2)
    with np.errstate(invalid="ignore"):
        fractions = counts / np.repeat(totals, 2, axis=1)
    return observed(Votes(TREE, fractions.astype(np.float32), totals.astype(np.float32), "counts"))


def model(fractions, strength=50):
    numbers = (strength * np.array(fractions, dtype=np.float32))[:, np.newaxis]
    return predicted(Predictions(TREE, "m", np.maximum(numbers, 0.01)))


SURE = model([[0.9, 0.1, 0.5, 0.5], [0.1, 0.9, 0.8, 0.2], [0.6, 0.4, 0.5, 0.5], [0.7, 0.3, 0.3, 0.7]])


def test_counts_tell_who_was_asked_and_fractions_assume_forty():
    said = counted()
    assert said.are_counted
    assert said.asked[:, 1].tolist() == pytest.approx([0, 0.9, 0.25, 1])
    fractions = np.where(np.isnan(said.fractions), 0, said.fractions).astype(np.float32)
    unknown = np.full((4, 2), NAN, dtype=np.float32)
    assumed = observed(Votes(TREE, fractions, unknown, "fractions"), volunteers=20)
    assert not assumed.are_counted
    assert assumed.totals[:, 1].tolist() == pytest.approx([0, 18, 5, 20])


def test_errors_and_agreement_are_those_worked_out_by_hand():
    figures = evaluate(counted(), SURE).questions["round"]
    off = np.array([0.1, 0.0, 0.15, 0.7])
    assert figures.galaxies == 4
    assert figures.mean_absolute_error == pytest.approx(off.mean(), abs=1e-6)
    assert figures.rmse == pytest.approx(np.sqrt((off**2).mean()), abs=1e-6)
    assert (figures.agreement, figures.confident, figures.accuracy) == pytest.approx((0.75, 3, 2 / 3))
    assert figures.baseline_accuracy == pytest.approx(2 / 3)


def test_a_question_counts_where_most_volunteers_were_asked_it():
    figures = evaluate(counted(), SURE).questions["bar"]
    assert figures.galaxies == 2
    assert figures.mean_absolute_error == pytest.approx((0.2 + 0.05) / 2, abs=1e-6)


def test_figures_over_all_pool_the_answers_and_add_the_losses():
    found = evaluate(counted(), SURE)
    each, over_all = found.questions, found.over_all
    pooled = (4 * each["round"].mean_absolute_error + 2 * each["bar"].mean_absolute_error) / 6
    assert over_all.mean_absolute_error == pytest.approx(pooled)
    assert over_all.loss == pytest.approx(each["round"].loss + each["bar"].loss * 3 / 4)
    assert (over_all.galaxies, over_all.confident) == (4, 4)
    assert found.first_agreement == each["round"].agreement


def test_a_perfect_model_loses_less_than_a_constant_and_a_clueless_one_more():
    said = counted()
    truth = np.nan_to_num(said.fractions, nan=0.5)
    perfect, clueless = (evaluate(said, model(one)).over_all for one in (truth, np.full((4, 4), 0.5)))
    assert perfect.loss < perfect.baseline_loss < clueless.loss
    assert perfect.rmse < 0.01 < clueless.rmse
    assert perfect.coverage_90 > 0.95


def test_galaxies_without_a_prediction_are_left_out():
    numbers = np.full((4, 1, 4), 5.0, dtype=np.float32)
    numbers[1] = NAN
    assert evaluate(counted(), predicted(Predictions(TREE, "m", numbers))).questions["round"].galaxies == 3


def test_without_concentrations_there_is_no_loss_and_no_coverage():
    figures = evaluate(counted(), Predicted(TREE, SURE.fractions)).over_all
    assert np.isnan([figures.loss, figures.coverage_90, figures.coverage_90_posterior]).all()
    assert figures.rmse == evaluate(counted(), SURE).over_all.rmse


def test_answers_are_matched_by_name_and_not_by_place():
    other = Schema("other", "Other", (question("bar", ("no", "yes")), question("more", ("a", "b"))))
    values = np.array([[0.3, 0.7, 1, 0]])
    assert in_terms_of(TREE, other, values).tolist()[0] == pytest.approx([NAN, NAN, 0.7, 0.3], nan_ok=True)


def test_shares_of_all_are_multiplied_down_the_tree():
    shares = shares_of_all(TREE, np.array([[0.25, 0.75, 0.4, 0.6], [1, 0, NAN, NAN]]))
    assert np.allclose(shares, [[0.25, 0.75, 0.3, 0.45], [1, 0, 0, 0]])


def test_the_measure_of_kaggle_uses_complete_rows_and_knows_what_a_constant_gives():
    truth = np.array([[0.2, 0.8, 0.4, 0.4], [0.6, 0.4, 0.0, 0.4], [0.5, 0.5, NAN, NAN]])
    said = Observed(TREE, np.zeros((3, 4)), np.zeros((3, 2)), np.zeros((3, 2)), False, truth)
    found = measure_shares(TREE, said, Predicted(TREE, truth, None, truth + 0.1))
    assert (found.rmse, found.rows, found.columns, found.missing) == (pytest.approx(0.1), 2, 4, ())
    assert found.constant_rmse == pytest.approx(np.sqrt(np.mean((truth[:2] - truth[:2].mean(axis=0)) ** 2)))


def test_the_measure_of_kaggle_says_which_questions_are_missing():
    truth = np.array([[0.2, 0.8, 0.4, 0.4]])
    said = Observed(TREE, np.zeros((1, 4)), np.zeros((1, 2)), np.zeros((1, 2)), False, truth)
    small = Schema("small", "Small", (ROUND,))
    found = measure_shares(TREE, said, Predicted(small, np.array([[0.3, 0.7]])))
    assert (found.missing, found.columns, found.rmse) == (("bar",), 2, pytest.approx(0.1))


def test_ids_are_joined_at_their_first_place():
    first, second = joined(["a", "b", "b", "c"], ["c", "b", "x", "b"])
    assert (first.tolist(), second.tolist()) == ([1, 3], [1, 0])
    assert joined(["a"], [])[0].size == 0
