"""The room of the gallery: which order, how large, and the tiles."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QSlider,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.session.captions import Captions
from gzviewer.session.session import Session
from gzviewer.ui.gallery import TILE_SIZES, Gallery
from gzviewer.ui.theme import Icons, Theme

AS_IN_FILE = "catalog order"
SHORT = Qt.ItemDataRole.UserRole + 1  # where an item keeps its name without whose it is
POPUP_WIDTH = 440


class GalleryPane(QWidget):
    """A `Gallery` under a line that sorts it and sizes its tiles."""

    def __init__(
        self, session: Session, *, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._filtering, self._sorting, self._icons = session.filtering, session.sorting, icons
        self._columns, self._own_names = session.columns, session.catalog.column_names
        self._captions = Captions(session.catalog, session.columns, self)
        self.gallery = Gallery(
            session.filtering, session.selection, session.images, self._captions, theme, self
        )
        self._order = _order_box()
        self._offered: Mapping[str, Sequence[str]] = {}
        self._offer()
        session.columns.changed.connect(self._offer)
        self._order.activated.connect(self._sort)
        line = self._order.lineEdit()
        assert line is not None, "an editable box has a line to type into"
        line.editingFinished.connect(self._sort_if_typed)
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
        session.sorting.changed.connect(self._follow)
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
        order = QHBoxLayout()
        order.setSpacing(8)
        label = QLabel("sorted by")
        label.setProperty("quiet", True)
        order.addWidget(label)
        order.addWidget(self._order, 1)
        order.addWidget(self._direction)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._size)
        order.setContentsMargins(8, 6, 8, 6)
        foot.setContentsMargins(8, 4, 8, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(order)
        column.addWidget(self.gallery, 1)
        column.addLayout(foot)

    def _sort_if_typed(self) -> None:
        """Leaving the box without having typed must not sort again."""
        if self._order.currentText() != (self._sorting.wanted[0] or AS_IN_FILE):
            self._sort()

    def _sort(self, _what: object = None) -> None:
        """Sort by the column that is named in the box; what is no column leaves the order as it is."""
        typed = self._order.currentText()
        column = self._named(typed)
        if column or typed == AS_IN_FILE:
            self._sorting.sort_by(column, descending=self._direction.isChecked())
        self._follow()

    def _offer(self) -> None:
        """Fill the box with what there is to sort by, if that is something else than before."""
        own = {"of the catalog": self._own_names} if self._own_names else {}
        offered: Mapping[str, Sequence[str]] = {**self._columns.prediction_groups, **own}
        if offered == self._offered:
            return
        self._offered = offered
        shown = self._order.currentText()
        _fill(self._order, offered, self._columns.own_name)
        self._order.setCurrentText(shown or AS_IN_FILE)

    def _named(self, typed: str) -> str:
        """The column of that name, in whatever letter case, else the first that has the text in it; "" where none has."""
        names = [name for group in self._offered.values() for name in group]
        exact = [name for name in names if name.lower() == typed.lower()]
        partly = [name for name in names if typed and typed.lower() in name.lower()]
        return next(iter([*exact, *partly]), "") if typed != AS_IN_FILE else ""

    def _follow(self) -> None:
        """Show the order that is wanted, whoever chose it; the tiles show the values of the one in force."""
        column, descending = self._sorting.wanted
        self._order.setCurrentText(column or AS_IN_FILE)
        self._order.setToolTip(f"Sorted by {column or AS_IN_FILE}: type a part of any column's name")
        self._captions.set_column(self._filtering.sort_column)
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


def _order_box() -> QComboBox:
    """A box that can be typed into, as a catalog may have hundreds of columns."""
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    box.setMaxVisibleItems(24)
    box.setAccessibleName("Sort the gallery by")
    box.setItemDelegate(_ShortNames(box))
    return box


class _ShortNames(QStyledItemDelegate):
    """Draws columns by their short names: whose they are stands in the heading above them."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Leave out the middle of what does not fit: names end in what they tell of."""
        super().initStyleOption(option, index)
        option.text = index.data(SHORT) or option.text
        option.textElideMode = Qt.TextElideMode.ElideMiddle


def _fill(box: QComboBox, offered: Mapping[str, Sequence[str]], short: Callable[[str], str]) -> None:
    """Columns under headings that cannot be chosen; a part of any name can be typed."""
    box.clear()
    box.addItem(AS_IN_FILE)
    for heading, names in offered.items():
        box.addItem(f"— {heading} —")
        cast(QStandardItemModel, box.model()).item(box.count() - 1).setEnabled(False)
        for name in names:
            box.addItem(name)
            box.setItemData(box.count() - 1, short(name), SHORT)
            box.setItemData(box.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
    completer = QCompleter([AS_IN_FILE, *(name for names in offered.values() for name in names)], box)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    box.setCompleter(completer)
    for popup in (completer.popup(), box.view()):
        if popup is not None:
            popup.setMinimumWidth(POPUP_WIDTH)
            popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
