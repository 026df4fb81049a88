"""Predictions made elsewhere, and our own, are read back as what was written."""

import json

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import CatalogError
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Answer, NoTree, Question, Schema
from gzviewer.io.exports import save_predictions
from gzviewer.io.prediction_files import open_prediction_file, read_predictions
from gzviewer.io.schemas import load_schema

GZ2 = load_schema("gz2_ortho_schema")
DESI = load_schema("desi_schema")
RINGS = Schema("r", "R", (Question("class", "Class", (Answer("ring", "r"), Answer("no ring", "n"))),))
VALUES = NoTree("v", "V", ())
ODD_IDS = ["587722982271844351", "-2689541320473914520", "J000411.19+020924.0", "σ Orionis, b", "x"]
FORMATS = [
    (f"p{suffix}", table)
    for table in ("ours", "zoobot", "zoobot-2.0")
    for suffix in (".csv", ".parquet", ".hdf5")
    if (table, suffix) != ("ours", ".hdf5")
]


def catalog(ids):
    nothing = np.full(len(ids), np.nan)
    return Catalog("c", "/c", np.array(ids), nothing, nothing, (), lambda name: nothing, [""] * len(ids))


def predictions(head, count=5, members=1, seed=1):
    draw = np.random.default_rng(seed)
    schema = {"classes": RINGS, "values": VALUES}.get(head, GZ2)
    names = ("radius", "age") if head == "values" else ()
    shape = (count, members, len(names) or len(schema.label_columns))
    numbers = draw.uniform(1.001, 100.9, shape).astype(np.float32)
    if head == "classes":
        numbers /= numbers.sum(axis=2, keepdims=True)
    numbers = numbers / 3 if head == "shares" else numbers
    return Predictions(schema, "m", numbers.astype(np.float32), head, names)


@pytest.mark.parametrize(("name", "table"), FORMATS)
@pytest.mark.parametrize("members", [1, 5])
@pytest.mark.parametrize("head", ["dirichlet", "classes", "values"])
def test_what_is_written_is_read_back_as_it_was(tmp_path, name, table, members, head):
    made = predictions(head, members=members)
    made.numbers[3] = np.nan
    save_predictions(tmp_path / name, catalog(ODD_IDS), made, {}, table=table)
    read, notes = open_prediction_file(tmp_path / name).read_for(ODD_IDS)
    assert (read.head, read.names) == (made.head, made.names)
    assert read.is_predicted().tolist() == [True, True, True, False, True]
    assert notes
    if members > 1 and table == "zoobot" and not name.endswith(".hdf5"):
        for question in made.schema.questions:  # one number an answer: the fractions are kept
            assert np.allclose(read.fractions(question), made.fractions(question), atol=1e-5, equal_nan=True)
    else:
        assert np.allclose(read.numbers, made.numbers, rtol=1e-5, equal_nan=True)


