"""What can be done with one answer of the tree: sort the gallery by it, copy its figures."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget


class SortBy(Protocol):
    """Sorts the gallery by a column: `gzviewer.session.session.Session.sort_by`."""

    def __call__(self, column: str, *, descending: bool = False) -> None:
        """Sort, ascending unless told otherwise."""
        ...


class AnswerMenu(QMenu):
    """One menu for every answer.

    `column_of` names the column that is sorted by of a label column, "" where there is none; `figures_of` says what is copied.
    """

    def __init__(
        self,
        column_of: Callable[[str], str],
        sort_by: SortBy,
        figures_of: Callable[[str], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._column_of, self._sort_by, self._figures_of = column_of, sort_by, figures_of
        self._label = ""
        self._highest = self.addAction("Sort the gallery by this answer, highest first")
        self._lowest = self.addAction("Sort the gallery by this answer, lowest first")
        self._copy = self.addAction("Copy these figures")
        self._highest.triggered.connect(self._sort_highest)
        self._lowest.triggered.connect(self._sort_lowest)
        self._copy.triggered.connect(self._copy_figures)

    def offer(self, label: str, where: QPoint) -> None:
        """Open at a point of the screen for the answer of this label column."""
        self._label = label
        can_sort = bool(self._column_of(label))
        self._highest.setEnabled(can_sort)
        self._lowest.setEnabled(can_sort)
        self.popup(where)

    def _sort_highest(self) -> None:
        self._sort_by(self._column_of(self._label), descending=True)

    def _sort_lowest(self) -> None:
        self._sort_by(self._column_of(self._label))

    def _copy_figures(self) -> None:
        QGuiApplication.clipboard().setText(self._figures_of(self._label))
