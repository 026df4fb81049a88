"""The dialog of columns starts from what is in force and hands back what was chosen."""

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QWidget

from gzviewer.core.catalog import Catalog, ColumnInfo, Roles
from gzviewer.ui.roles_dialog import NONE_RECOGNISED, RolesDialog


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def dialog(window):
    names = ("objid", "alpha", "delta", "path")
    values = np.array(["587722981747982465"])
    columns = tuple(ColumnInfo(name) for name in names)
    roles = Roles(id="objid", ra="alpha", image="path", image_folder="/pictures")
    nothing = np.full(1, np.nan)
    catalog = Catalog("c", "/c", np.array(["1"]), nothing, nothing, columns, lambda name: values, [""], roles)
    schemas = [("gz_rings_schema", "Galaxy Zoo rings")]
    return RolesDialog(catalog, ["The header is the first line."], schemas, ["weighted", "debiased"], window)


def test_it_starts_from_what_was_recognised(dialog):
    assert dialog.roles == Roles(id="objid", ra="alpha", image="path", image_folder="/pictures")
    assert dialog.findChildren(QComboBox)[2].currentText() == NONE_RECOGNISED


def test_columns_are_shown_with_their_first_value(dialog):
    assert dialog.findChildren(QComboBox)[0].currentText() == "objid   (587722981747982465)"


def test_what_is_chosen_is_handed_back(dialog):
    boxes = dialog.findChildren(QComboBox)
    for box, words in (
        (boxes[2], "delta   (587722981747982465)"),
        (boxes[-3], "Galaxy Zoo rings"),
        (boxes[-2], "debiased fractions"),
        (boxes[-1], "the predictions of a model"),
    ):
        box.setCurrentText(words)
    chosen = dialog.roles
    assert chosen.dec == "delta"
    assert (chosen.votes_schema, chosen.votes_kind, chosen.votes_are) == (
        "gz_rings_schema",
        "debiased",
        "model",
    )
