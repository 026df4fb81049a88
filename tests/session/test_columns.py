"""The one namespace of everything that can be shown."""

import numpy as np
import pytest

from gzviewer.session.columns import Columns
from gzviewer.session.filtering import Filtering
from gzviewer.session.predictions import FreshPredictions, PredictionModel


@pytest.fixture
def model(qapp, catalog, stored, store_rows):
    store_rows([0, 1, 2])
    return PredictionModel(stored())


def test_predictions_are_columns_beside_those_of_the_catalog(catalog, model):
    columns = Columns(catalog, model)
    assert set(catalog.column_names) < set(columns.names)
    bar = columns.column("bar-gz2_yes_fraction") + columns.column("bar-gz2_no_fraction")
    assert np.allclose(bar[:3], 1)
    assert np.isnan(bar[3:]).all()
    asked = columns.column("bar-gz2_proportion-asked")
    assert ((asked[:3] > 0) & (asked[:3] < 1)).all()


def test_a_stored_part_changes_the_columns_that_follow_from_it(catalog, model, store_rows, qtbot):
    columns = Columns(catalog, model)
    before = columns.column("bar-gz2_yes_fraction")
    with qtbot.waitSignal(columns.changed):
        model.take(FreshPredictions(np.array([4]), store_rows([4]), {}))
    assert np.isnan(before[4])
    assert np.isfinite(columns.column("bar-gz2_yes_fraction")[4])


def test_without_a_model_there_are_only_the_catalogs_columns(qapp, catalog):
    assert Columns(catalog, None).names == catalog.column_names


def test_sorting_by_a_prediction_keeps_the_unpredicted_last(catalog, model, qtbot):
    columns = Columns(catalog, model)
    filtering = Filtering(columns, len(catalog))
    with qtbot.waitSignal(filtering.changed):
        filtering.sort_by("bar-gz2_yes_fraction", descending=True)
    values = columns.column("bar-gz2_yes_fraction")[filtering.visible]
    assert (np.diff(values[:3]) <= 0).all()
    assert sorted(filtering.visible[3:].tolist()) == [3, 4]
    filtering.sort_by("")
    assert filtering.visible.tolist() == [0, 1, 2, 3, 4]
