"""Sorting by what takes long to work out: the window goes on, the order comes when it is ready."""

import numpy as np
import pytest

from gzviewer.session import columns as columns_module
from gzviewer.session.columns import Columns
from gzviewer.session.filtering import Filtering
from gzviewer.session.jobs import JobRunner
from gzviewer.session.predictions import FreshPredictions, PredictionModel
from gzviewer.session.selection import Selection
from gzviewer.session.sorting import Sorting

NAME = "bar-gz2_yes_mixture-90pc-lower"
PATIENCE_MS = 30_000


@pytest.fixture
def model(qapp, stored, store_rows):
    store_rows([0, 1, 2])
    return PredictionModel(stored())


@pytest.fixture
def columns(catalog, model, monkeypatch):
    """Five galaxies are as many as take long."""
    monkeypatch.setattr(columns_module, "QUICK", 1)
    return Columns(catalog, model)


@pytest.fixture
def sorting(columns, catalog):
    runner = JobRunner()
    sorting = Sorting(columns, Filtering(columns, len(catalog)), Selection(), runner)
    yield sorting
    sorting.close()
    runner.close()
    assert runner.wait(30)


def test_a_costly_column_is_worked_out_in_a_job_and_the_order_follows(sorting, columns, qtbot):
    before = sorting._filtering.visible
    with qtbot.waitSignal(sorting._filtering.changed, timeout=PATIENCE_MS):
        sorting.sort_by(NAME, descending=True)
        assert sorting._filtering.visible is before
        assert sorting.wanted == (NAME, True)
    values = columns.at_hand(NAME)[sorting._filtering.visible]
    assert (np.diff(values[:3]) <= 0).all()
    assert sorting._selection.current == sorting._filtering.visible[0]


def test_nothing_that_takes_long_is_worked_out_for_a_painted_tile(columns):
    with pytest.raises(KeyError):
        columns.at_hand(NAME)
    values = columns.column(NAME)
    assert columns.at_hand(NAME) is values


def test_the_newest_order_wins(sorting, qtbot):
    with qtbot.waitSignal(sorting._filtering.changed, timeout=PATIENCE_MS):
        sorting.sort_by(NAME)
        sorting.sort_by("mutual-information")
    assert sorting._filtering.sort_column == "mutual-information"
    assert sorting._runner.wait(30)
    with qtbot.assertNotEmitted(sorting._filtering.changed, wait=50):
        pass


def test_an_order_that_is_given_up_leaves_the_old_one(sorting, qtbot):
    sorting.sort_by(NAME)
    with qtbot.waitSignal(sorting.changed, timeout=PATIENCE_MS):
        sorting._runner.handles[-1].cancel()
    assert sorting.wanted == ("", False)


def test_what_is_predicted_meanwhile_is_worked_out_afterwards(sorting, columns, model, store_rows, qtbot):
    sorting.sort_by(NAME)
    model.take(FreshPredictions(np.array([3, 4]), store_rows([3, 4]), {}))
    with qtbot.waitSignal(sorting._filtering.changed, timeout=PATIENCE_MS):
        pass
    qtbot.waitUntil(lambda: bool(np.isfinite(columns.at_hand(NAME)).all()), timeout=PATIENCE_MS)
    assert np.array_equal(columns.at_hand(NAME), columns._shown[NAME].load(np.arange(5)))


def test_what_was_worked_out_too_late_is_not_kept(columns, model, store_rows):
    late = columns.work(NAME)
    model.take(FreshPredictions(np.array([3, 4]), store_rows([3, 4]), {}))
    now = columns.column(NAME)
    columns.keep(late, np.full(5, np.nan))
    assert columns.column(NAME) is now
