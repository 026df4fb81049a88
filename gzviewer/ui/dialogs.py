"""Small dialogs: an error with its remedy, what the program is, the key sheet, and which column plays which part."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.errors import UserError
from gzviewer.ui.actions import VIEW_KEYS, ActionSpec

RECOGNISED_BY_NAME = "as recognised by name and unit"
AS_RECOGNISED = "as recognised from the columns"


def show_error(error: Exception, parent: QWidget) -> QMessageBox:
    """Say what is wrong and what to do; does not block. Anything but a `UserError` is said to be our mistake."""
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
        box.setInformativeText("A report was written; please send it to the developers.")
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
    rows = [(spec.menu, spec.keys, spec.text.rstrip("…").replace("&", "")) for spec in specs if spec.keys]
    cells = "".join(
        f"<tr><td style='padding-right:16px'>{place}</td><td style='padding-right:16px'><b>{keys}</b></td><td>{text}</td></tr>"
        for place, keys, text in (*rows, *VIEW_KEYS)
    )
    return f"<h3>Keys and gestures</h3><table cellspacing='3'>{cells}</table>"


class RolesDialog(QDialog):
    """Which column is the id, which the position, which leads to the image; and what the reader decided by itself."""

    def __init__(
        self, catalog: Catalog, notes: Sequence[str], schemas: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Columns of {catalog.name}")
        self.setMinimumWidth(520)
        self._boxes = {
            part: _column_box(catalog.column_names, getattr(catalog.roles, part))
            for part in ("id", "ra", "dec", "image")
        }
        self._folder = QLineEdit(catalog.roles.image_folder)
        self._schema = QComboBox()
        self._schema.addItems([AS_RECOGNISED, *schemas])
        self._schema.setCurrentText(catalog.roles.votes_schema or AS_RECOGNISED)
        form = QFormLayout()
        for part, words in (
            ("id", "Galaxy id"),
            ("ra", "Right ascension"),
            ("dec", "Declination"),
            ("image", "Image path"),
        ):
            form.addRow(words, self._boxes[part])
        form.addRow("Image folder", self._folder_row())
        form.addRow("Tree of the votes", self._schema)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for note in notes:
            label = QLabel(note)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("quiet", True)
            label.setWordWrap(True)
            column.addWidget(label)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def roles(self) -> Roles:
        """What the person chose."""
        chosen = {
            part: "" if box.currentIndex() == 0 else box.currentText() for part, box in self._boxes.items()
        }
        schema = "" if self._schema.currentIndex() == 0 else self._schema.currentText()
        return Roles(**chosen, image_folder=self._folder.text().strip(), votes_schema=schema)

    def _folder_row(self) -> QHBoxLayout:
        self._folder.setPlaceholderText("where images are looked for, by path or by id")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_folder)
        row = QHBoxLayout()
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        return row

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Where are the images?", self._folder.text())
        if folder:
            self._folder.setText(folder)


def _column_box(names: tuple[str, ...], chosen: str) -> QComboBox:
    box = QComboBox()
    box.addItems([RECOGNISED_BY_NAME, *names])
    box.setCurrentIndex(names.index(chosen) + 1 if chosen in names else 0)
    return box
