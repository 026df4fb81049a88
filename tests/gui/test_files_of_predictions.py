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
PATIENCE_MS = 60_000  # machines are busy
EVERYTHING = "Table of everything (*.csv)"


def make(path, schema=GZ2):
    """Predictions of the sample by a Zoobot of five samples, as written into a file."""
    catalog = open_catalog(SAMPLE)
    shape = (len(catalog), 5, len(schema.label_columns))
    numbers = np.random.default_rng(1).uniform(1.1, 100, shape).astype(np.float32)
    made = Predictions(schema, "elsewhere", numbers)
    save_predictions(path, catalog, made, {})
    return made


@pytest.fixture
def made(tmp_path):
    """Predictions of the sample; the file lies in the temporary folder."""
    return make(tmp_path / "cluster.hdf5")


@pytest.fixture
def session(program, made, tmp_path, qtbot):
    """The sample with these predictions beside."""
    program.desk.open(str(SAMPLE), predictions=str(tmp_path / "cluster.hdf5"))
    qtbot.waitUntil(
        lambda: program.desk.session is not None and bool(program.desk.session.attached), timeout=PATIENCE_MS
    )
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
    qtbot.waitUntil(
        lambda: program.desk.session is not session and bool(program.desk.session.attached),
        timeout=PATIENCE_MS,
    )
    assert [shown.name for shown in program.desk.session.attached] == ["cluster.hdf5"]


def test_a_file_that_is_none_of_predictions_is_refused_and_the_catalog_stays(
    program, session, tmp_path, qtbot
):
    (tmp_path / "p.csv").write_text("id_str,words\na,b\nc,d\n")
    program.desk.attaching.attach(str(tmp_path / "p.csv"))
    qtbot.waitUntil(lambda: program.window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    assert "no columns of predictions" in program.window.findChild(QMessageBox).text()
    program.window.findChild(QMessageBox).close()
    assert program.desk.session is session


def test_the_menu_exports_what_a_file_predicted_as_the_kind_that_is_chosen(
    program, session, made, tmp_path, qtbot, monkeypatch
):
    answer = str(tmp_path / "friendly"), "Friendly release table (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: answer)
    program.commands.table["save"].trigger()
    qtbot.waitUntil((tmp_path / "friendly.csv").exists, timeout=PATIENCE_MS)
    read, _ = open_prediction_file(tmp_path / "friendly.csv").read_for(session.catalog.ids.tolist())
    first = GZ2.questions[0]
    assert np.allclose(read.fractions(first), made.fractions(first), atol=1e-5)


def test_an_export_that_is_cancelled_leaves_no_half_of_a_file(program, session, made, tmp_path, qtbot):
    path = tmp_path / "p.hdf5"
    handle = program.desk.save_predictions(str(path), "", session.attached[0])
    handle.cancel()
    qtbot.waitUntil(lambda: handle.state.is_ending, timeout=PATIENCE_MS)
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
    qtbot.waitUntil(lambda: len(session.attached) == 2, timeout=PATIENCE_MS)
    assert program.window.rooms[2].view._predictions is session.attached[1]


def test_predictions_are_not_exported_with_the_ids_of_a_catalog_that_was_opened_meanwhile(
    program, session, tmp_path, qtbot, monkeypatch
):
    (tmp_path / "b.csv").write_text(
        "id_str\n" + "".join(f"other{row}\n" for row in range(len(session.catalog)))
    )

    def answer(*_):
        with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
            program.desk.open(str(tmp_path / "b.csv"))
        return str(tmp_path / "out.csv"), EVERYTHING

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    program.commands.table["save"].trigger()
    assert "not shown any more" in program.window.findChild(QMessageBox).text()
    program.window.findChild(QMessageBox).close()
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_file_whose_suffix_was_not_typed_is_overwritten_only_when_a_person_says_so(
    program, session, tmp_path, qtbot, monkeypatch, answer
):
    (tmp_path / "mine.csv").write_text("precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), EVERYTHING))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    program.commands.table["save"].trigger()
    qtbot.waitUntil(lambda: not program.runner.active, timeout=PATIENCE_MS)
    is_kept = (tmp_path / "mine.csv").read_text() == "precious"
    assert is_kept == (answer == QMessageBox.StandardButton.No)


def test_a_file_that_is_opened_anew_with_another_tree_takes_its_sort_column_along(
    program, session, tmp_path, qtbot
):
    session.sort_by("bar-gz2_yes_fraction (cluster.hdf5)")
    (tmp_path / "cluster.hdf5").unlink()
    make(tmp_path / "cluster.hdf5", load_schema("decals_dr5_ortho_schema"))
    with qtbot.waitSignal(session.attached_changed, timeout=PATIENCE_MS):
        program.desk.attaching.attach(str(tmp_path / "cluster.hdf5"))
    program.window.grab()
    assert session.filtering.sort_column == ""
    assert (np.diff(session.filtering.visible) == 1).all()


def test_a_file_beside_leaves_the_gallery_and_the_galaxy_as_they_are(program, session, tmp_path, qtbot):
    make(tmp_path / "more.h5")
    gallery, galaxy, _ = program.window.rooms
    gallery.gallery.set_tile_size(gallery.gallery.tile_size + 60)
    with qtbot.waitSignal(program.desk.attaching.attached, timeout=PATIENCE_MS):
        program.desk.attaching.attach(str(tmp_path / "more.h5"))
    assert program.window.rooms[:2] == (gallery, galaxy)
    assert program.window.rooms[2].view._predictions is session.attached[1]
    assert program.window.rooms[2].isVisible()


def test_the_size_of_the_pictures_the_tree_and_its_folds_stay_when_the_catalog_is_opened_anew(
    program, session, qtbot
):
    gallery, _, tree = program.window.rooms
    size = gallery.gallery.tile_size + 60
    gallery.gallery.set_tile_size(size)
    tree.view.set_toggled(frozenset({"bar-gz2"}))
    with qtbot.waitSignal(program.desk.attaching.attached, timeout=PATIENCE_MS):
        program.desk.choose_roles(session.catalog.roles)
    anew = program.window.rooms
    assert anew[0].gallery.tile_size == size
    assert anew[2].view.toggled == {"bar-gz2"}
