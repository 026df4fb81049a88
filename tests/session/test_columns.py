"""The one namespace of everything that can be shown."""

import numpy as np
import pytest

from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import NoTree
from gzviewer.session.columns import Columns
from gzviewer.session.filtering import Filtering
from gzviewer.session.predictions import FreshPredictions, PredictionModel
from gzviewer.session.shown_predictions import ShownPredictions


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


def test_only_the_rows_that_changed_are_worked_out_anew(catalog, model, store_rows):
    columns = Columns(catalog, model)
    names = ["bar-gz2_yes_mixture-90pc-lower", "mutual-information", "bar-gz2_yes_path-probability"]
    before = {name: columns.column(name) for name in names}
    model.predictions.numbers[0] = 1  # nobody says so: what was worked out of it stays
    model.take(FreshPredictions(np.array([4]), store_rows([4]), {}))
    model.take(FreshPredictions(np.array([3, 4]), store_rows([3, 4]), {}))
    for name in names:
        after = columns.column(name)
        assert np.array_equal(before[name][:3], after[:3]), name
        assert np.isfinite(after).all(), name
        assert np.isnan(before[name][3:]).all(), name


def test_the_gallery_can_be_sorted_by_every_figure(catalog, model):
    columns = Columns(catalog, model)
    filtering = Filtering(columns, len(catalog))
    for name in columns.prediction_names:
        filtering.sort_by(name)
        values = columns.column(name)[filtering.visible]
        known = values[np.isfinite(values)]
        assert (np.diff(known) >= 0).all(), name
        assert np.isfinite(values[: len(known)]).all(), name


def test_columns_stand_in_groups_by_what_they_tell(catalog, model):
    columns = Columns(catalog, model)
    groups = columns.prediction_groups
    assert next(iter(groups)) == "vote fractions, by the model"
    assert [name for names in groups.values() for name in names] == list(columns.prediction_names)
    assert groups["uncertainty, by the model"][0] == "mutual-information"
    assert all(name.endswith("_proportion-asked") for name in groups["proportion asked, by the model"])


def test_a_file_of_predictions_has_columns_of_its_own_and_takes_the_place_of_itself(catalog, model):
    columns = Columns(catalog, model)
    count = len(columns.names)
    numbers = np.full((5, 1, 2), 0.5, dtype=np.float32)
    for names in (("size", "tilt"), ("size", "twist")):
        made = Predictions(NoTree("f", "F", ()), "f", numbers, "values", names)
        columns.add(ShownPredictions(made, "f.csv", model, beside="from file"))
    assert columns.names[count:] == ("size_value (f.csv)", "twist_value (f.csv)")
    assert columns.column("size_value (f.csv)").tolist() == [0.5] * 5
    assert columns.fraction_name("bar-gz2_yes") == "bar-gz2_yes_fraction"


def test_a_model_beside_leaves_the_columns_of_the_others_as_they_are(catalog, model):
    columns = Columns(catalog, model)
    before = columns.column("bar-gz2_yes_fraction")
    columns.add(ShownPredictions(model.predictions, "p.csv", beside="from file"))
    assert columns.column("bar-gz2_yes_fraction") is before


def test_a_file_that_is_read_anew_has_new_values(catalog, model):
    columns = Columns(catalog, None)
    for numbers in (model.predictions.numbers, model.predictions.numbers[::-1].copy()):
        said = Predictions(model.schema, "p", numbers)
        columns.add(ShownPredictions(said, "p.csv", beside="from file"))
        column = columns.column("bar-gz2_yes_fraction (p.csv)")
    assert np.allclose(column, said.fractions(model.schema.question("bar-gz2"))[:, 0], equal_nan=True)
