"""The first journey, as a person makes it: open, predict, browse, cancel, go on. Run offscreen and on a virtual display."""

import shutil

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QMessageBox, QPushButton

from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.settings import resource_folder
from gzviewer.session.jobs import JobState
from gzviewer.session.predictions import predicting
from gzviewer.ui.jobs_panel import JobCard, JobsPanel
from gzviewer.ui.problems_dialog import ProblemList, ProblemsDialog
from gzviewer.ui.recent_menu import RecentMenu

SAMPLE = resource_folder() / "samples" / "simulated"
PATIENCE_MS = 120_000  # the child imports torch; machines are busy


@pytest.fixture
def folder(tmp_path):
    """A dozen pictures in nested folders, in the letter cases that surveys use, and one that is broken."""
    pictures = sorted((SAMPLE / "images").glob("*.png"))[:12]
    (tmp_path / "cutouts" / "deep").mkdir(parents=True)
    for number, picture in enumerate(pictures):
        place = tmp_path / "cutouts" / ("deep" if number % 2 else "")
        shutil.copy(picture, place / (picture.stem + (".PNG" if number % 3 else ".png")))
    (tmp_path / "cutouts" / "broken.png").write_bytes(b"no picture at all")
    return tmp_path / "cutouts"


@pytest.fixture
def open_path(program, qtbot):
    def open_path(path):
        with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
            program.desk.open(str(path))
        return program.desk.session

    return open_path


def predict(program, qtbot):
    """Press the button and wait for the end."""
    button = program.window.findChild(QPushButton, "predict")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    job = program.desk.session.prediction_job
    qtbot.waitUntil(lambda: job.state.is_ending, timeout=PATIENCE_MS)
    return job


