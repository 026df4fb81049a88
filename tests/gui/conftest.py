"""A whole program, as a person starts it, with folders of its own."""

import pytest
from PySide6.QtCore import QEvent, QSettings

from gzviewer.app import Program
from gzviewer.io.settings import Settings


@pytest.fixture
def program(qapp, qtbot, tmp_path):
    """The program with its window shown; closed and let go of at the end."""
    memory = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    program = Program(qapp, Settings(theme="dark"), memory)
    program.window.show()
    yield program
    program.window.close()
    assert program.runner.wait(20)
    program.window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
