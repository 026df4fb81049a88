"""Somebody else's checkpoint, as a person uses it: dropped on the models panel, looked at, used, and taken away again."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QLabel, QMessageBox

from gzviewer.io.manifest import write_manifest
from gzviewer.io.settings import data_folder, resource_folder
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.opening import store_of
from gzviewer.ui.models_dialog import ModelsDialog

SAMPLE = resource_folder() / "samples" / "simulated" / "catalog.csv"
PATIENCE_MS = 120_000  # the child imports torch; machines are busy


@pytest.fixture
def checkpoint(tmp_path):
    """A classifier as Zoobot saves it, with random weights."""
    pytest.importorskip("gzviewer.ml.torch_compat")
    import timm
    import torch

    encoder = timm.create_model("resnet18", num_classes=0)
    state = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    state |= {"head.linear.weight": torch.zeros(2, 512), "head.linear.bias": torch.zeros(2)}
    settings = {"num_classes": 2, "label_col": "ring", "learning_rate": 1e-4}
    torch.save({"state_dict": state, "hyper_parameters": settings}, tmp_path / "rings.ckpt")
    return tmp_path / "rings.ckpt"


def drop(dialog, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    dialog.dropEvent(QDropEvent(QPointF(9, 9), action, mime, button, Qt.KeyboardModifier.NoModifier))


def test_a_checkpoint_is_dropped_used_and_removed(program, checkpoint, qtbot):
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(SAMPLE))
    bundled = program.desk.manifest
    program.commands.table["models"].trigger()
    dialog = program.window.findChild(ModelsDialog)
    with qtbot.waitSignal(program.desk.library.added, timeout=PATIENCE_MS):
        drop(dialog, checkpoint)
    assert dialog.chosen.architecture == "resnet18"
    assert "by the names and shapes" in dialog.details.toPlainText()
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        dialog.use.click()
    assert program.desk.session.manifest.name == "rings"
    assert program.window.findChild(QComboBox).currentText() == "rings"
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.library.remove(program.desk.manifest)
    assert program.desk.session.manifest == bundled
    assert program.window.findChild(QMessageBox) is None


def test_a_checkpoint_that_is_dropped_on_the_window_is_no_catalog(program, tmp_path, qtbot):
    (tmp_path / "empty.ckpt").touch()
    with qtbot.waitSignal(program.runner.submitted, timeout=PATIENCE_MS):
        drop(program.window, tmp_path / "empty.ckpt")
    dialog = program.window.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: "empty.ckpt" in dialog.status.findChild(QLabel).text(), timeout=PATIENCE_MS)
    assert program.desk.session is None


def test_a_second_model_can_be_chosen_and_compared_as_soon_as_it_is_there(program, qtbot):
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(SAMPLE))
    bundled, box = program.desk.manifest, program.window.findChild(QComboBox)
    assert not program.commands.table["compare"].isEnabled()
    folder = data_folder() / "models" / "mine"
    folder.mkdir(parents=True)
    write_manifest(replace(bundled, folder=folder, name="mine"))
    program.desk.library.refresh()
    assert program.commands.table["compare"].isEnabled()
    assert box.findData("mine") > 0
    box.setItemText(0, "as it was")
    program.desk.library.note_speed(bundled, PredictResult(200, 0, (), 4.0, "cpu"))
    assert box.itemText(0) == "as it was"  # an open list keeps its place


def test_the_tree_pane_says_why_there_is_no_tree(program, tmp_path, qtbot):
    (tmp_path / "plain.csv").write_text("id_str\na\n")
    store = store_of(program.desk.manifest)
    store.folder.mkdir(parents=True, exist_ok=True)
    (store.folder / "header.json").write_text("{}")
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(tmp_path / "plain.csv"))
    pane = program.window.rooms[2]
    words = " ".join(label.text() for label in pane.findChildren(QLabel))
    assert f"The predictions of {program.desk.manifest.title} cannot be shown" in words


def test_whoever_takes_a_model_of_another_tree_sees_its_tree(program, qtbot):
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.open(str(SAMPLE))
    folder = data_folder() / "models" / "rings"
    folder.mkdir(parents=True)
    classes = {"head": "classes", "schema": "", "label_columns": ("ring", "none"), "metrics": {}}
    write_manifest(replace(program.desk.manifest, folder=folder, name="rings", title="Rings", **classes))
    program.desk.library.refresh()
    with qtbot.waitSignal(program.desk.session_changed, timeout=PATIENCE_MS):
        program.desk.choose_model("rings")
    pane = program.window.rooms[2]
    assert pane.looks.title == "Rings · model"
    pane._choice.setCurrentIndex(1)
    program.desk.session.prediction_began.emit()
    assert pane.looks.title == "Rings · model"
