"""Every derived column of every kind of model."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from gzviewer.core.derived import derived_columns
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Answer, NoTree, Question, Schema
from gzviewer.io.schemas import load_schema

GZ2 = load_schema("gz2_ortho_schema")
ROWS, MEMBERS = 6, 3
ALL = np.arange(ROWS)


def of_tree(head="dirichlet", members=MEMBERS, schema=GZ2):
    shape = (ROWS, members, len(schema.label_columns))
    numbers = np.random.default_rng(5).uniform(1, 101, shape).astype(np.float32)
    numbers[2] = np.nan
    return Predictions(schema, "m", numbers, head)


def values(predictions, rows=ALL):
    return {column.name: column.figure(predictions, rows) for column in derived_columns(predictions)}


@pytest.fixture(scope="module")
def columns():
    return values(of_tree())


@pytest.mark.parametrize("members", [1, MEMBERS])
def test_every_column_has_a_value_for_every_predicted_galaxy_and_none_for_others(members):
    for name, column in values(of_tree(members=members)).items():
        known = np.isfinite(column)
        expected = ALL != 2
        assert column.shape == (ROWS,), name
        if not name.startswith("smooth-or-featured-gz2_proportion"):  # everybody is asked the first question
            assert (known == expected).all(), name


def test_there_are_four_edges_two_shares_and_a_path_of_every_answer(columns):
    answers, questions = len(GZ2.label_columns), len(GZ2.questions)
    assert len(columns) == 6 * answers + 4 * questions + 1


def test_every_column_is_explained(columns):
    explained = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text()
    for name in columns:
        assert (
            f"_{name.rpartition('_')[2]}`" in explained or f"`{name}`" in explained or name.endswith("-upper")
        ), name


def test_rows_asked_alone_have_the_same_values(columns):
    rows = np.array([4, 1])
    for name, column in values(of_tree(), rows).items():
        assert np.allclose(column, columns[name][rows], atol=1e-6), name


def test_the_path_probability_is_the_share_of_all_volunteers(columns):
    path = columns["bar-gz2_yes_path-probability"]
    expected = columns["bar-gz2_yes_fraction"] * columns["bar-gz2_proportion-asked"]
    assert np.allclose(path, expected, equal_nan=True)
    last = [columns[f"{label}_path-probability"] for label in GZ2.question("how-rounded-gz2").label_columns]
    assert np.allclose(sum(last), columns["smooth-or-featured-gz2_smooth_path-probability"], equal_nan=True)


def test_both_kinds_of_interval_are_those_of_scipy(columns):
    alpha = of_tree().numbers[0, :, GZ2.slice_of(GZ2.question("bar-gz2"))].astype(float)
    marginals = [stats.beta(*one) for one in alpha]
    assert columns["bar-gz2_yes_90pc-lower"][0] == pytest.approx(np.median([m.ppf(0.05) for m in marginals]))
    upper = columns["bar-gz2_yes_mixture-90pc-upper"][0]
    assert np.mean([m.cdf(upper) for m in marginals]) == pytest.approx(0.95)


def test_entropies_are_those_of_scipy(columns):
    alpha = of_tree().numbers[0, :, GZ2.slice_of(GZ2.question("bulge-size-gz2"))].astype(float)
    rho = np.mean([one / one.sum() for one in alpha], axis=0)
    assert columns["bulge-size-gz2_entropy"][0] == pytest.approx(stats.entropy(rho))
    nats = np.mean([stats.dirichlet(one).entropy() for one in alpha])
    assert columns["bulge-size-gz2_dirichlet-entropy"][0] == pytest.approx(nats)


def test_the_trees_information_counts_each_question_by_who_is_asked_it(columns):
    parts = [
        columns[f"{q.name}_mutual-information"] * columns[f"{q.name}_proportion-asked"] for q in GZ2.questions
    ]
    assert np.allclose(columns["mutual-information"], sum(parts), atol=1e-6, equal_nan=True)


def test_one_member_knows_of_no_disagreement():
    found = values(of_tree(members=1))
    assert np.allclose(found["mutual-information"][ALL != 2], 0, atol=1e-6)


def test_shares_and_fractions_have_no_distribution_to_take_intervals_from():
    names = set(values(of_tree("shares")))
    assert {"bar-gz2_yes_fraction", "mutual-information"} <= names
    assert not [name for name in names if "90pc" in name or "dirichlet" in name]
    assert "mutual-information" not in values(of_tree("fractions", members=1))


def test_published_edges_are_shown_where_there_is_nothing_to_work_them_out_from():
    fractions = of_tree("fractions", members=1)
    edges = np.stack([fractions.numbers[:, 0] - 0.5, fractions.numbers[:, 0] + 0.5])
    found = values(Predictions(GZ2, "m", fractions.numbers, "fractions", (), edges))
    assert np.allclose(found["bar-gz2_no_90pc-upper"], found["bar-gz2_no_fraction"] + 0.5, equal_nan=True)
    assert "bar-gz2_no_mixture-90pc-upper" not in found


def test_classes_have_probabilities_and_values_are_what_they_are():
    rings = Schema(
        "r", "Rings", (Question("class", "Class", (Answer("ring", "ring"), Answer("none", "none"))),)
    )
    numbers = np.array([[[0.8, 0.2], [0.4, 0.6]]], dtype=np.float32)
    found = values(Predictions(rings, "m", numbers, "classes"), np.array([0]))
    assert set(found) == {"ring_probability", "none_probability", "class_entropy", "class_mutual-information"}
    assert found["ring_probability"][0] == pytest.approx(0.6)
    made = Predictions(NoTree("v", "V", ()), "m", numbers, "values", ("size", "tilt"))
    found = values(made, np.array([0]))
    assert {name: column[0] for name, column in found.items()} == pytest.approx(
        {"size_value": 0.6, "tilt_value": 0.4}
    )
