"""The models at hand: what is installed, everything about the chosen one, and adding, correcting and removing."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gzviewer.core.errors import UserError
from gzviewer.jobs.devices import DEVICES
from gzviewer.jobs.import_requests import ImportResult
from gzviewer.session.desk import Desk
from gzviewer.session.models import Entry, Manifest, why_not
from gzviewer.ui.correct_dialog import CorrectDialog
from gzviewer.ui.dialogs import show_error
from gzviewer.ui.hub_dialog import HubDialog
from gzviewer.ui.import_status import ImportStatus
from gzviewer.ui.model_details import page_of
from gzviewer.ui.models_table import ModelsTable
from gzviewer.ui.models_view import ModelsView
from gzviewer.ui.theme import Theme

FIRST_WIDTH, FIRST_HEIGHT = 1640, 700
SUFFIXES = (".ckpt", ".pt", ".pth", ".bin", ".safetensors")
CHECKPOINTS = f"Models ({' '.join(f'*{suffix}' for suffix in SUFFIXES)} manifest.toml);;All files (*)"
HINT = "or drop a checkpoint or a folder here"
EMPTY = "<p>No model is installed. Add a checkpoint of Zoobot, an encoder, or a folder with a manifest.</p>"


class ModelsDialog(QDialog):
    """Stays open beside the window while a model is added; Enter uses the chosen model, Esc closes."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._models, self._theme = desk, desk.library, theme
        self.setWindowTitle("Models")
        self.setAcceptDrops(True)
        self._models.refresh()
        self.table = ModelsTable(desk, theme, self)
        self.view = ModelsView(self.table)
        self.details = QTextBrowser()
        self.status = ImportStatus(theme)
        self.device = QComboBox()
        self.use, self.remove, self.correct = (
            QPushButton(text) for text in ("Use this model", "Remove…", "Correct…")
        )
        self._set_out()
        self._connect()
        self._models.ask_devices()
        self._list_devices()
        for handle in self._models.adding:
            self.status.watch(handle)
        self.choose(desk.manifest.name if desk.manifest is not None else "")
        self.view.setFocus()

    @property
    def chosen(self) -> Entry | None:
        """The model of the line that is chosen."""
        return self.view.chosen

    def choose(self, name: str) -> None:
        """Choose the line of that model, or the first one."""
        self.view.choose(name)
        self._show_details()

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.table.set_theme(theme)
        self.status.set_theme(theme)
        self._show_details()

    def add(self, source: str, *, may_download: bool = False) -> None:
        """Add a file, a folder or a model of the hub; how that goes is told in the dialog."""
        self.status.watch(self._models.add(_model_of(source), may_download=may_download))

    # setting out

    def _set_out(self) -> None:
        self.details.setOpenLinks(False)
        self.details.setAccessibleName("Details of the model")
        self.details.document().setDocumentMargin(12)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(self.view)
        both.addWidget(self.details)
        both.setSizes([200, 320])
        both.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        column.addLayout(self._top_row())
        column.addWidget(both, 1)
        column.addWidget(self.status)
        column.addLayout(self._bottom_row())
        window = self.parentWidget()
        room = self.screen().availableSize() if window is None else window.size()
        self.resize(min(FIRST_WIDTH, room.width() - 40), min(FIRST_HEIGHT, room.height() - 60))

    def _top_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, handler in (
            ("Add file…", self._add_file),
            ("Add folder…", self._add_folder),
            ("Add by hub name…", self._add_of_hub),
        ):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(handler)
            row.addWidget(button)
        row.addWidget(_quiet(HINT))
        row.addStretch(1)
        row.addWidget(_quiet("Predict on"))
        self.device.setAccessibleName("Predict on")
        self.device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        row.addWidget(self.device)
        return row

    def _bottom_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        self.use.setProperty("accent", True)
        self.use.setDefault(True)
        for button in (self.remove, self.correct, close):
            button.setAutoDefault(False)
        row.addWidget(self.remove)
        row.addWidget(self.correct)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.use)
        return row

    def _connect(self) -> None:
        self.view.selectionModel().currentRowChanged.connect(lambda _new, _old: self._show_details())
        self.view.doubleClicked.connect(lambda _index: self._use())
        self.table.modelReset.connect(self._show_details)
        self.use.clicked.connect(self._use)
        self.remove.clicked.connect(self._ask_to_remove)
        self.correct.clicked.connect(self._correct)
        self.device.activated.connect(lambda _index: self._desk.choose_device(self.device.currentData()))
        self._models.devices_changed.connect(self._list_devices)
        self._models.added.connect(self._show_added)

    # following

    def _show_added(self, result: object) -> None:
        assert isinstance(result, ImportResult), f"unexpected result {result!r}"
        self.choose(result.name)

    def _show_details(self) -> None:
        entry = self.chosen
        reason = why_not(entry) if entry is not None else "No model is installed."
        if entry is not None and entry == self._desk.manifest:
            reason = "It is in use."
        self.use.setEnabled(not reason)
        self.use.setToolTip(reason or "Show and make its predictions from now on (Enter)")
        is_own = entry is not None and self._models.is_own(entry)
        self.remove.setEnabled(is_own)
        self.remove.setToolTip("" if is_own else "It comes with the program.")
        self.correct.setEnabled(is_own and isinstance(entry, Manifest))
        self.correct.setToolTip("What it is built on, what it answers, and what it sees" if is_own else "")
        speeds = self._models.speeds_of(entry) if isinstance(entry, Manifest) else {}
        self.details.setHtml(EMPTY if entry is None else page_of(entry, speeds, self._theme, is_own=is_own))

    def _list_devices(self) -> None:
        """What can be chosen; before torch has been asked, everything."""
        there = {device.kind: device for device in self._models.devices}
        self.device.clear()
        for kind, words in DEVICES.items():
            name = there[kind].name if kind in there else ""
            self.device.addItem(f"{words}: {name}" if name else words, kind)
            if there and kind not in {"auto", *there}:
                self.device.setItemText(self.device.count() - 1, f"{words}: not here")
                item = self.device.model().index(self.device.count() - 1, 0)
                self.device.model().setData(item, 0, Qt.ItemDataRole.UserRole - 1)  # cannot be chosen
        self.device.setCurrentIndex(max(0, self.device.findData(self._desk.settings.device)))

    # doing

    def _use(self) -> None:
        entry = self.chosen
        if isinstance(entry, Manifest) and not why_not(entry):
            self._desk.choose_model(entry.name)
            self.accept()

    def _add_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Add a model", "", CHECKPOINTS)
        if path:
            self.add(path)

    def _add_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Add the folder of a model")
        if path:
            self.add(path)

    def _add_of_hub(self) -> None:
        dialog = HubDialog(self._models, self._theme, self)
        dialog.accepted.connect(lambda: self.add(dialog.source, may_download=dialog.may_download))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _correct(self) -> None:
        model = self.chosen
        if not isinstance(model, Manifest):
            return
        caution = self._breaks_off(model, "Correcting it")
        dialog = CorrectDialog(model, self._desk.schema_titles, self, caution=caution)
        dialog.accepted.connect(lambda: self._take_corrections(model, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_corrections(self, model: Manifest, dialog: CorrectDialog) -> None:
        try:
            handle = self._models.correct(model, dialog.said, dialog.recipe)
        except UserError as error:
            show_error(error, self)
            return
        if handle is not None:
            self.status.watch(handle)

    def _ask_to_remove(self) -> None:
        entry = self.chosen
        if entry is None:
            return
        name = getattr(entry, "name", entry.folder.name)  # two models may have one title
        box = QMessageBox(QMessageBox.Icon.Question, "Models", f"Remove {name}?", parent=self)
        caution = self._breaks_off(entry, "Removing it")
        box.setInformativeText(f"Its weights are deleted. What it predicted stays. {caution}".strip())
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        remove.clicked.connect(lambda: self._remove(entry))
        box.open()

    def _breaks_off(self, entry: Entry, doing: str) -> str:
        """What a person should know before changing the model that is predicting; "" of any other."""
        session = self._desk.session
        if session is None or session.manifest != entry or session.prediction_job is None:
            return ""
        is_over = session.prediction_job.state.is_ending
        return "" if is_over else f"It is predicting now. {doing} stops that."

    def _remove(self, entry: Entry) -> None:
        try:
            self._models.remove(entry)
        except UserError as error:
            show_error(error, self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Checkpoints and folders may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add everything that was dropped, one after the other."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        for path in paths:
            self.add(path)
        if paths:
            event.acceptProposedAction()


def is_model_file(path: str) -> bool:
    """True for a file whose name says that it is a model, or what is told of one."""
    name = Path(path).name.lower()
    return name.endswith(SUFFIXES) or name == "manifest.toml"


def _model_of(path: str) -> str:
    """The folder, where a manifest is named."""
    return str(Path(path).parent) if Path(path).name == "manifest.toml" else path


def _quiet(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("quiet", True)
    return label
