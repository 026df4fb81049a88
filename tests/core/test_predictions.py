"""Figures down the tree against an independent walk through it, for every schema that ships."""

import numpy as np
import pytest
from scipy import stats

from gzviewer.core.predictions import Predictions, proportions_asked
from gzviewer.io.schemas import load_schema, schema_names

ROWS, MEMBERS = 5, 3


def random_predictions(name):
    schema = load_schema(name)
    generator = np.random.default_rng(len(name))
    shape = (ROWS, MEMBERS, len(schema.label_columns))
    return Predictions(schema, "random", generator.uniform(1, 101, shape).astype(np.float32))


def asked_by_walking(schema, predictions, row, question):
    """Add up the probability of every path of answers that ends at the question."""
    if not question.asked_after:
        return 1.0
    share = 0.0
    for label in question.asked_after:
        parent = schema.question_of(label)
        start = schema.label_columns.index(parent.label_columns[0])
        alphas = predictions.concentrations[row, :, start : start + len(parent.answers)].astype(float)
        fraction = np.mean([alpha[parent.label_columns.index(label)] / sum(alpha) for alpha in alphas])
        share += fraction * asked_by_walking(schema, predictions, row, parent)
    return share


@pytest.mark.parametrize("name", schema_names())
def test_the_proportion_asked_is_the_sum_over_all_paths_to_a_question(name):
    predictions = random_predictions(name)
    for question in predictions.schema.questions:
        shares = predictions.proportion_asked(question)
        for row in range(ROWS):
            expected = asked_by_walking(predictions.schema, predictions, row, question)
            assert shares[row] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", schema_names())
def test_fractions_and_intervals_of_every_answer_are_those_of_scipy(name):
    predictions = random_predictions(name)
    for question in predictions.schema.questions:
        alphas = predictions.concentrations[0, :, predictions.schema.slice_of(question)].astype(float)
        lower, upper = predictions.interval(question)
        means = np.mean([stats.dirichlet(alpha).mean() for alpha in alphas], axis=0)
        edges = [[stats.beta(a, alpha.sum() - a).ppf([0.05, 0.95]) for a in alpha] for alpha in alphas]
        assert np.allclose(predictions.fractions(question)[0], means, atol=1e-6)
        assert np.allclose(np.stack([lower[0], upper[0]], axis=1), np.median(edges, axis=0), atol=1e-6)


def test_a_question_below_an_unpredicted_one_has_no_known_share():
    predictions = random_predictions("gz2_ortho_schema")
    predictions.concentrations[2] = np.nan
    shares = predictions.proportion_asked(predictions.schema.question("bar-gz2"))
    assert np.isnan(shares[2])
    assert np.isfinite(np.delete(shares, 2)).all()


def test_questions_with_an_unknown_parent_are_left_out():
    schema = load_schema("gz2_ortho_schema")
    assert proportions_asked(schema, {"bar-gz2": np.full((1, 2), 0.5)}) == {}
