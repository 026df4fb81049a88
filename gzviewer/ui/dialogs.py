"""Small dialogs: an error with its remedy, a page of text, and the key sheet."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gzviewer.core.errors import UserError
from gzviewer.ui.actions import VIEW_KEYS, ActionSpec


def show_error(error: BaseException, parent: QWidget, report: str = "") -> QMessageBox:
    """Say what is wrong and what to do; does not block. Anything but a `UserError` is said to be our mistake.

    `report` says where the report of a mistake of ours was written.
    """
    is_users = isinstance(error, UserError)
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning if is_users else QMessageBox.Icon.Critical)
    box.setWindowTitle("gzviewer")
    box.setTextFormat(Qt.TextFormat.PlainText)
    if isinstance(error, UserError):
        box.setText(error.what)
        box.setInformativeText(error.remedy)
    else:
        box.setText("This is a mistake in gzviewer, not yours. The program goes on.")
        box.setInformativeText(f"{report} Please send it to the developers.")
        box.setDetailedText(f"{type(error).__name__}: {error}")
    box.open()
    return box


def show_text(title: str, html: str, parent: QWidget) -> QMessageBox:
    """A page of text that can be copied; does not block."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setText(html)
    box.open()
    return box


def key_sheet(specs: Iterable[ActionSpec]) -> str:
    """Every key, as a table, drawn from the action table."""
    rows = [(spec.menu.replace("&", ""), spec.keys, spec.text.rstrip("…")) for spec in specs if spec.keys]
    cells = "".join(
        f"<tr><td style='padding-right:16px'>{place}</td><td style='padding-right:16px'><b>{keys}</b></td><td>{text}</td></tr>"
        for place, keys, text in (*rows, *VIEW_KEYS)
    )
    return f"<h3>Keys and gestures</h3><table cellspacing='3'>{cells}</table>"
