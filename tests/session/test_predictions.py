"""What is shown of predictions is what is on disk."""

import numpy as np
import pytest

from gzviewer.jobs.requests import Problem, StoredPart
from gzviewer.session.predictions import PredictionFollower, PredictionModel


@pytest.fixture
def model(qapp, catalog, stored):
    return PredictionModel(catalog, stored())


def test_a_part_is_shown_as_it_was_stored_and_said_once(model, store_rows, qtbot):
    numbers = store_rows([3, 1])
    follower = PredictionFollower(model, np.array([4, 3, 1]))
    with qtbot.waitSignal(model.changed) as said:
        follower.take(StoredPart(1, 3))
    assert said.args[0].tolist() == [3, 1]
    assert np.array_equal(model.predictions.concentrations[[3, 1]], numbers)
    assert model.predicted_count == 2


def test_a_catalog_opened_again_finds_its_predictions(qapp, catalog, stored, store_rows):
    numbers = store_rows([0, 2])
    again = PredictionModel(catalog, stored())
    assert np.array_equal(again.predictions.concentrations[[0, 2]], numbers)
    assert again.missing_rows().tolist() == [1, 3, 4]


def test_an_unreadable_galaxy_is_failed_and_not_missing(model, catalog, store_rows):
    store_rows([0], problems=[Problem("galaxy4", catalog.image_of(4), "cut short")])
    model.refresh(np.array([0, 4]))
    assert model.failed_rows().tolist() == [4]
    assert model.missing_rows().tolist() == [1, 2, 3]
    assert model.problems()["galaxy4"].why == "cut short"


def test_a_problem_of_another_catalog_with_the_same_id_is_not_ours(model, store_rows):
    store_rows([0], problems=[Problem("galaxy4", "/somewhere/else/galaxy4.png", "cut short")])
    model.refresh(np.array([0]))
    assert model.failed_count == 0
