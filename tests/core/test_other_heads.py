"""Predictions of models that give no concentrations: shares, fractions, classes and values."""

import numpy as np
import pytest

from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Answer, NoTree, Question, Schema
from gzviewer.io.schemas import load_schema

GZ2 = load_schema("gz2_ortho_schema")
CLASSES = Schema("c", "C", (Question("class", "C", (Answer("ring", "ring"), Answer("none", "none"))),))


def of_gz2(head, **shares):
    """One galaxy; answers that are not named have 0."""
    numbers = np.zeros((1, 1, len(GZ2.label_columns)), dtype=np.float32)
    for name, share in shares.items():
        numbers[0, 0, GZ2.label_columns.index(name.replace("__", "-gz2_").replace("_or_", "-or-"))] = share
    return Predictions(GZ2, "m", numbers, head)


def test_shares_of_all_volunteers_become_fractions_of_those_who_were_asked():
    made = of_gz2("shares", smooth_or_featured__smooth=0.6, bar__yes=0.1, bar__no=0.3)
    assert made.fractions(GZ2.question("bar-gz2"))[0] == pytest.approx([0.25, 0.75])
    assert np.isnan(made.fractions(GZ2.question("how-rounded-gz2"))).all()


@pytest.mark.parametrize("head", ["shares", "fractions", "classes"])
def test_what_is_no_distribution_has_no_interval(head):
    schema = CLASSES if head == "classes" else GZ2
    numbers = np.full((2, 3, len(schema.label_columns)), 0.5, dtype=np.float32)
    made = Predictions(schema, "m", numbers, head)
    lower, upper = made.interval(schema.questions[0])
    assert lower.shape == upper.shape == (2, len(schema.questions[0].answers))
    assert np.isnan([lower, upper]).all()
    assert np.isnan(made.concentrations).all()
    assert not made.has_intervals


def test_published_edges_are_the_interval_at_their_own_level_only():
    numbers = np.full((2, 1, 2), 0.5, dtype=np.float32)
    edges = np.stack([numbers[:, 0] - 0.2, numbers[:, 0] + 0.2])
    made = Predictions(CLASSES, "m", numbers, "fractions", edges=edges)
    lower, upper = made.interval(CLASSES.questions[0], rows=np.array([1]))
    assert (lower[0], upper[0]) == (pytest.approx([0.3, 0.3]), pytest.approx([0.7, 0.7]))
    assert np.isnan(made.interval(CLASSES.questions[0], 0.5)).all()


def test_the_fraction_of_a_class_is_its_mean_probability():
    numbers = np.array([[[0.2, 0.8], [0.4, 0.6]]], dtype=np.float32)
    made = Predictions(CLASSES, "m", numbers, "classes")
    assert made.names == ("ring", "none")
    assert made.fractions(CLASSES.questions[0])[0] == pytest.approx([0.3, 0.7])


def test_values_answer_no_tree():
    numbers = np.array([[[3.5]], [[np.nan]]], dtype=np.float32)
    made = Predictions(NoTree("m", "M", ()), "m", numbers, "values", ("petrosian_radius",))
    assert made.schema.label_columns == ()
    assert made.is_predicted().tolist() == [True, False]
    assert made.values("petrosian_radius")[0] == 3.5


def test_a_galaxy_is_predicted_though_its_first_answer_be_blanked():
    numbers = np.array([[[np.nan, 0.5]]], dtype=np.float32)
    assert Predictions(CLASSES, "m", numbers, "fractions").is_predicted().tolist() == [True]
