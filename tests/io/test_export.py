"""Predictions written for other programs, and read back."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import UserError
from gzviewer.core.predictions import Predictions
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.exports import METADATA_KEY, check_export, save_predictions
from gzviewer.io.schemas import load_schema

SCHEMA = load_schema("gz2_ortho_schema")
IDS = ["587722982271844351", "J000411.19+020924.0", "SIM-0003"]


def catalog():
    nothing = np.full(3, np.nan)
    return Catalog(
        "c", "/c", np.array(IDS), nothing, nothing, (), lambda name: nothing, ["/a.png", "/b.png", ""]
    )


def predictions(members=1):
    numbers = (
        np.random.default_rng(2).uniform(1, 101, (3, members, len(SCHEMA.label_columns))).astype(np.float32)
    )
    numbers[2] = np.nan
    return Predictions(SCHEMA, "m", numbers)


def read(path):
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    text = pyarrow.csv.ConvertOptions(column_types={"id_str": pyarrow.string()}, strings_can_be_null=False)
    return pyarrow.csv.read_csv(path, convert_options=text)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_written_table_says_what_was_predicted(tmp_path, suffix):
    made, path = predictions(), tmp_path / f"p{suffix}"
    save_predictions(path, catalog(), made, {"SIM-0003": "cut short"})
    table = read(path)
    assert table["id_str"].to_pylist() == IDS
    assert table["file_loc"].to_pylist() == ["/a.png", "/b.png", ""]
    assert table["problem"].to_pylist() == ["", "", "cut short"]
    assert table["checkpoint"].to_pylist() == ["m"] * 3
    for index, label in enumerate(SCHEMA.label_columns):
        said = np.array(table[f"{label}_concentration"].to_pylist()[:2], dtype=np.float32)
        assert np.array_equal(said, made.concentrations[:2, 0, index])
    bar = SCHEMA.question("bar-gz2")
    assert np.allclose(table["bar-gz2_yes_fraction"].to_pylist()[:2], made.fractions(bar)[:2, 0])
    assert np.allclose(table["bar-gz2_proportion-asked"].to_pylist()[:2], made.proportion_asked(bar)[:2])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_is_not_predicted_is_empty_not_a_number(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    save_predictions(path, catalog(), predictions(), {})
    assert read(path)["bar-gz2_yes_fraction"].to_pylist()[2] is None


def test_samples_are_written_as_the_list_they_are(tmp_path):
    made = predictions(members=4)
    for suffix in (".csv", ".parquet"):
        save_predictions(tmp_path / f"p{suffix}", catalog(), made, {})
    expected = made.concentrations[0, :, 0]
    listed = read(tmp_path / "p.parquet")[f"{SCHEMA.label_columns[0]}_concentration"].to_pylist()[0]
    text = read(tmp_path / "p.csv")[f"{SCHEMA.label_columns[0]}_concentration"].to_pylist()[0]
    assert np.allclose(listed, expected)
    assert np.allclose(json.loads(text), expected, atol=1e-5)


def test_a_parquet_file_says_which_model_made_it_and_where_no_home_folder_stands(tmp_path):
    save_predictions(tmp_path / "p.parquet", catalog(), predictions(), {})
    said = pyarrow.parquet.read_schema(tmp_path / "p.parquet").metadata[METADATA_KEY]
    told = {"checkpoint": "m", "schema": "gz2_ortho_schema", "head": "dirichlet", "simulated": False}
    assert json.loads(said) == told


@pytest.mark.parametrize(
    ("name", "sentence"), [("p.txt", "in which format"), ("missing/p.csv", "does not exist")]
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path, name, sentence):
    with pytest.raises(UserError, match=sentence):
        check_export(tmp_path / name)


def test_a_failed_write_leaves_the_file_of_before(tmp_path, monkeypatch):
    path = tmp_path / "p.csv"
    path.write_text("precious")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gzviewer.io.exports.write_table", full)
    with pytest.raises(UserError, match="No space left"):
        save_predictions(path, catalog(), predictions(), {})
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_name_that_is_no_utf8_is_written_escaped(tmp_path, suffix):
    nothing, name = np.full(3, np.nan), "g\udcff"
    odd = Catalog(
        "c",
        "/c",
        np.array([name, "b", "c"]),
        nothing,
        nothing,
        (),
        lambda name: nothing,
        [f"/{name}.png", "", ""],
    )
    save_predictions(tmp_path / f"p{suffix}", odd, predictions(), {name: f"{name}.png is cut short."})
    table = read(tmp_path / f"p{suffix}")
    assert table["id_str"].to_pylist() == [r"g\udcff", "b", "c"]
    assert table["file_loc"].to_pylist()[0] == r"/g\udcff.png"
    assert table["problem"].to_pylist()[0] == r"g\udcff.png is cut short."


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("is_simulated", [True, False])
def test_an_exported_catalog_still_says_that_it_is_simulated(tmp_path, suffix, is_simulated):
    made = replace(catalog(), is_simulated=is_simulated)
    save_predictions(tmp_path / f"p{suffix}", made, predictions(), {})
    again = open_catalog(tmp_path / f"p{suffix}")
    assert again.is_simulated is is_simulated
    assert again.ids.tolist() == IDS
    assert (again.roles.id, again.roles.image) == ("id_str", "file_loc")
