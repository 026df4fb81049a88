"""The command line: what it prints, where, and with which status."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pyarrow.parquet
import pytest

from gzviewer.cli import run
from gzviewer.io.schemas import schema_names
from gzviewer.io.settings import data_folder, resource_folder

SAMPLE_IMAGES = resource_folder() / "samples" / "simulated" / "images"


@pytest.fixture
def folder(tmp_path):
    """Forty galaxies, one unreadable file, and ids with more digits than a float holds."""
    images = tmp_path / "images"
    images.mkdir()
    for number, path in enumerate(sorted(SAMPLE_IMAGES.glob("*.png"))[:40]):
        shutil.copy(path, images / f"58772298227184{number:04}.png")
    (images / "587722982271849999.png").write_bytes(b"not a picture")
    return images


def gzviewer(*arguments):
    command = [sys.executable, "-m", "gzviewer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_schemas_are_listed_for_people_and_for_programs(capsys):
    assert run(["schemas"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(schema_names())
    assert run(["schemas", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [schema["name"] for schema in listed] == list(schema_names())


def test_the_bundled_model_is_listed_with_its_schema(capsys):
    assert run(["models", "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)
    assert model["schema"] == "kaggle_37"
    assert model["provisional"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict", "missing", "--out", "p.csv"], "missing"),
        (["predict", "sample", "--out", "p.txt"], "in which format"),
        (["predict", "sample", "--out", "p.csv", "--model", "nonsense"], "no model nonsense"),
        (["predict", "sample", "--out", "p.hdf5", "--table", "friendly"], "cannot be written as .hdf5"),
        (
            ["screenshot", "sample", "--out", "p.png", "--predictions", "missing.h5"],
            "missing.h5 is not there",
        ),
        (["screenshot", "sample", "--out", "p.jpg"], "no PNG"),
    ],
)
def test_a_mistake_of_the_person_is_one_sentence_on_stderr_with_status_2(arguments, sentence, capsys):
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_bug_leaves_a_report_and_status_1(monkeypatch, capsys):
    def broken(name):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("gzviewer.cli.load_schema", broken)
    assert run(["schemas"]) == 1
    (report,) = (data_folder() / "reports").iterdir()
    assert "ZeroDivisionError: ours" in report.read_text(encoding="utf-8")
    assert str(report) in capsys.readouterr().err


def test_predict_writes_a_row_for_every_galaxy_and_says_which_it_could_not_read(folder, tmp_path):
    done = gzviewer("predict", folder, "--out", tmp_path / "p.parquet", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["galaxies"], summary["predicted"], summary["problems"]) == (41, 40, 1)
    rows = pyarrow.parquet.read_table(tmp_path / "p.parquet").to_pylist()
    assert rows[1]["id_str"] == "587722982271840001"
    assert rows[-1]["problem"]
    assert rows[-1]["bar-gz2_yes_fraction"] is None
    assert all(0 < row["bar-gz2_yes_fraction"] < 1 for row in rows[:-1])
    again = gzviewer("predict", folder, "--out", tmp_path / "q.parquet", "--json")
    assert json.loads(again.stdout)["now"] == 0
    assert pyarrow.parquet.read_table(tmp_path / "q.parquet").to_pylist() == rows


def test_check_predicts_simulated_galaxies_and_names_the_device():
    done = gzviewer("check", "--json")
    facts = json.loads(done.stdout)
    assert "predicted 3 of 3 simulated galaxies on cpu" in facts["self-test"], facts
    assert facts["missing libraries"] == "none"
    assert done.returncode == 0


def test_a_screenshot_shows_the_galaxy_that_was_named(tmp_path):
    pytest.importorskip("PySide6")
    out = tmp_path / "look.png"
    done = gzviewer("screenshot", "sample", "--galaxy", "SIM-0011", "--out", out, "--size", "1000x700")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert out.read_bytes().startswith(b"\x89PNG")
    unknown = gzviewer("screenshot", "sample", "--galaxy", "SIM-9999", "--out", out)
    assert unknown.returncode == 2
    assert "SIM-9999" in unknown.stderr


def test_an_interrupted_prediction_keeps_its_parts_and_leaves_no_child(folder, tmp_path):
    command = [sys.executable, "-m", "gzviewer", "predict", str(folder), "--out", str(tmp_path / "p.csv")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert any("0 of 41" in line for line in running.stderr)  # the child is at work
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()  # ends when nobody writes to it any more: the child is gone too
    assert running.returncode in (0, 130)
    if running.returncode == 130:
        assert "what was stored is kept" in said
        assert not (tmp_path / "p.csv").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a display can be missing")
def test_without_a_display_the_window_says_so_instead_of_crashing(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = gzviewer("sample")
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_of_our_output_may_leave_early():
    command = f"{sys.executable} -m gzviewer schemas --json | head -c 100"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert not (data_folder() / "reports").exists()


def test_a_data_folder_that_cannot_be_written_is_refused_in_one_sentence(tmp_path, monkeypatch, folder):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("GZVIEWER_DATA_FOLDER", str(tmp_path / "file" / "data"))
    done = gzviewer("predict", folder, "--out", tmp_path / "p.csv")
    assert done.returncode == 2
    assert "cannot be made" in done.stderr
    assert "Traceback" not in done.stderr
