"""The catalogs opened last, as a menu; each is opened with the columns and image folder that were chosen for it."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gzviewer.session.desk import Desk


class RecentMenu(QMenu):
    """Follows the settings of a `Desk`."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("Open recent", parent)
        self._desk = desk
        self.triggered.connect(self._open)
        desk.settings_changed.connect(self._redraw)
        self._redraw()

    def _redraw(self) -> None:
        self.clear()
        for path in self._desk.settings.recent:
            self.addAction(path).setData(path)
        self.setEnabled(bool(self._desk.settings.recent))

    def _open(self, action: QAction) -> None:
        self._desk.open(str(action.data()))
