"""The room of the gallery: which order, how large, and the tiles."""

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.session.captions import Captions
from gzviewer.session.session import Session
from gzviewer.ui.gallery import TILE_SIZES, Gallery
from gzviewer.ui.theme import Icons, Theme

AS_IN_FILE = "catalog order"


class GalleryPane(QWidget):
    """A `Gallery` under a line that sorts it and sizes its tiles."""

    def __init__(
        self, session: Session, *, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._filtering, self._icons = session.filtering, icons
        self._captions = Captions(session.catalog, session.columns, self)
        self.gallery = Gallery(
            session.filtering, session.selection, session.images, self._captions, theme, self
        )
        self._order = _order_box(session.columns.names)
        self._order.activated.connect(self._sort)
        self._direction = QToolButton()
        self._direction.setAutoRaise(True)
        self._direction.setCheckable(True)
        self._direction.setIconSize(QSize(14, 14))
        self._direction.setAccessibleName("Sort direction")
        self._direction.clicked.connect(self._sort)
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(*TILE_SIZES)
        self._size.setValue(self.gallery.tile_size)
        self._size.setMaximumWidth(96)
        self._size.setToolTip("Size of the pictures (Ctrl + wheel)")
        self._size.setAccessibleName("Size of the pictures")
        self._size.valueChanged.connect(self.gallery.set_tile_size)
        self.gallery.tile_size_changed.connect(self._size.setValue)
        session.filtering.changed.connect(self._follow)
        self._to_front = QTimer(self, singleShot=True, interval=0)
        self._to_front.timeout.connect(self._show_front)
        self._set_out()
        self.set_theme(theme)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self._theme = theme
        self.gallery.set_theme(theme)
        self._follow()

    def _set_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 6, 8, 6)
        label = QLabel("sorted by")
        label.setProperty("quiet", True)
        head.addWidget(label)
        head.addWidget(self._order, 1)
        head.addWidget(self._direction)
        head.addWidget(self._size)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.gallery, 1)

    def _sort(self, _what: object = None) -> None:
        column = self._order.currentText()
        known = self._order.findText(column) > 0
        self._filtering.sort_by(column if known else "", descending=self._direction.isChecked())

    def _follow(self) -> None:
        """Show the order that is in force, whoever chose it."""
        column, descending = self._filtering.sort_column, self._filtering.is_descending
        self._order.setCurrentText(column or AS_IN_FILE)
        self._captions.set_column(column)
        self._direction.setChecked(descending)
        self._direction.setEnabled(bool(column))
        self._direction.setIcon(
            self._icons.icon("ui/expand" if descending else "ui/collapse", self._theme.text, 14)
        )
        self._direction.setToolTip("Highest first" if descending else "Lowest first")
        self._to_front.start()

    def _show_front(self) -> None:
        """The beginning of a long column name says more than its end."""
        line = self._order.lineEdit()
        if line is not None:
            line.setCursorPosition(0)


def _order_box(names: tuple[str, ...]) -> QComboBox:
    """A box that can be typed into: a catalog may have hundreds of columns."""
    box = QComboBox()
    box.addItems([AS_IN_FILE, *names])
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    box.setToolTip("Sort the gallery by any column: type a part of its name")
    box.setAccessibleName("Sort the gallery by")
    completer = QCompleter(box.model(), box)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    box.setCompleter(completer)
    for popup in (completer.popup(), box.view()):
        if popup is not None:
            popup.setMinimumWidth(360)
    return box
