"""The galaxies of the open catalog that could not be read, and why; a click shows one."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gzviewer.jobs.requests import Problem

GALAXY_ID = Qt.ItemDataRole.UserRole


class ProblemList(QListWidget):
    """One line a problem. `show_galaxy` is told the id of the galaxy that was clicked."""

    def __init__(
        self, problems: Iterable[Problem], show_galaxy: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._show_galaxy = show_galaxy
        self.setAccessibleName("Galaxies that could not be read")
        self.add(problems)
        self.itemActivated.connect(self._show)
        self.itemClicked.connect(self._show)

    def add(self, problems: Iterable[Problem]) -> None:
        """List these too."""
        for problem in problems:
            item = QListWidgetItem(f"{problem.id}: {problem.why}")
            item.setData(GALAXY_ID, problem.id)
            item.setToolTip(problem.image)
            self.addItem(item)

    def _show(self, item: QListWidgetItem) -> None:
        self._show_galaxy(str(item.data(GALAXY_ID)))


class ProblemsDialog(QDialog):
    """Stays open beside the window while the person looks at one after the other."""

    def __init__(
        self, problems: Iterable[Problem], show_galaxy: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Galaxies that could not be read")
        self.resize(560, 320)
        words = QLabel("The model left these out. Mend or replace their files, then predict again.")
        words.setProperty("quiet", True)
        words.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(ProblemList(problems, show_galaxy), 1)
        column.addWidget(buttons)
