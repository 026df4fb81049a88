"""Small dialogs say what they must and hand back what was chosen."""

import pytest
from PySide6.QtWidgets import QWidget

from gzviewer.core.errors import UserError
from gzviewer.ui.actions import ActionSpec, ActionTable
from gzviewer.ui.dialogs import key_sheet, show_error


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


def test_a_users_error_is_shown_with_its_remedy(window):
    box = show_error(UserError("The disk is full.", "Free some space."), window)
    assert (box.text(), box.informativeText()) == ("The disk is full.", "Free some space.")
    box.close()


def test_a_bug_is_said_to_be_ours(window):
    box = show_error(KeyError("lost"), window)
    assert "not yours" in box.text()
    assert "KeyError" in box.detailedText()
    box.close()


def test_the_key_sheet_lists_every_shortcut_of_the_action_table(qapp):
    specs = (
        ActionSpec("open", "Open…", lambda: None, "&File", "Ctrl+O"),
        ActionSpec("plain", "Plain", lambda: None),
    )
    sheet = key_sheet(specs)
    assert "Ctrl+O" in sheet
    assert "Plain" not in sheet
    assert "next, previous galaxy" in sheet


def test_a_users_error_in_a_handler_comes_out_of_the_table(qapp, qtbot):
    def refuse():
        raise UserError("No catalog is open.", "Open one first.")

    table = ActionTable([ActionSpec("columns", "Columns…", refuse)])
    with qtbot.waitSignal(table.failed) as said:
        table["columns"].trigger()
    assert str(said.args[0]) == "No catalog is open. Open one first."