def error_dialog(program, qtbot):
    qtbot.waitUntil(lambda: program.window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    return program.window.findChild(QMessageBox)


def test_open_predict_and_browse_with_the_keyboard(program, open_path, folder, qtbot):
    session = open_path(folder)
    assert len(session.catalog) == 13
    job = predict(program, qtbot)
    assert job.state is JobState.FINISHED
    assert session.predictions.predicted_count == 12
    assert [problem.id for problem in job.result.problems] == ["broken"]
    gallery, _, pane = program.window.rooms
    tree = pane.view
    session.selection.set_current(1)
    qtbot.waitUntil(lambda: tree.figures["bar-gz2"].asked > 0, timeout=PATIENCE_MS)
    first = tree.figures
    qtbot.keyClick(gallery.gallery, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session.selection.current == 2 and tree.figures != first)
    qtbot.keyClick(gallery.gallery, Qt.Key.Key_N)
    assert session.selection.current == 3


def test_what_was_predicted_is_there_when_the_folder_is_opened_again(program, open_path, folder, qtbot):
    session = open_path(folder)
    predict(program, qtbot)
    numbers = session.predictions.predictions.concentrations.copy()
    again = open_path(folder)
    assert again is not session
    assert np.array_equal(again.predictions.predictions.concentrations, numbers, equal_nan=True)
    assert again.predictions.missing_count == 0
    assert again.predictions.failed_count == 1


def test_a_cancelled_prediction_keeps_its_parts_and_goes_on_from_there(program, open_path, tmp_path, qtbot):
    (tmp_path / "some").mkdir()
    for picture in sorted((SAMPLE / "images").glob("*.png"))[:96]:
        shutil.copy(picture, tmp_path / "some")
    session = open_path(tmp_path / "some")
    job = session.predict()
    session.predictions.changed.connect(job.cancel)  # before its end can be heard of, however fast it is
    with qtbot.waitSignal(job.cancelled, timeout=PATIENCE_MS):
        pass
    session.predictions.changed.disconnect(job.cancel)
    before = session.predictions.predictions.concentrations.copy()
    known = np.isfinite(before[:, 0, 0])
    assert known.any()
    if session.predictions.missing_count:
        predict(program, qtbot)
    after = session.predictions.predictions.concentrations
    assert session.predictions.predicted_count == len(session.catalog)
    assert np.array_equal(after[known], before[known])


def test_a_paused_prediction_stores_nothing_until_it_goes_on(program, open_path, qtbot):
    session = open_path(SAMPLE / "catalog.csv")
    job = session.predict()
    with qtbot.waitSignal(session.predictions.changed, timeout=PATIENCE_MS):
        pass
    program.commands.table["pause"].trigger()
    with qtbot.waitSignal(session.predictions.changed, timeout=800, raising=False):
        pass  # one part may have been on its way when the child heard of the pause
    paused_at = session.predictions.predicted_count
    assert job.state is JobState.PAUSED or job.state.is_ending
    with qtbot.assertNotEmitted(session.predictions.changed, wait=800):
        pass
    assert session.predictions.predicted_count == paused_at
    program.commands.table["pause"].trigger()
    qtbot.waitUntil(lambda: job.state.is_ending, timeout=PATIENCE_MS)
    assert session.predictions.predicted_count == len(session.catalog)


def test_a_galaxy_that_could_not_be_read_is_listed_and_a_click_shows_it(program, open_path, folder, qtbot):
    session = open_path(folder)
    predict(program, qtbot)
    program.window.show_jobs()
    cards = [card for card in program.window.findChildren(JobCard) if card.problems.count()]
    assert len(cards) == 1
    item = cards[0].problems.item(0)
    assert item.text().startswith("broken: ")
    cards[0].problems.itemClicked.emit(item)
    assert session.catalog.ids[session.selection.current] == "broken"


def test_a_path_that_is_not_there_is_refused_in_one_sentence_and_nothing_is_lost(
    program, open_path, qtbot, tmp_path
):
    session = open_path(SAMPLE / "catalog.csv")
    program.desk.open(str(tmp_path / "missing.parquet"))
    dialog = error_dialog(program, qtbot)
    assert "missing.parquet" in dialog.text()
    assert dialog.informativeText()
    assert program.desk.session is session
    dialog.close()


def test_a_dropped_folder_is_opened(program, folder, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, left, none)
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.window.dropEvent(drop)
    assert program.desk.session.catalog.source == str(folder)


def test_volunteers_votes_of_another_tree_have_a_tree_of_their_own(program, open_path, tmp_path):
    (tmp_path / "votes.csv").write_text("iauname,ring_yes,ring_no\nJ1,3,7\nJ2,9,1\n", encoding="utf-8")
    session = open_path(tmp_path / "votes.csv")
    assert [tree.schema.name for tree in session.trees] == ["kaggle_37", "gz_rings_schema"]
    assert not program.commands.table["predict"].isEnabled()


def test_a_new_catalog_replaces_the_old_one_while_it_is_being_predicted(program, open_path, folder, qtbot):
    old = open_path(SAMPLE / "catalog.csv")
    job = old.predict()
    new = open_path(folder)
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=PATIENCE_MS)
    assert program.desk.session is new
    assert predict(program, qtbot).state is JobState.FINISHED


def test_closing_the_window_in_the_middle_of_a_prediction_ends_its_child(program, open_path, qtbot):
    session = open_path(SAMPLE / "catalog.csv")
    session.predict()
    qtbot.waitUntil(lambda: session.prediction_job.state is JobState.RUNNING, timeout=PATIENCE_MS)
    program.window.close()
    assert program.runner.wait(20)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_can_be_changed_while_everything_is_open(program, open_path, folder, theme):
    open_path(folder)
    program.themes.choose(theme)
    is_light = program.window.grab().toImage().pixelColor(4, 4).lightness() > 128
    assert is_light == (theme == "light")


def test_what_could_not_be_read_is_one_click_away_even_after_opening_it_again(
    program, open_path, folder, qtbot
):
    open_path(folder)
    predict(program, qtbot)
    session = open_path(folder)
    button = program.window.bottom.unreadable_button
    assert button.text() == "1 unreadable ▸"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    listed = program.window.findChild(ProblemsDialog).findChild(ProblemList)
    listed.itemClicked.emit(listed.item(0))
    assert session.catalog.ids[session.selection.current] == "broken"
    program.window.findChild(ProblemsDialog).close()


def test_the_about_box_names_versions_device_and_model(program, qtbot):
    program.commands.table["about"].trigger()
    words = error_dialog(program, qtbot).text()
    assert all(part in words for part in ("PySide6-Essentials", "torch", "device", "gz2_small"))
    error_dialog(program, qtbot).close()


