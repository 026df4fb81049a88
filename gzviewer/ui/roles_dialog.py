"""Which column is the id, which the position, which leads to the image, whose votes there are; and what was decided unasked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.votes import IN_WORDS
from gzviewer.ui.choice_box import choice_box

PARTS = (("id", "Galaxy id"), ("ra", "Right ascension"), ("dec", "Declination"), ("image", "Image path"))
WHOSE = {"": "as recognised", "volunteers": "volunteers' votes", "model": "the predictions of a model"}
NONE_RECOGNISED = "none recognised"
EXAMPLE_LENGTH = 24
MANY_COLUMNS = 60
"""Of a catalog with more columns none is loaded just to show an example."""


class RolesDialog(QDialog):
    """Starts from what is in force; `roles` is what the person chose.

    Parameters
    ----------
    notes
        What the reader decided by itself.
    schemas
        Name and title of every tree that votes can be read as.
    kinds
        The kinds of fractions that the catalog holds.
    """

    def __init__(
        self,
        catalog: Catalog,
        notes: Sequence[str],
        schemas: Sequence[tuple[str, str]],
        kinds: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        roles = catalog.roles
        self.setWindowTitle(f"Columns of {catalog.name}")
        self.setMinimumWidth(560)
        columns = [(name, _with_example(catalog, name)) for name in catalog.column_names]
        self._boxes = {
            part: choice_box([("", NONE_RECOGNISED), *columns], getattr(roles, part)) for part, _ in PARTS
        }
        self._folder = QLineEdit(roles.image_folder)
        self._schema = choice_box([("", "as recognised"), *schemas], roles.votes_schema)
        self._kind = choice_box(
            [("", "as recognised"), *((kind, IN_WORDS[kind]) for kind in kinds)], roles.votes_kind
        )
        self._whose = choice_box(list(WHOSE.items()), roles.votes_are)
        self._set_out(notes, has_votes=bool(kinds))

    @property
    def roles(self) -> Roles:
        """What the person chose."""
        chosen = {part: str(box.currentData()) for part, box in self._boxes.items()}
        return Roles(
            **chosen,
            image_folder=self._folder.text().strip(),
            votes_schema=str(self._schema.currentData()),
            votes_kind=str(self._kind.currentData()),
            votes_are=str(self._whose.currentData()),
        )

    def _set_out(self, notes: Sequence[str], *, has_votes: bool) -> None:
        form = QFormLayout()
        for part, words in PARTS:
            form.addRow(words, self._boxes[part])
        form.addRow("Image folder", self._folder_row())
        form.addRow("Tree of the votes", self._schema)
        if has_votes:
            form.addRow("Shown of them", self._kind)
            form.addRow("They are", self._whose)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for note in notes:
            label = QLabel(note)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("quiet", True)
            label.setWordWrap(True)
            column.addWidget(label)
        both = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        buttons = QDialogButtonBox(both)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

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


def _with_example(catalog: Catalog, name: str) -> str:
    """A column's name and its first value: a file without a header calls them column_1, column_2 ..."""
    if len(catalog.columns) > MANY_COLUMNS or not len(catalog):
        return name
    text = str(catalog.column(name)[0])
    return f"{name}   ({text if len(text) <= EXAMPLE_LENGTH else text[:EXAMPLE_LENGTH] + '…'})"
