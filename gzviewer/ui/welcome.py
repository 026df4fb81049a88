"""The empty desk: three doors, the recent files, and how far the opening has come."""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from gzviewer.ui.theme import Icons, Theme, font_of_size

DOORS = (
    ("open_folder", "Open a folder", "FITS, PNG, JPEG or TIFF cutouts,\nfolders within it too"),
    ("open_catalog", "Open a catalog", "CSV, Parquet or FITS table,\nwith a path column or ids"),
    ("open_sample", "Look at the sample", "simulated galaxies that\ncome with the program"),
)

HINT = "Choose one of these, or drop a file or folder anywhere in this window."


class Welcome(QWidget):
    """Shown while no catalog is open. `door` gives the action behind a name of `DOORS`."""

    def __init__(
        self,
        door: Callable[[str], QAction],
        open_recent: Callable[[str], None],
        *,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_recent = open_recent
        self._icons = icons
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.addStretch(2)
        self._title = _centred("Which galaxies shall we look at?", 20)
        self._hint = _centred(HINT, 13)
        self._hint.setProperty("quiet", True)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(24)
        row = QHBoxLayout()
        row.addStretch(1)
        self._doors = [self._door(door(name), words) for name, *words in DOORS]
        width = max(button.sizeHint().width() for button in self._doors)
        for button in self._doors:
            button.setFixedWidth(width)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(24)
        self._recent = QVBoxLayout()
        column.addLayout(self._recent)
        column.addStretch(3)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw the doors' icons in this theme's colours."""
        for button, name in zip(self._doors, ("open-folder", "open-catalog", "sample"), strict=True):
            button.setIcon(self._icons.icon(f"ui/{name}", theme.model, 40))

    def set_recent(self, paths: Sequence[str]) -> None:
        """List the catalogs opened last, newest first."""
        while (item := self._recent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        if paths:
            heading = _centred("Recent", 11)
            heading.setProperty("quiet", True)
            self._recent.addWidget(heading)
        for path in paths[:6]:
            button = QPushButton(_shortened(path))
            button.setFlat(True)
            button.setToolTip(path)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _checked, path=path: self._open_recent(path))
            self._recent.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)

    def set_opening(self, name: str) -> None:
        """Say what is being opened; "" when nothing is."""
        self._title.setText(f"Opening {name} …" if name else "Which galaxies shall we look at?")
        self._hint.setText("" if name else HINT)
        for button in self._doors:
            button.setEnabled(not name)

    def _door(self, action: QAction, words: list[str]) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(40, 40))
        button.setText("\n\n".join(words))
        button.setToolTip(action.toolTip())
        button.setMinimumSize(QSize(208, 152))
        button.clicked.connect(action.trigger)
        return button


def _centred(text: str, size: int) -> QLabel:
    label = QLabel(text)
    label.setFont(font_of_size(size))
    label.setStyleSheet(f"font-size: {size}px;")
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    label.setWordWrap(True)
    return label


def _shortened(path: str) -> str:
    """The last three parts of a path: enough to tell files apart."""
    parts = PurePath(path).parts
    return path if len(parts) <= 4 else str(PurePath("…", *parts[-3:]))
