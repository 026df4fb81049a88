"""Predictions of a cluster beside the galaxies here, in the whole program: opened, compared, exported."""

import h5py
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gzviewer.core.predictions import Predictions
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.exports import save_predictions
from gzviewer.io.prediction_files import open_prediction_file
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import resource_folder
from gzviewer.session.jobs import JobState

SAMPLE = resource_folder() / "samples" / "simulated" / "catalog.csv"
GZ2 = load_schema("gz2_ortho_schema")


@pytest.fixture
def made(tmp_path):
    """Predictions of the sample by a Zoobot of five samples; the file lies in the temporary folder."""
    catalog = open_catalog(SAMPLE)
    shape = (len(catalog), 5, len(GZ2.label_columns))
    numbers = np.random.default_rng(1).uniform(1.1, 100, shape).astype(np.float32)
    made = Predictions(GZ2, "elsewhere", numbers)
    save_predictions(tmp_path / "cluster.hdf5", catalog, made, {})
    return made


@pytest.fixture
def session(program, made, tmp_path, qtbot):
    """The sample with these predictions beside."""
    program.desk.open(str(SAMPLE), predictions=str(tmp_path / "cluster.hdf5"))
    qtbot.waitUntil(lambda: program.desk.session is not None and bool(program.desk.session.attached))
    return program.desk.session


def test_predictions_of_a_cluster_are_looked_at_as_if_made_here(program, session, made):
    _, _, tree = program.window.rooms
    figures = tree.view.figures["bar-gz2"].answers["bar-gz2_yes"]
    row = session.selection.current
    bar = GZ2.question("bar-gz2")
    assert figures.fraction == pytest.approx(made.fractions(bar)[row, 0], abs=1e-5)
    assert figures.lower < figures.fraction < figures.upper
    session.sort_by("bar-gz2_yes_fraction (cluster.hdf5)", descending=True)
    assert session.selection.current == int(made.fractions(bar)[:, 0].argmax())


def test_what_was_attached_stays_when_the_catalog_is_opened_anew(program, session, qtbot):
    program.desk.choose_roles(session.catalog.roles)
    qtbot.waitUntil(lambda: program.desk.session is not session and bool(program.desk.session.attached))
    assert [shown.name for shown in program.desk.session.attached] == ["cluster.hdf5"]


def test_a_file_that_is_none_of_predictions_is_refused_and_the_catalog_stays(
    program, session, tmp_path, qtbot
):
    (tmp_path / "p.csv").write_text("id_str,words\na,b\nc,d\n")
    program.desk.attaching.attach(str(tmp_path / "p.csv"))
    qtbot.waitUntil(lambda: program.window.findChild(QMessageBox) is not None)
    assert "no columns of predictions" in program.window.findChild(QMessageBox).text()
    program.window.findChild(QMessageBox).close()
    assert program.desk.session is session


def test_the_menu_exports_what_a_file_predicted_as_the_kind_that_is_chosen(
    program, session, made, tmp_path, qtbot, monkeypatch
):
    answer = str(tmp_path / "friendly"), "Friendly release table (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: answer)
    program.commands.table["save"].trigger()
    qtbot.waitUntil((tmp_path / "friendly.csv").exists)
    read, _ = open_prediction_file(tmp_path / "friendly.csv").read_for(session.catalog.ids.tolist())
    first = GZ2.questions[0]
    assert np.allclose(read.fractions(first), made.fractions(first), atol=1e-5)


def test_an_export_that_is_cancelled_leaves_no_half_of_a_file(program, session, made, tmp_path, qtbot):
    path = tmp_path / "p.hdf5"
    handle = program.desk.save_predictions(str(path), "", session.attached[0])
    handle.cancel()
    qtbot.waitUntil(lambda: handle.state.is_ending)
    assert handle.state is JobState.CANCELLED
    assert not [name for name in tmp_path.iterdir() if name.name.startswith(".p")]
    if path.exists():  # the cancel came too late: it is whole
        assert len(open_prediction_file(path)) == len(made.numbers)


def test_the_menu_opens_a_file_beside(program, session, made, tmp_path, qtbot, monkeypatch):
    with h5py.File(tmp_path / "cluster.hdf5") as old, h5py.File(tmp_path / "more.h5", "w") as new:
        for name in old:
            old.copy(name, new)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(tmp_path / "more.h5"), ""))
    program.commands.table["open_predictions"].trigger()
    qtbot.waitUntil(lambda: len(session.attached) == 2)
    assert program.window.rooms[2].view._predictions is session.attached[1]
