"""Somebody else's checkpoint, as a person uses it: dropped on the models panel, looked at, used, and taken away again."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QLabel, QMessageBox

from gzviewer.io.settings import resource_folder
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