@given(
    ids=st.lists(
        st.one_of(
            st.integers(-(2**63), 2**63 - 1).map(str),
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).map("g".__add__),
        ),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    way=st.sampled_from(FORMATS),
    members=st.integers(1, 3),
    missing=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_galaxy_keeps_its_own_predictions(tmp_path, ids, way, members, missing, seed):
    name, table = way
    made = predictions("dirichlet", len(ids), members, seed)
    made.numbers[len(ids) - 1 if missing and len(ids) > 1 else len(ids) :] = np.nan
    save_predictions(tmp_path / name, catalog(ids), made, {}, table=table)
    turned = ids[::-1]
    read, _ = open_prediction_file(tmp_path / name).read_for(turned)
    bar = GZ2.question("bar-gz2")
    assert np.allclose(read.fractions(bar)[::-1], made.fractions(bar), atol=1e-4, equal_nan=True)


def write_hdf5(path, numbers, ids=("a", "b"), labels=GZ2.label_columns):
    with h5py.File(path, "w") as file:
        file["predictions"] = numbers
        file.create_dataset("id_str", data=list(ids), dtype=h5py.string_dtype())
        file.create_dataset("label_cols", data=list(labels), dtype=h5py.string_dtype())


def test_models_and_samples_of_a_grouped_file_are_members(tmp_path):
    numbers = np.random.default_rng(1).uniform(1, 101, (2, 30, 3, 4)).astype("f4")
    write_hdf5(tmp_path / "grouped.h5", numbers)
    ids, read = read_predictions(tmp_path / "grouped.h5")
    assert ids.tolist() == ["a", "b"]
    assert read.numbers.shape == (2, 12, 30)
    assert np.array_equal(read.numbers[1, :, 7], numbers[1, 7].reshape(-1))


def test_labels_of_no_known_tree_become_questions_side_by_side(tmp_path):
    labels = ("tails_yes", "tails_no", "shells_many", "shells_few", "shells_none")
    write_hdf5(tmp_path / "p.hdf5", np.full((2, 5, 1), 2.5), labels=labels)
    file = open_prediction_file(tmp_path / "p.hdf5")
    read = file.read()
    assert [question.name for question in read.schema.questions] == ["tails", "shells"]
    assert read.fractions(read.schema.question("tails")).tolist() == [[0.5, 0.5]] * 2
    assert "no known tree" in file.notes[0]


def release(tmp_path, columns):
    path = tmp_path / "release.parquet"
    parquet.write_table(pa.table(columns), path)
    return open_prediction_file(path).read()


def test_concentrations_of_the_euclid_table_give_intervals(tmp_path):
    euclid = load_schema("euclid_schema")
    labels = euclid.label_columns
    columns = {"object_id": [-526818573280190103, 2699537313648218911]}
    columns |= {f"{label}_fraction": [0.5, 0.5] for label in labels}
    columns |= {f"{label}_dirichlet": [3.0, 9.0] for label in labels}
    read = release(tmp_path, columns)
    assert read.head == "dirichlet"
    assert set(read.schema.label_columns) == set(labels)
    assert (read.numbers[1] == 9).all()


def test_the_friendly_table_of_desi_gives_fractions_without_intervals(tmp_path):
    columns = {"dr8_id": ["12_3", "12_4"]} | {
        f"{label}_fraction": [0.25, None] for label in DESI.label_columns
    }
    read = release(tmp_path, columns)
    assert (read.head, read.has_intervals) == ("fractions", False)
    assert read.is_predicted().tolist() == [True, False]


def test_the_advanced_table_of_desi_gives_the_intervals_that_it_holds(tmp_path):
    save_predictions(tmp_path / "a.parquet", catalog(ODD_IDS), predictions("dirichlet"), {}, table="advanced")
    read = open_prediction_file(tmp_path / "a.parquet").read()
    made = predictions("dirichlet")
    bar = GZ2.question("bar-gz2")
    assert read.head == "fractions"
    assert np.allclose(read.interval(bar), made.interval(bar), atol=1e-6)
    assert np.allclose(read.proportion_asked(bar), made.proportion_asked(bar))


def test_friendly_leaves_out_what_hardly_anybody_is_asked(tmp_path):
    made = predictions("dirichlet")
    save_predictions(tmp_path / "f.csv", catalog(ODD_IDS), made, {}, table="friendly")
    read = open_prediction_file(tmp_path / "f.csv").read()
    for question in GZ2.questions:
        blank = made.proportion_asked(question) < 0.5
        assert (np.isnan(read.fractions(question)).all(axis=1) == blank).all()


def test_samples_as_json_lists_of_zoobot_1_are_members(tmp_path):
    cells = [json.dumps([1.5, 2.5]), json.dumps([3.5, 4.5])]
    table = pa.table({"id_str": ["a", "b"]} | {f"{label}_pred": cells for label in GZ2.label_columns})
    pyarrow.csv.write_csv(table, tmp_path / "old.csv")
    read = open_prediction_file(tmp_path / "old.csv").read()
    assert read.numbers[:, :, 0].tolist() == [[1.5, 2.5], [3.5, 4.5]]


def test_kaggles_columns_are_shares_of_all_volunteers(real_data):
    file = open_prediction_file(real_data / "predictions_kaggle_test" / "resnet50_predictions.csv")
    read = file.read()
    assert (len(file), read.head, read.schema.name) == (1291, "shares", "kaggle_37")
    for question in read.schema.questions:
        assert np.allclose(np.nansum(read.fractions(question), axis=1), 1, atol=1e-5)
    assert "1 of 2 galaxies" in file.read_for(["100018", "nothing"])[1][0]


@pytest.mark.parametrize(("smooth", "is_said"), [(0.4, True), (0.5, False)])
def test_shares_that_do_not_sum_to_1_are_said(tmp_path, smooth, is_said):
    columns = ["Class1.1", "Class1.2", "Class1.3"]
    table = pa.table(
        {"GalaxyID": [1, 2]} | dict(zip(columns, ([smooth] * 2, [0.3] * 2, [0.2] * 2), strict=True))
    )
    pyarrow.csv.write_csv(table, tmp_path / "kaggle.csv")
    file = open_prediction_file(tmp_path / "kaggle.csv")
    assert np.allclose(np.nansum(file.read().fractions(file.layout.schema.questions[0]), axis=1), 1)
    assert any("sum to 0.900 to 0.900, not to 1" in note for note in file.notes) == is_said


def test_shares_are_written_and_read_back(tmp_path):
    made = predictions("shares")
    save_predictions(tmp_path / "s.csv", catalog(ODD_IDS), made, {})
    read = open_prediction_file(tmp_path / "s.csv").read()
    assert read.head == "shares"
    assert np.allclose(read.numbers, made.numbers, rtol=1e-5)


def test_ids_that_fit_nothing_are_said_with_examples(tmp_path):
    save_predictions(tmp_path / "p.csv", catalog(ODD_IDS), predictions("dirichlet"), {})
    with pytest.raises(CatalogError, match="holds none of these 1 galaxies: its ids are 5877"):
        open_prediction_file(tmp_path / "p.csv").read_for(["elsewhere"])


def test_counts_of_votes_are_no_predictions(tmp_path):
    table = pa.table({"id_str": ["a"]} | {label: [3] for label in GZ2.label_columns})
    parquet.write_table(table, tmp_path / "votes.parquet")
    with pytest.raises(CatalogError, match="whole numbers of votes"):
        open_prediction_file(tmp_path / "votes.parquet")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("p.hdf5", b"", "no HDF5 file, or a broken one"),
        ("p.hdf5", b"\x89HDF\r\n\x1a\n" + b"\0" * 600, "no HDF5 file, or a broken one"),
        ("p.csv", b"id_str,name\na,b\nc,d\n", "no columns of predictions"),
        ("p.txt.zip", b"x", "no format known"),
    ],
)
def test_what_is_no_prediction_is_refused_in_a_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CatalogError, match=sentence):
        open_prediction_file(tmp_path / name)


