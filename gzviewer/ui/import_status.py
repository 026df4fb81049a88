"""One line about the models that are being added: how far the first is, how it was read, or why it could not be."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from gzviewer.core.errors import UserError
from gzviewer.jobs.import_requests import ImportResult
from gzviewer.session.jobs import JobHandle, JobState
from gzviewer.session.models import CORRECT
from gzviewer.ui.hub_dialog import size_in_words
from gzviewer.ui.theme import Theme

BAR_WIDTH = 160


class ImportStatus(QWidget):
    """Hidden until the first job is given to it. Of several it tells of the one that runs, then of the next."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._handles: list[JobHandle] = []
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._cancel = QPushButton("Cancel")
        self._cancel.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._words, self._bar, self._cancel):
            row.addWidget(widget)
        self._cancel.clicked.connect(self._give_up)
        self.hide()

    @property
    def is_busy(self) -> bool:
        """True while a model is being added."""
        return any(not handle.state.is_ending for handle in self._handles)

    @property
    def _handle(self) -> JobHandle | None:
        """The first that has not ended, else the last that did."""
        going_on = [handle for handle in self._handles if not handle.state.is_ending]
        return next(iter([*going_on, *reversed(self._handles)]), None)

    def watch(self, handle: JobHandle) -> None:
        """Tell of this job too from now on; one after the other, as they run."""
        self._handles = [*(other for other in self._handles if not other.state.is_ending), handle]
        handle.state_changed.connect(self._redraw)
        handle.progressed.connect(self._redraw)
        self.show()
        handle.is_told = self.isVisible()
        self._redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """What fails from now on is told here."""
        super().showEvent(event)
        for handle in self._handles:
            handle.is_told = True

    def hideEvent(self, event: QHideEvent) -> None:
        """And from now on elsewhere."""
        super().hideEvent(event)
        for handle in self._handles:
            handle.is_told = False

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self._redraw()

    def _give_up(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _redraw(self, _what: object = None) -> None:
        handle = self._handle
        if handle is None:
            return
        progress = handle.progress
        self._bar.setVisible(self.is_busy)
        self._bar.setRange(0, 1000 if progress.total else 0)
        self._bar.setValue(round(1000 * progress.done / progress.total) if progress.total else 0)
        self._cancel.setVisible(self.is_busy and handle.state is not JobState.STOPPING)
        failed = [other for other in self._handles if other.state is JobState.FAILED and other is not handle]
        waiting = sum(not other.state.is_ending for other in self._handles) - 1
        more = f" · {waiting} more after it" if waiting > 0 else ""
        self._words.setText("\n".join([*map(words_of, failed), words_of(handle) + more]))
        is_bad = bool(failed) or handle.state is JobState.FAILED
        self._words.setStyleSheet(f"color: {self._theme.danger if is_bad else self._theme.text};")


def words_of(handle: JobHandle) -> str:
    """Where the adding of a model stands."""
    progress, result = handle.progress, handle.result
    match handle.state:
        case JobState.FAILED:
            error = handle.error
            return str(error) if isinstance(error, UserError) else f"A bug: {type(error).__name__}: {error}"
        case JobState.CANCELLED:
            return f"{handle.title}: cancelled."
        case JobState.FINISHED if isinstance(result, ImportResult):
            how = "was there already" if result.was_there else "was added"
            name = handle.title.removeprefix(CORRECT)
            guessed = " How it was read stands above; Correct… what is wrong." if result.read_as else ""
            is_corrected = name != handle.title and not result.was_there
            return f"{name} was corrected.{guessed}" if is_corrected else f"{result.name} {how}.{guessed}"
    if progress.total:
        return f"{handle.title}: {size_in_words(progress.done)} of {size_in_words(progress.total)}"
    return f"{handle.title}: {progress.note or 'starting'} …"
