"""What is shown of predictions is what is on disk."""

import numpy as np
import pytest

from gzviewer.io.prediction_store import PredictionStore
from gzviewer.jobs.requests import Problem
from gzviewer.session.predictions import FreshPredictions, PredictionModel, problems_by_row


@pytest.fixture
def model(qapp, stored):
    return PredictionModel(stored())


def fresh(rows, numbers, problems=()):
    return FreshPredictions(np.array(rows), numbers, dict(problems))


def test_a_part_is_shown_as_it_was_stored_and_said_once(model, store_rows, qtbot):
    numbers = store_rows([3, 1])
    with qtbot.waitSignal(model.changed) as said:
        model.take(fresh([3, 1], numbers))
    assert said.args[0].tolist() == [3, 1]
    assert np.array_equal(model.predictions.concentrations[[3, 1]], numbers)
    assert model.predicted_count == 2


def test_a_catalog_opened_again_finds_its_predictions(qapp, stored, store_rows):
    numbers = store_rows([0, 2])
    again = PredictionModel(stored())
    assert np.array_equal(again.predictions.concentrations[[0, 2]], numbers)
    assert again.missing_rows().tolist() == [1, 3, 4]


def test_an_unreadable_galaxy_is_failed_and_not_missing(qapp, catalog, stored, store_rows):
    store_rows([0], problems=[Problem("galaxy4", catalog.image_of(4), "cut short")])
    model = PredictionModel(stored())
    assert model.failed_rows().tolist() == [4]
    assert model.missing_rows().tolist() == [1, 2, 3]
    assert [problem.why for problem in model.problems()] == ["cut short"]


def test_a_galaxy_that_can_be_read_at_last_is_no_problem_any_more(model, store_rows):
    nan = np.full((1, 1, 30), np.nan, dtype=np.float32)
    model.take(fresh([4], nan, {4: Problem("galaxy4", "/4.png", "cut short")}))
    assert model.failed_count == 1
    model.take(fresh([4], store_rows([4])))
    assert (model.failed_count, model.predicted_count) == (0, 1)


def test_a_problem_of_another_catalog_with_the_same_id_is_not_ours(catalog, store, store_rows):
    store_rows([0], problems=[Problem("galaxy4", "/somewhere/else/galaxy4.png", "cut short")])
    reader = PredictionStore(store.folder.parent, store.key)
    images = [catalog.image_of(row) for row in range(5)]
    assert problems_by_row(reader, np.arange(5), catalog.ids.tolist(), images) == {}


def test_what_is_predicted_is_counted_without_looking_at_all_numbers_again(model, store_rows):
    nan = np.full((1, 1, 30), np.nan, dtype=np.float32)
    model.take(fresh([1, 3], store_rows([1, 3])))
    model.take(fresh([4], nan, {4: Problem("galaxy4", "/4.png", "cut short")}))
    model.predictions.numbers[:] = 1  # nobody says so
    assert (model.predicted_count, model.missing_count, model.failed_count) == (2, 2, 1)
    assert [model.has_prediction(row) for row in range(5)] == [False, True, False, True, False]
    assert model.missing_rows().tolist() == [0, 2]
