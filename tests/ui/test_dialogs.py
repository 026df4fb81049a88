"""Small dialogs say what they must and hand back what was chosen."""

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QWidget

from gzviewer.core.catalog import Catalog, ColumnInfo, Roles
from gzviewer.core.errors import UserError
from gzviewer.ui.actions import ActionSpec, ActionTable
from gzviewer.ui.dialogs import RolesDialog, key_sheet, show_error


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


def catalog():
    names = ("objid", "alpha", "delta", "path")
    nothing = np.full(1, np.nan)
    columns = tuple(ColumnInfo(name) for name in names)
    roles = Roles(id="objid", ra="alpha", image="path", image_folder="/pictures")
    return Catalog("c", "/c", np.array(["1"]), nothing, nothing, columns, lambda name: nothing, [""], roles)


def test_a_users_error_is_shown_with_its_remedy(window):
    box = show_error(UserError("The disk is full.", "Free some space."), window)
    assert (box.text(), box.informativeText()) == ("The disk is full.", "Free some space.")
    box.close()


def test_a_bug_is_said_to_be_ours(window):
    box = show_error(KeyError("lost"), window)
    assert "not yours" in box.text()
    assert "KeyError" in box.detailedText()
    box.close()


def test_the_columns_dialog_starts_from_what_was_recognised_and_returns_what_is_chosen(window):
    dialog = RolesDialog(catalog(), ["The header is the first line."], ["gz_rings_schema"], window)
    recognised = Roles(id="objid", ra="alpha", image="path", image_folder="/pictures")
    assert dialog.roles == recognised
    boxes = dialog.findChildren(QComboBox)
    boxes[2].setCurrentText("delta")
    boxes[-1].setCurrentText("gz_rings_schema")
    assert dialog.roles.dec == "delta"
    assert dialog.roles.votes_schema == "gz_rings_schema"


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
