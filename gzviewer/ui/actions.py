"""The one table of what a person can do: name, words, shortcut, icon, handler. Menus and the key sheet are made of it.

The dispatcher is where a `UserError` of a command the person gave is caught and shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from gzviewer.core.errors import UserError
from gzviewer.ui.theme import Icons, Theme


@dataclass(frozen=True)
class ActionSpec:
    """One action. `menu` is the menu it stands in, `keys` its shortcut in Qt's portable words ("Ctrl+O"), both may be empty."""

    name: str
    text: str
    handler: Callable[[], None]
    menu: str = ""
    keys: str = ""
    icon: str = ""
    tip: str = ""


VIEW_KEYS = (
    ("Gallery", "arrows, Home, End, Page Up/Down", "move to another galaxy"),
    ("Anywhere", "arrows, n, p", "next, previous galaxy"),
    ("Anywhere", "Ctrl+I", "what the model sees of the galaxy, and which part of the image"),
    ("Gallery", "Shift + arrows, Ctrl+A, Space", "select galaxies"),
    ("Gallery", "letters and digits", "jump to the galaxy id that begins so"),
    ("Gallery", "Ctrl + wheel", "larger or smaller pictures"),
    ("Image", "wheel, + and -", "zoom about the cursor"),
    ("Image", "left drag", "move the image"),
    ("Image", "0 or double click, 1", "fit to the pane, one to one"),
    ("Image", "right drag (FITS)", "contrast up and down, bias left and right"),
    ("Tree", "click a question", "fold or unfold it"),
    ("Tree", "click an answer", "a menu: sort the gallery by it, copy its figures"),
    ("Tree", "+, -", "unfold everything, fold what hardly anybody is asked"),
)


class ActionTable(QObject):
    """`QAction`s made of the specs; a handler's `UserError` comes out as `failed`."""

    failed = Signal(object)  # UserError

    def __init__(self, specs: Iterable[ActionSpec], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.specs = tuple(specs)
        self._actions: dict[str, QAction] = {}
        self._icon_names = {spec.name: spec.icon for spec in self.specs if spec.icon}
        self._drawn_with: tuple[Theme, Icons] | None = None
        for spec in self.specs:
            action = QAction(spec.text, self)
            action.setShortcut(QKeySequence(spec.keys))
            action.setToolTip(f"{spec.tip or spec.text.rstrip('…')}{f' ({spec.keys})' if spec.keys else ''}")
            action.triggered.connect(_Dispatcher(spec.handler, self).run)
            self._actions[spec.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def of_menu(self, menu: str) -> list[QAction]:
        """The actions of one menu, in the order of the table."""
        return [self._actions[spec.name] for spec in self.specs if spec.menu == menu]

    @property
    def menus(self) -> tuple[str, ...]:
        """Menu names in the order in which the table first names them."""
        return tuple(dict.fromkeys(spec.menu for spec in self.specs if spec.menu))

    def set_theme(self, theme: Theme, icons: Icons) -> None:
        """Give the actions icons in the colours of the theme."""
        self._drawn_with = theme, icons
        for name in self._icon_names:
            self._draw(name)

    def set_icon(self, name: str, icon: str) -> None:
        """Show another icon for an action from now on: what it does has changed."""
        if self._icon_names.get(name) != icon:
            self._icon_names[name] = icon
            self._draw(name)

    def _draw(self, name: str) -> None:
        if self._drawn_with is not None:
            theme, icons = self._drawn_with
            self._actions[name].setIcon(icons.icon(f"ui/{self._icon_names[name]}", theme.text))


class _Dispatcher(QObject):
    """Runs one handler and lets its `UserError` be shown."""

    def __init__(self, handler: Callable[[], None], table: ActionTable) -> None:
        super().__init__(table)
        self._handler = handler
        self._table = table

    def run(self) -> None:
        try:
            self._handler()
        except UserError as error:
            self._table.failed.emit(error)
