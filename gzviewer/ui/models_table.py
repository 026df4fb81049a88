"""The table of installed models: what each answers, what it is built on, what it sees, and how fast it is here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from gzviewer.session.desk import Desk
from gzviewer.session.models import Entry, Manifest, UnusableModel, tree_title, why_not
from gzviewer.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
HASH_LENGTH = 12
IN_USE = "●"


@dataclass(frozen=True)
class Column:
    """One column: its heading, its largest first width in logical pixels, its text, and whether that is a number."""

    heading: str
    width: int
    text: Callable[[Manifest, dict[str, float]], str]
    is_number: bool = False


COLUMNS = (
    Column("Model", 320, lambda model, _: title_of(model)),
    Column("Name", 280, lambda model, _: model.name),
    Column("Answers", 260, lambda model, _: answers_of(model)),
    Column("Encoder", 180, lambda model, _: model.architecture),
    Column("Speed here", 260, lambda _, speeds: speed_in_words(speeds), is_number=True),
    Column("Parameters", 100, lambda model, _: parameters_of(model), is_number=True),
    Column("Sees", 118, lambda model, _: f"{model.side} px, {'grey' if model.channels == 1 else 'colour'}"),
    Column("Views", 170, lambda model, _: views_of(model)),
    Column("Trained on", 320, lambda model, _: str(model.training.get("data", ""))),
    Column("Licence", 110, lambda model, _: model.licence),
    Column("SHA-256", 116, lambda model, _: model.sha256[:HASH_LENGTH]),
)


def title_of(model: Manifest) -> str:
    """With the word "provisional", once."""
    is_said = not model.provisional or "provisional" in model.title.lower()
    return model.title if is_said else f"{model.title} (provisional)"


def answers_of(model: Manifest) -> str:
    """What the model answers, in a few words."""
    labels = model.label_columns
    match model.head:
        case "dirichlet" | "shares":
            return f"{tree_title(model)} · {len(labels)} answers"
        case "classes":
            return f"{len(labels)} classes: {', '.join(labels)}"
        case "none":
            return "nothing yet: an encoder"
    return f"{len(labels)} value{'s' if len(labels) > 1 else ''}: {', '.join(labels)}"


def parameters_of(model: Manifest) -> str:
    """``2.8 M``; "" where the manifest does not tell."""
    return f"{model.parameters / 1e6:,.1f} M" if model.parameters > 0 else ""


def views_of(model: Manifest) -> str:
    """How often an image goes through a network."""
    networks, views = len(model.architectures), model.views
    words = [f"{count} {what}" for count, what in ((networks, "networks"), (views, "views")) if count > 1]
    return " × ".join(words) or "1"


def speed_in_words(speeds: dict[str, float]) -> str:
    """``58 galaxies/s on cpu``, of each device; "" where none was measured."""
    return ", ".join(
        f"{round(speed, 1 if speed < 10 else None):,} galaxies/s on {device}"
        for device, speed in speeds.items()
    )


class ModelsTable(QAbstractTableModel):
    """The library of a desk as a table: one line a model, the one in use marked, broken ones in red."""

    def __init__(self, desk: Desk, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._theme = desk, theme
        self._entries: tuple[Entry, ...] = ()
        self._texts: list[tuple[str, ...]] = []
        self.read()
        desk.library.changed.connect(self.read)
        desk.settings_changed.connect(self.read)

    def read(self) -> None:
        """Show what is installed now."""
        self.beginResetModel()
        self._entries = self._desk.library.entries
        self._texts = [self._texts_of(entry) for entry in self._entries]
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.read()

    def entry(self, row: int) -> Entry | None:
        """The model of a line; None where there is no such line."""
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def row_of(self, name: str) -> int:
        """The line of the model of that name or folder; -1 where there is none."""
        names = [getattr(entry, "name", entry.folder.name) for entry in self._entries]
        return names.index(name) if name in names else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: ANN401, D102
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section].is_number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return COLUMNS[section].heading if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, D102
        entry, column = self._entries[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._texts[index.row()][column]
            case Qt.ItemDataRole.ToolTipRole:
                return why_not(entry) or self._texts[index.row()][column]
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(entry, column)
            case Qt.ItemDataRole.FontRole if column == 0 and self._is_in_use(entry):
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.TextAlignmentRole if COLUMNS[column].is_number:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _texts_of(self, entry: Entry) -> tuple[str, ...]:
        if isinstance(entry, UnusableModel):
            return entry.folder.name, str(entry.error), *([""] * (len(COLUMNS) - 2))
        speeds = self._desk.library.speeds_of(entry)
        title, *others = (column.text(entry, speeds) for column in COLUMNS)
        return (f"{IN_USE} {title}" if self._is_in_use(entry) else title, *others)

    def _colour(self, entry: Entry, column: int) -> QColor | None:
        if isinstance(entry, UnusableModel):
            return QColor(self._theme.danger)
        if column == 0:
            return QColor(self._theme.model) if self._is_in_use(entry) else None
        return QColor(self._theme.quiet) if column > LAST_OF_USE else None

    def _is_in_use(self, entry: Entry) -> bool:
        return entry == self._desk.manifest


LAST_OF_USE = [column.heading for column in COLUMNS].index("Views")
