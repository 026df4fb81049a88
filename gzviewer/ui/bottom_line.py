"""The line at the bottom: what is saved, what is running and how long still, what went wrong."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QToolButton, QWidget

from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobHandle, JobState
from gzviewer.session.session import Session
from gzviewer.ui.actions import ActionTable
from gzviewer.ui.elided_label import ElidedLabel
from gzviewer.ui.jobs_panel import in_words


class BottomLine(QStatusBar):
    """Follows the prediction of the open session, else the newest other job; and the store of the session."""

    def __init__(self, desk: Desk, actions: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._saved, self._running = QLabel(), ElidedLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setMinimumWidth(64)
        self._buttons = [_button(actions, name) for name in ("pause", "cancel")]
        self._notes, self._unreadable = QPushButton(), QPushButton()
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self._saved)
        self.addWidget(self._running, 2)
        self.addWidget(self._bar, 1)
        for button in self._buttons:
            self.addWidget(button)
        for flat in (self._unreadable, self._notes):
            flat.setFlat(True)
            self.addPermanentWidget(flat)
        desk.session_changed.connect(self._follow_session)
        desk.attaching.attached.connect(self._redraw)
        desk.runner.submitted.connect(self._follow_job)
        self._redraw()

    @property
    def notes_button(self) -> QPushButton:
        """Says how many remarks there are about the catalog; the window decides what a click opens."""
        return self._notes

    @property
    def unreadable_button(self) -> QPushButton:
        """Says how many galaxies could not be read; the window decides what a click opens."""
        return self._unreadable

    def _follow_session(self, session: Session | None) -> None:
        if session is not None and session.predictions is not None:
            session.predictions.changed.connect(self._redraw)
        self._redraw()

    def _follow_job(self, handle: JobHandle) -> None:
        handle.progressed.connect(self._redraw)
        handle.state_changed.connect(self._redraw)
        self._redraw()

    @property
    def _job(self) -> JobHandle | None:
        """The one to tell of: what Pause and Cancel act on, else what a person waits for longest, else what was last."""
        active, session = self._desk.runner.active, self._desk.session
        prediction = None if session is None else session.prediction_job
        if prediction is not None and not prediction.state.is_ending:
            return prediction
        long = [handle for handle in active if not handle.is_brief]
        return next(reversed(long or active or self._desk.runner.handles), None)

    def _redraw(self, _what: object = None) -> None:
        session, job = self._desk.session, self._job
        predictions = None if session is None else session.predictions
        self._saved.setText("Ready")
        if session is not None and predictions is not None:
            self._saved.setText(
                f"● Saved: {predictions.predicted_count:,} of {len(session.catalog):,} predicted"
            )
        needs_words = job is not None and not (job.is_brief and job.state is JobState.FINISHED)
        self._running.setText(_words_of(job) if job is not None and needs_words else "")
        is_running = job is not None and not job.state.is_ending
        self._bar.setVisible(is_running)
        for button in self._buttons:
            button.setVisible(is_running and session is not None and job is session.prediction_job)
        if job is not None:
            self._bar.setRange(0, job.progress.total)
            self._bar.setValue(job.progress.done)
        failed = 0 if predictions is None else predictions.failed_count
        self._unreadable.setVisible(failed > 0)
        self._unreadable.setText(f"{failed:,} unreadable ▸")
        notes = () if session is None else session.notes
        self._notes.setVisible(bool(notes))
        self._notes.setText(f"{len(notes)} remark{'' if len(notes) == 1 else 's'} on the catalog ▸")


def _words_of(job: JobHandle) -> str:
    """Title and state; what is told elsewhere already is not told at length."""
    is_told = job.is_told and job.state is JobState.FAILED
    return f"{job.title}: {'failed' if is_told else in_words(job)}"


def _button(actions: ActionTable, name: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[name])
    button.setAutoRaise(True)
    button.setIconSize(QSize(14, 14))
    return button
