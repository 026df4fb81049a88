"""The list of models on the screen: lines that are chosen whole, broken ones with their sentence across."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gzviewer.session.models import Entry, Manifest
from gzviewer.ui.models_table import COLUMNS, ModelsTable

ROW_HEIGHT = 28
PADDING = 20


class ModelsView(QTableView):
    """Shows a `ModelsTable`; the chosen model stays chosen when the table is read again."""

    def __init__(self, table: ModelsTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._name_before = ""
        self._is_laid_out = False
        self.setModel(table)
        self.setItemDelegate(_KeepsColour(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names are told apart by their ends
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Installed models")
        self.setStyleSheet("QTableView::item { padding: 0 5px; }")  # as far in as the headings
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        start = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self.horizontalHeader().setDefaultAlignment(start)
        self.horizontalHeader().setHighlightSections(False)
        self._widen()
        table.modelAboutToBeReset.connect(self._note_chosen)
        table.modelReset.connect(self._choose_again)
        self._span_broken()

    @property
    def chosen(self) -> Entry | None:
        """The model of the line that is chosen."""
        return self._table.entry(self.currentIndex().row())

    def choose(self, name: str) -> None:
        """Choose the line of the model of that name or folder, or the first one."""
        index = self._table.index(max(0, self._table.row_of(name)), 0)
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, how)
        self.scrollTo(index)

    def _widen(self) -> None:
        """No column is wider than its words, nor so wide that it hides the others; what a person widened stays."""
        font = self.font()
        font.setBold(True)
        metrics = QFontMetrics(font)
        lines = [row for row in range(self._table.rowCount()) if isinstance(self._table.entry(row), Manifest)]
        for place, column in enumerate(COLUMNS):
            texts = [column.heading, *(self._table.index(row, place).data() for row in lines)]
            needed = min(column.width, PADDING + max(map(metrics.horizontalAdvance, texts)))
            if needed > self.columnWidth(place) or not self._is_laid_out:
                self.setColumnWidth(place, needed)
        self._is_laid_out = True

    def _span_broken(self) -> None:
        """What is wrong with a broken model is written across its line."""
        self.clearSpans()
        for row in range(self._table.rowCount()):
            if not isinstance(self._table.entry(row), Manifest):
                self.setSpan(row, 1, 1, len(COLUMNS) - 1)

    def _note_chosen(self) -> None:
        chosen = self.chosen
        self._name_before = "" if chosen is None else getattr(chosen, "name", chosen.folder.name)

    def _choose_again(self) -> None:
        self._span_broken()
        self._widen()
        self.choose(self._name_before)


class _KeepsColour(QStyledItemDelegate):
    """What is red stays red where it is chosen."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Write a chosen line in its own colour."""
        super().initStyleOption(option, index)
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if colour is not None:
            option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)
