"""The line at the bottom: which of the running jobs it tells of."""

import pytest
from PySide6.QtWidgets import QLabel, QToolButton

from gzviewer.io.manifest import read_manifest
from gzviewer.io.settings import Settings, resource_folder
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobRunner
from gzviewer.ui.actions import ActionSpec, ActionTable
from gzviewer.ui.bottom_line import BottomLine

BUNDLED = read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)
PATIENCE_MS = 30_000


def endless(context):
    context.cancel_flag.wait()
    context.checkpoint()


@pytest.fixture
def desk(qapp, qtbot):
    runner = JobRunner()
    desk = Desk(Settings(), [BUNDLED], runner)
    with qtbot.waitSignal(desk.session_changed, timeout=PATIENCE_MS):
        desk.open_sample()
    yield desk
    desk.close()
    assert runner.wait(30)


@pytest.fixture
def line(desk, qtbot):
    actions = ActionTable(
        tuple(ActionSpec(name, name, lambda: None, "") for name in ("pause", "cancel")), desk
    )
    line = BottomLine(desk, actions)
    qtbot.addWidget(line)
    line.show()
    return line


def words(line):
    return " ".join(label.text() for label in line.findChildren(QLabel))


def buttons(line):
    return [button.isVisible() for button in line.findChildren(QToolButton)]


def test_a_running_prediction_stays_in_sight_whatever_else_begins_and_ends(line, desk, qtbot):
    desk.session.prediction_job = desk.runner.submit("Predict them", endless, needs_device=True)
    qtbot.waitUntil(lambda: all(buttons(line)), timeout=PATIENCE_MS)
    with qtbot.waitSignal(
        desk.runner.submit("Ask", lambda c: None, is_brief=True).finished, timeout=PATIENCE_MS
    ):
        assert "Predict them" in words(line)
    assert "Predict them" in words(line)
    desk.runner.submit("Add it", endless, is_apart=True)
    assert "Predict them" in words(line)
    assert all(buttons(line))


def test_pause_and_cancel_are_shown_only_where_they_act_on_what_is_told(line, desk, qtbot):
    desk.runner.submit("Add it", endless, is_apart=True)
    desk.runner.submit("Ask", endless, is_brief=True)
    assert "Add it" in words(line)
    assert not any(buttons(line))
