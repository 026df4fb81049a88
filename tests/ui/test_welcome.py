"""The empty desk: its doors, and what it says while something is being opened."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton

from gzviewer.io.settings import resource_folder
from gzviewer.ui.theme import DARK, Icons
from gzviewer.ui.welcome import Welcome


def test_the_doors_are_closed_while_something_is_being_opened(qapp, qtbot):
    icons = Icons(resource_folder() / "icons")
    welcome = Welcome(lambda name: QAction(name, qapp), lambda path: None, theme=DARK, icons=icons)
    qtbot.addWidget(welcome)
    doors = welcome.findChildren(QToolButton)
    for name, is_free in (("galaxies.csv", False), ("", True)):
        welcome.set_opening(name)
        assert [door.isEnabled() for door in doors] == [is_free] * 3
        hints = [label.text() for label in welcome.findChildren(QLabel)]
        assert any("drop a file" in hint for hint in hints) == is_free
