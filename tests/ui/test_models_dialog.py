"""The models panel: what it lists, what it lets a person do, and with which keys."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QMessageBox

from gzviewer.core.errors import ModelError
from gzviewer.io.manifest import read_manifest, write_manifest
from gzviewer.io.model_library import corrections_table
from gzviewer.io.settings import Settings, data_folder, resource_folder
from gzviewer.jobs.devices import FoundDevice
from gzviewer.jobs.import_requests import ImportResult
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobRunner
from gzviewer.ui.correct_dialog import CorrectDialog
from gzviewer.ui.hub_dialog import HubDialog, size_in_words
from gzviewer.ui.import_status import words_of
from gzviewer.ui.model_details import page_of
from gzviewer.ui.models_dialog import ModelsDialog
from gzviewer.ui.models_table import COLUMNS
from gzviewer.ui.theme import DARK, LIGHT

BUNDLED = read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)
PATIENCE_MS = 60_000
FOREIGN = {"source": "/x/tidal.ckpt", "read_as": ["head: classes, as its layer is called"], "corrections": {}}


def put(name, **more):
    folder = data_folder() / "models" / name
    folder.mkdir(parents=True)
    write_manifest(replace(BUNDLED, folder=folder, name=name, title=name.title(), provisional=False, **more))


def fail(_context):
    raise ModelError("It is none.", "Take another.")


class Runner(JobRunner):
    """Takes jobs that never end by themselves: no child process is started for a test of widgets."""

    def submit(self, title, job, **more):
        def endless(context):
            context.cancel_flag.wait()
            context.checkpoint()

        return super().submit(title, endless, **more)


@pytest.fixture
def desk(qapp, own_folders):
    put("tidal", head="classes", schema="", label_columns=("tidal", "not"), training=FOREIGN, metrics={})
    put("encoder", head="none", schema="", label_columns=())
    broken = data_folder() / "models" / "half"
    broken.mkdir()
    (broken / "manifest.toml").write_text("name =")
    runner = Runner()
    yield Desk(Settings(), [BUNDLED], runner)
    runner.close()


@pytest.fixture
def dialog(desk, qtbot):
    desk.library.devices = (FoundDevice("cpu", "2 cores"),)
    dialog = ModelsDialog(desk, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def text(dialog, row, heading):
    column = [column.heading for column in COLUMNS].index(heading)
    return dialog.table.index(row, column).data()


def test_every_model_is_a_line_and_the_one_in_use_is_marked(dialog):
    assert [text(dialog, row, "Model") for row in range(4)] == [
        f"● {BUNDLED.title}",
        "Encoder",
        "half",
        "Tidal",
    ]
    assert text(dialog, 0, "Answers") == "Galaxy Zoo 2 (Kaggle challenge) · 37 answers"
    assert text(dialog, 3, "Answers") == "2 classes: tidal, not"
    assert text(dialog, 0, "SHA-256") == BUNDLED.sha256[:12]
    assert dialog.chosen == BUNDLED


def test_a_broken_model_is_red_with_its_sentence_across_the_line(dialog):
    assert dialog.table.index(2, 0).data(Qt.ItemDataRole.ForegroundRole).name() == DARK.danger
    assert "no TOML" in text(dialog, 2, "Name")
    assert dialog.view.columnSpan(2, 1) == len(COLUMNS) - 1
    dialog.choose("half")
    assert not dialog.use.isEnabled()
    assert not dialog.correct.isEnabled()
    assert dialog.remove.isEnabled()


def test_an_encoder_cannot_be_used_and_says_why(dialog):
    dialog.choose("encoder")
    assert not dialog.use.isEnabled()
    assert "finetune it first" in dialog.use.toolTip()
    assert "finetune it first" in dialog.details.toPlainText()


def test_the_details_tell_recipe_origin_and_how_it_was_read(dialog):
    dialog.choose("tidal")
    page = dialog.details.toPlainText()
    for words in (
        "What it sees",
        "central",
        "head: classes, as its layer is called",
        "/x/tidal.ckpt",
    ):
        assert words in page
    dialog.choose(BUNDLED.name)
    assert BUNDLED.sha256 in dialog.details.toPlainText().replace("\n", "")


def test_figures_of_each_question_are_a_table_below_the_rest(dialog):
    page = page_of(BUNDLED, {}, DARK, is_own=False)
    assert "smooth-or-featured-gz2</td>" in page
    assert "{" not in page
    assert page.index("How good it is") > page.index("Where it comes from")


def test_enter_uses_the_chosen_model_and_closes(dialog, desk, qtbot):
    dialog.choose("tidal")
    qtbot.keyClick(dialog.view, Qt.Key.Key_Return)
    assert desk.manifest.name == "tidal"
    assert not dialog.isVisible()


def test_escape_closes_and_changes_nothing(dialog, desk, qtbot):
    dialog.choose("tidal")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert desk.manifest == BUNDLED


def test_what_comes_with_the_program_is_not_removed(dialog):
    assert not dialog.remove.isEnabled()
    assert not dialog.correct.isEnabled()


def test_a_model_is_removed_after_a_question(dialog, desk):
    dialog.choose("tidal")
    dialog.remove.click()
    box = dialog.findChild(QMessageBox)
    next(button for button in box.buttons() if button.text() == "Remove").click()
    assert [model.name for model in desk.library.usable] == [BUNDLED.name, "encoder"]
    assert dialog.table.rowCount() == 3


def test_what_is_dropped_is_added(dialog, desk, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "best.ckpt"))])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    dialog.dropEvent(QDropEvent(QPointF(5, 5), action, mime, button, Qt.KeyboardModifier.NoModifier))
    assert desk.runner.handles[-1].title == "Add best.ckpt"
    assert dialog.status.isVisible()


def test_devices_that_are_not_there_cannot_be_chosen(dialog, desk, qtbot):
    texts = [dialog.device.itemText(place) for place in range(dialog.device.count())]
    assert texts[1] == "CPU: 2 cores"
    assert texts[2].endswith("not here")
    assert not dialog.device.model().item(2).isEnabled()
    dialog.device.setCurrentIndex(1)
    dialog.device.activated.emit(1)
    assert desk.settings.device == "cpu"


def test_it_wears_another_theme(dialog):
    dialog.set_theme(LIGHT)
    assert dialog.table.index(2, 0).data(Qt.ItemDataRole.ForegroundRole).name() == LIGHT.danger


def test_a_correction_of_the_input_is_kept(dialog, desk):
    dialog.choose("tidal")
    dialog.correct.click()
    box = dialog.findChild(CorrectDialog)
    box._side.setValue(96)
    box._range.setCurrentIndex(1)
    box.accept()
    model = desk.library.usable[-1]
    assert (model.side, model.value_range, model.crop_fraction) == (96, "imagenet", BUNDLED.crop_fraction)


def test_another_encoder_lets_the_model_be_read_again(dialog, desk):
    dialog.choose("tidal")
    dialog.correct.click()
    box = dialog.findChild(CorrectDialog)
    box._encoder.setText("resnet18")
    assert box.said.encoder == "resnet18"
    box.accept()
    assert desk.runner.handles[-1].title == "Correct tidal"


def test_only_what_was_touched_counts_as_said(desk, qtbot):
    desk.library.refresh()
    box = CorrectDialog(desk.library.usable[-1], desk.schema_titles)
    qtbot.addWidget(box)
    box._classes.setText("stream, none")
    assert corrections_table(box.said) == {"classes": ["stream", "none"]}
    box._range.setCurrentIndex(1)
    assert corrections_table(box.said) == {"classes": ["stream", "none"], "value_range": "imagenet"}


@pytest.mark.parametrize(("typed", "words"), [("a", "gives 2 numbers"), ("a, a", "stands there twice")])
def test_names_that_cannot_be_are_refused_where_they_were_typed(desk, qtbot, typed, words):
    desk.library.refresh()
    box = CorrectDialog(desk.library.usable[-1], desk.schema_titles)
    qtbot.addWidget(box)
    box.show()
    box._classes.setText(typed)
    with qtbot.assertNotEmitted(box.accepted):
        box.accept()
    assert words in box._wrong.text()
    box._classes.setText("stream, none")
    with qtbot.waitSignal(box.accepted):
        box.accept()


def test_the_model_in_use_cannot_be_used_again(dialog):
    assert not dialog.use.isEnabled()
    assert dialog.use.toolTip() == "It is in use."
    dialog.choose("tidal")
    assert dialog.use.isEnabled()


def test_removing_asks_by_the_unique_name_and_enter_cancels(dialog, desk, qtbot):
    dialog.choose("tidal")
    dialog.remove.click()
    box = dialog.findChild(QMessageBox)
    assert box.text() == "Remove tidal?"
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert desk.library.usable[-1].name == "tidal"


def test_what_fails_is_told_in_the_panel_while_it_is_open(dialog, desk):
    dialog.add("/x/a.ckpt")
    handle = desk.runner.handles[-1]
    assert handle.is_told
    dialog.hide()
    assert not handle.is_told


def test_a_model_without_a_source_keeps_its_encoder(desk, qtbot):
    box = CorrectDialog(BUNDLED, desk.schema_titles)
    qtbot.addWidget(box)
    assert not box._encoder.isEnabled()
    assert box._side.isEnabled()


def test_a_name_of_the_hub_is_looked_up_before_it_can_be_added(desk, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--owner--name" / "snapshots" / "c"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    runner = JobRunner()
    desk.library._runner = runner
    box = HubDialog(desk.library, DARK)
    qtbot.addWidget(box)
    assert not box._agree.isEnabled()
    box._name.setEditText("owner/name")
    box._look.click()
    qtbot.waitUntil(box._agree.isEnabled, timeout=PATIENCE_MS)  # a child is asked
    assert (box.source, box.may_download) == ("hf_hub:owner/name", False)
    box._name.setEditText("owner/other")
    assert not box._agree.isEnabled()
    runner.close()


def test_every_model_that_was_dropped_is_told_of_also_when_the_panel_is_opened_again(dialog, desk, qtbot):
    for name in ("a.ckpt", "b.ckpt", "c.ckpt"):
        dialog.add(f"/x/{name}")
    again = ModelsDialog(desk, DARK)
    qtbot.addWidget(again)
    again.show()
    for status in (dialog.status, again.status):
        assert "Add a.ckpt" in status._words.text()
        assert "2 more after it" in status._words.text()
    again.status._cancel.click()
    qtbot.waitUntil(lambda: "Add b.ckpt" in dialog.status._words.text(), timeout=PATIENCE_MS)


def test_the_end_of_each_adding_is_told_and_what_failed_is_red(dialog, desk, qtbot):
    runner = JobRunner()
    for title, job in (
        ("Add a", fail),
        ("Add b", lambda _: ImportResult("/b", "b", ("head: a tree",), False)),
    ):
        handle = runner.submit(title, job)
        dialog.status.watch(handle)
        qtbot.waitUntil(lambda handle=handle: handle.state.is_ending, timeout=PATIENCE_MS)
    assert words_of(handle).startswith("b was added. How it was read")
    runner.close()
    assert words_of(runner.handles[0]) == "It is none. Take another."
    assert not dialog.status.is_busy


def test_removing_or_correcting_a_model_that_predicts_says_that_this_stops(dialog, desk):
    tidal = desk.library.usable[-1]
    job = desk.runner.submit("Predict", None, needs_device=True)
    desk.session = SimpleNamespace(manifest=tidal, prediction_job=job)
    dialog.choose("tidal")
    dialog.remove.click()
    assert "It is predicting now." in dialog.findChild(QMessageBox).informativeText()
    dialog.findChild(QMessageBox).close()
    dialog.correct.click()
    words = [label.text() for label in dialog.findChild(CorrectDialog).findChildren(QLabel)]
    assert "It is predicting now. Correcting it stops that." in words
    desk.session = None


def test_a_side_that_nobody_touched_is_kept(desk, qtbot):
    box = CorrectDialog(replace(BUNDLED, side=1500), desk.schema_titles)
    qtbot.addWidget(box)
    assert box.recipe["side"] == 1500


def test_one_band_has_a_grey_to_choose(desk, qtbot):
    box = CorrectDialog(replace(BUNDLED, channels=3, training=FOREIGN), desk.schema_titles)
    qtbot.addWidget(box)
    assert not box._grey.isEnabled()
    box._bands.setCurrentIndex(1)
    assert box._grey.isEnabled()
    assert "greyscale" in box.recipe


def test_what_nobody_knows_of_a_model_is_not_told(dialog):
    encoder = replace(BUNDLED, head="none", schema="", label_columns=(), parameters=0)
    page = page_of(encoder, {}, DARK, is_own=True)
    assert "parameters)" not in page
    assert "Speed here" not in page


def test_words_of_the_hub_are_no_markup(dialog, desk, qtbot):
    box = HubDialog(desk.library, DARK)
    qtbot.addWidget(box)
    formats = {box._words.textFormat(), dialog.status._words.textFormat()}
    assert formats == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize(("count", "words"), [(659, "659 bytes"), (59_900_000, "59.9 MB"), (2e9, "2 GB")])
def test_sizes_are_told_as_the_hub_counts(count, words):
    assert size_in_words(count) == words
