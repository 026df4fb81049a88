"""Predictions written for other programs, and read back."""

import json
import subprocess
import sys
import threading
from dataclasses import replace

import h5py
import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import UserError
from gzviewer.core.predictions import Predictions
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.exports import METADATA_KEY, check_export, save_predictions
from gzviewer.io.prediction_files import read_predictions
from gzviewer.io.schemas import load_schema
from gzviewer.jobs.job import Cancelled, JobContext

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


@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.hdf5"])
def test_a_cancelled_export_leaves_the_file_of_before(tmp_path, name):
    (tmp_path / name).write_text("precious")
    flag = threading.Event()
    flag.set()
    with pytest.raises(Cancelled):
        save_predictions(
            tmp_path / name,
            catalog(),
            predictions(),
            {},
            context=JobContext(lambda progress: None, lambda part: None, flag),
        )
    assert (tmp_path / name).read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".hdf5"])
def test_a_table_longer_than_one_piece_is_whole_and_tells_how_far_it_is(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr("gzviewer.io.exports.table_files.CHUNK", 2)
    monkeypatch.setattr("gzviewer.io.exports.zoobot.CHUNK", 2)
    made, said = predictions(), []
    context = JobContext(said.append, lambda part: None, threading.Event())
    assert (
        save_predictions(tmp_path / f"p{suffix}", catalog(), made, {}, table="zoobot", context=context) == 2
    )
    ids, read = read_predictions(tmp_path / f"p{suffix}")
    assert ids.tolist() == IDS[:2]
    assert np.allclose(read.numbers, made.numbers[:2])
    assert said[-1].done == said[-1].total == 2


def test_zoobots_hdf5_has_its_own_layout(tmp_path):
    made = predictions(members=5)
    save_predictions(tmp_path / "p.hdf5", catalog(), made, {}, made={"device": "cuda"})
    with h5py.File(tmp_path / "p.hdf5") as file:
        assert set(file) == {"predictions", "id_str", "label_cols"}
        assert (file["predictions"].dtype, file["predictions"].compression) == (np.float32, "gzip")
        assert np.array_equal(file["predictions"][()], made.concentrations[:2].transpose(0, 2, 1))
        assert file["label_cols"].asstr()[()].tolist() == list(SCHEMA.label_columns)
        assert file["id_str"].dtype.metadata is not None
        assert json.loads(file.attrs["gzviewer"])["made"] == {"device": "cuda"}


def test_zoobots_csv_has_the_ids_last_and_bare_labels(tmp_path):
    save_predictions(tmp_path / "p.csv", catalog(), predictions(), {}, table="zoobot")
    header = (tmp_path / "p.csv").read_text().splitlines()[0].replace('"', "").split(",")
    assert header == [*SCHEMA.label_columns, "id_str"]


@pytest.mark.parametrize(
    ("name", "table", "head", "sentence"),
    [
        ("p.hdf5", "friendly", "dirichlet", "cannot be written as .hdf5"),
        ("p.hdf5", "", "shares", "Zoobot file holds concentrations"),
        ("p.csv", "advanced", "values", "answers no decision tree"),
        ("p.csv", "nonsense", "dirichlet", "no kind of table nonsense"),
    ],
)
def test_a_kind_that_cannot_hold_the_predictions_is_refused(tmp_path, name, table, head, sentence):
    with pytest.raises(UserError, match=sentence):
        check_export(tmp_path / name, table, head)


FULL_DISK = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import UserError
from gzviewer.core.predictions import Predictions
from gzviewer.io.exports import save_predictions
from gzviewer.io.schemas import load_schema
nothing = np.full(500, np.nan)
ids = np.arange(500).astype(str)
catalog = Catalog("c", "/c", ids, nothing, nothing, (), lambda name: nothing, [""] * 500)
numbers = np.random.default_rng(1).uniform(1, 101, (500, 5, 30)).astype("f4")
predictions = Predictions(load_schema("gz2_ortho_schema"), "m", numbers)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_predictions(Path(sys.argv[1]), catalog, predictions, {})
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is one of POSIX")
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".hdf5"])
def test_a_full_disk_is_said_and_neither_the_file_of_before_nor_the_program_is_lost(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    path.write_text("precious")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be written: File too large. Free some space" in done.stdout
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]