def test_arrows_step_through_the_galaxies_wherever_the_focus_is(program, open_path, folder, qtbot):
    session = open_path(folder)
    _, galaxy, pane = program.window.rooms
    for widget in (galaxy.canvas, program.window):
        before = session.selection.current
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        assert session.selection.current == before + 1
    qtbot.keyClick(pane, Qt.Key.Key_P)
    assert session.selection.current == 1


def test_a_single_image_opens_its_folder_and_is_looked_at(program, open_path):
    picture = SAMPLE / "images" / "SIM-0042.png"
    session = open_path(picture)
    assert session.catalog.source == str(picture.parent)
    assert session.catalog.ids[session.selection.current] == "SIM-0042"


def test_sorting_by_an_answer_shows_the_highest_first(program, open_path, folder, qtbot):
    session = open_path(folder)
    predict(program, qtbot)
    session.sort_by("smooth-or-featured-gz2_smooth_fraction", descending=True)
    values = session.columns.column("smooth-or-featured-gz2_smooth_fraction")
    assert values[session.selection.current] == np.nanmax(values)
    assert (
        program.window.rooms[0].findChild(QComboBox).currentText() == "smooth-or-featured-gz2_smooth_fraction"
    )


def test_a_long_message_does_not_widen_the_window_and_it_fits_a_laptop(program, open_path, qtbot, tmp_path):
    open_path(SAMPLE / "catalog.csv")
    width = program.window.minimumSizeHint().width()
    program.desk.open(str(tmp_path / ("a_very_long_name" * 12 + ".csv")))
    error_dialog(program, qtbot).close()
    assert program.window.minimumSizeHint().width() == width
    assert width <= 1280


def test_recent_catalogs_open_from_the_menu_with_their_image_folder(
    program, open_path, folder, qtbot, tmp_path
):
    (tmp_path / "list.csv").write_text("id_str\nSIM-0001\nSIM-0002\n", encoding="utf-8")
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(tmp_path / "list.csv"), image_folder=str(SAMPLE / "images"))
    open_path(folder)
    menu = program.window.findChild(RecentMenu)
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        menu.actions()[1].trigger()
    assert program.desk.session.catalog.name == "list.csv"
    assert program.desk.session.catalog.image_of(1).endswith("SIM-0002.png")


def test_predictions_that_cannot_be_read_leave_the_catalog_open(program, open_path, folder, qtbot):
    session = open_path(folder)
    predict(program, qtbot)
    (session.predictions.store.folder / "header.json").write_text("{}", encoding="utf-8")
    again = open_path(folder)
    assert len(again.catalog) == 13
    assert again.predictions is None
    assert any("no predictions to show" in note for note in again.notes)


def test_what_another_program_predicted_meanwhile_is_shown_after_predicting(
    program, open_path, folder, qtbot
):
    first = open_path(folder)
    rows, store = first.predictions.missing_rows(), first.predictions.store
    manifest = program.desk.manifest
    job = predicting(first.catalog, rows, model=str(manifest.folder), store=store)
    program.runner.submit("another program", job, needs_device=True)
    program.runner.wait(PATIENCE_MS / 1000)
    assert first.predictions.predicted_count == 0
    predict(program, qtbot)
    assert first.predictions.predicted_count == 12


def test_a_catalog_can_be_opened_and_predicted_in_one_go(program, folder, qtbot):
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(folder), predicts=True)
    session = program.desk.session
    qtbot.waitUntil(lambda: session.predictions.predicted_count == 12, timeout=PATIENCE_MS)
    assert not program.commands.table["pause"].isEnabled() or session.prediction_job.state is JobState.RUNNING


def test_two_programs_on_one_store_take_turns_and_the_second_is_told_why(program, open_path, folder, qtbot):
    session = open_path(folder)
    other = PredictionStore(session.predictions.store.folder.parent, session.predictions.store.key)
    with other.writing():
        job = predict(program, qtbot)
    assert job.state is JobState.FAILED
    assert "Another process" in str(job.error)
    assert program.window.findChild(JobsPanel).isVisible()
    assert predict(program, qtbot).state is JobState.FINISHED
