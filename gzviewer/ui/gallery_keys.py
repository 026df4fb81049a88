"""Which key does what in the gallery."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gzviewer.ui.gallery_cursor import NOWHERE, GalleryCursor
from gzviewer.ui.gallery_layout import GridLayout

_STEPS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def press_key(event: QKeyEvent, cursor: GalleryCursor, layout: GridLayout, *, page_lines: int) -> bool:
    """Do what a key says; False where it says nothing to a gallery. `page_lines`: of tiles on the screen."""
    target = destination(event.key(), cursor.position, layout, page_lines)
    if target == NOWHERE:
        return _act(event, cursor, layout)
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        cursor.extend(target)
    elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        cursor.look(target)
    else:
        cursor.step(target)
    return True


def _act(event: QKeyEvent, cursor: GalleryCursor, layout: GridLayout) -> bool:
    text = event.text()
    if event.matches(QKeySequence.StandardKey.SelectAll):
        cursor.select_all()
    elif event.key() == Qt.Key.Key_Escape:
        return cursor.select_none()
    elif text == " " and not cursor.is_searching:
        cursor.toggle(max(cursor.position, 0))
    elif text in ("n", "p") and not cursor.is_searching:
        cursor.look(layout.stepped(cursor.position, 1 if text == "n" else -1, 0))
    elif is_letter(event):
        cursor.search(text)
    else:
        return False
    return True


def is_letter(event: QKeyEvent) -> bool:
    """True for whatever can stand in an id."""
    is_command = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    return bool(event.text()) and event.text().isprintable() and not is_command


def destination(key: int, position: int, layout: GridLayout, page_lines: int) -> int:
    """Where a key leads from a position; -1: nowhere. From nowhere it leads to the first tile."""
    if key == Qt.Key.Key_Home:
        return 0
    if key == Qt.Key.Key_End:
        return layout.count - 1
    pages: dict[int, tuple[int, int]] = {
        Qt.Key.Key_PageUp: (0, -page_lines),
        Qt.Key.Key_PageDown: (0, page_lines),
    }
    step = _STEPS.get(key, pages.get(key))
    if step is None:
        return NOWHERE
    return 0 if position == NOWHERE else layout.stepped(position, *step)
