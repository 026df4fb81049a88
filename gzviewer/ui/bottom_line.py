"""The line at the bottom: what is saved, what is running and how long still, what went wrong."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobHandle, JobState
from gzviewer.session.session import Session
from gzviewer.ui.jobs_panel import in_words


class BottomLine(QStatusBar):
    """Follows the newest job and the store of the open session."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job: JobHandle | None = None
        self._saved, self._running = QLabel(), QLabel()
        self._running.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setMinimumWidth(160)
        self._notes, self._unreadable = QPushButton(), QPushButton()
        self._notes.setFlat(True)
        self._unreadable.setFlat(True)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self._saved)
        self.addWidget(self._running)
        self.addWidget(self._bar, 1)
        self.addPermanentWidget(self._unreadable)
        self.addPermanentWidget(self._notes)
        desk.session_changed.connect(self._follow_session)
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
        self._job = handle
        handle.progressed.connect(self._redraw)
        handle.state_changed.connect(self._redraw)
        self._redraw()

    def _redraw(self, _what: object = None) -> None:
        session, job = self._desk.session, self._job
        predictions = None if session is None else session.predictions
        if session is not None and predictions is not None:
            done, total = predictions.predicted_count, len(session.catalog)
            self._saved.setText(f"● Saved: {done:,} of {total:,} predicted")
        else:
            self._saved.setText("Ready")
        failed = 0 if predictions is None else predictions.failed_count
        self._unreadable.setVisible(failed > 0)
        self._unreadable.setText(f"{failed:,} unreadable ▸")
        is_over = job is None or job.state.is_ending
        worth_saying = job is not None and (not is_over or job.state in (JobState.FAILED, JobState.CANCELLED))
        self._running.setText(f"{job.title}: {in_words(job)}" if job is not None and worth_saying else "")
        self._bar.setVisible(not is_over)
        if job is not None and not is_over:
            self._bar.setRange(0, job.progress.total)
            self._bar.setValue(job.progress.done)
        notes = () if session is None else session.notes
        self._notes.setVisible(bool(notes))
        self._notes.setText(f"{len(notes)} remark{'' if len(notes) == 1 else 's'} on the catalog ▸")