def test_an_hdf5_file_of_another_layout_is_refused(tmp_path):
    write_hdf5(tmp_path / "p.hdf5", np.ones((2, 7, 1)))
    with pytest.raises(CatalogError, match=r"laid out in another way: .*\(2, 7, 1\)"):
        open_prediction_file(tmp_path / "p.hdf5")
    with h5py.File(tmp_path / "q.hdf5", "w") as file:
        file["images"] = np.zeros((2, 3))
    with pytest.raises(CatalogError, match="no predictions and no id_str and no label_cols"):
        open_prediction_file(tmp_path / "q.hdf5")


def test_a_truncated_hdf5_file_is_refused(tmp_path):
    made = predictions("dirichlet", members=5)
    save_predictions(tmp_path / "p.hdf5", catalog(ODD_IDS), made, {})
    content = (tmp_path / "p.hdf5").read_bytes()
    (tmp_path / "p.hdf5").write_bytes(content[: len(content) // 2])
    with pytest.raises(CatalogError, match="broken"):
        open_prediction_file(tmp_path / "p.hdf5").read()


def test_what_cannot_be_a_concentration_is_missing(tmp_path):
    numbers = np.full((2, 30, 1), 5.5)
    numbers[0, 0], numbers[0, 12], numbers[1] = 0, np.inf, -1
    write_hdf5(tmp_path / "p.hdf5", numbers)
    read = open_prediction_file(tmp_path / "p.hdf5").read()
    assert np.isnan(read.numbers[:, 0]).sum(axis=1).tolist() == [2, 30]
    assert np.isfinite(read.fractions(GZ2.question("bar-gz2"))[0]).all()


def test_a_file_is_understood_by_its_first_rows_that_are_not_empty(tmp_path):
    columns = {"id_str": [f"g{row}" for row in range(2600)]}
    columns |= {label: [None] * 2500 + [3.5] * 100 for label in GZ2.label_columns}
    assert release(tmp_path, columns).head == "dirichlet"
    columns |= {label: [None] * 2599 + [0.25] for label in GZ2.label_columns}
    assert release(tmp_path, columns).head == "fractions"


def test_columns_without_a_number_are_said_to_have_none(tmp_path):
    columns = {"id_str": ["a"]} | {label: pa.array([None], pa.float32()) for label in GZ2.label_columns}
    with pytest.raises(CatalogError, match="but no number in them"):
        release(tmp_path, columns)


def test_classes_stay_classes_beside_a_galaxy_that_is_not_predicted(tmp_path):
    read = release(tmp_path, {"id_str": ["a", "b", "c"], "ring": [0.3, None, 0.6], "none": [0.7, None, 0.4]})
    assert read.head == "classes"
    assert read.is_predicted().tolist() == [True, False, True]


def test_values_beside_classes_are_left_out_and_named(tmp_path):
    columns = {"ring_probability": [0.3], "none_probability": [0.7], "radius_value": [4.0]}
    parquet.write_table(pa.table({"id_str": ["a"]} | columns), tmp_path / "both.parquet")
    file = open_prediction_file(tmp_path / "both.parquet")
    assert file.layout.head == "classes"
    assert file.notes[-1] == "both.parquet: its other columns, radius_value, are left out."


def test_of_a_repeated_id_the_first_row_counts_and_the_others_are_counted(tmp_path):
    numbers = np.arange(2.5, 92.5).reshape(3, 30, 1)
    write_hdf5(tmp_path / "p.hdf5", numbers, ids=("a", "b", "a"))
    read, notes = open_prediction_file(tmp_path / "p.hdf5").read_for(["b", "a"])
    assert read.numbers[:, 0, 0].tolist() == [32.5, 2.5]
    assert notes[0].endswith("found by id_str; 1 repeat the id of an earlier row and are left out.")
