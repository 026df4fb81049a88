"""Running and past jobs: how far, how fast, how long still, pause, cancel, and which galaxies could not be read."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.core.errors import UserError
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.jobs import JobHandle, JobRunner, JobState
from gzviewer.ui.problems_dialog import ProblemList
from gzviewer.ui.theme import Icons, Theme


class JobsPanel(QScrollArea):
    """One card a job, newest first. `show_galaxy` is told the id of a problem that was clicked."""

    def __init__(
        self,
        runner: JobRunner,
        show_galaxy: Callable[[str], None],
        *,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._show_galaxy = show_galaxy
        self._theme, self._icons = theme, icons
        self._cards: list[JobCard] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._empty = QLabel(
            "Nothing has run yet. Predictions and exports appear here, with what went wrong."
        )
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Jobs")
        for handle in runner.handles:
            self._add(handle)
        runner.submitted.connect(self._add)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self._theme = theme
        for card in self._cards:
            card.set_theme(theme)

    def _add(self, handle: JobHandle) -> None:
        self._empty.hide()
        card = JobCard(handle, self._show_galaxy, theme=self._theme, icons=self._icons)
        self._cards.append(card)
        self._column.insertWidget(0, card)


class JobCard(QFrame):
    """One job; `problems` lists the galaxies that it could not do."""

    def __init__(
        self,
        handle: JobHandle,
        show_galaxy: Callable[[str], None],
        *,
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._handle, self._icons = handle, icons
        self._theme = theme
        self._title = QLabel(handle.title)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._state = QLabel()
        self._state.setProperty("quiet", True)
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setWordWrap(True)
        self._state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._pause = _tool_button("Pause")
        self._cancel = _tool_button("Cancel")
        self.problems = ProblemList((), show_galaxy)
        self.problems.setFixedHeight(96)
        self.problems.hide()
        self._set_out()
        self._pause.clicked.connect(self._pause_or_resume)
        self._cancel.clicked.connect(handle.cancel)
        handle.progressed.connect(self._redraw)
        handle.state_changed.connect(self._redraw)
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self._theme = theme
        self._redraw()

    def _set_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._pause)
        head.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        column.addWidget(self.problems)

    def _redraw(self, _what: object = None) -> None:
        handle, state = self._handle, self._handle.state
        self._state.setText(in_words(handle))
        self._state.setStyleSheet(f"color: {self._theme.danger};" if state is JobState.FAILED else "")
        self._bar.setVisible(not state.is_ending)
        self._bar.setRange(0, handle.progress.total)
        self._bar.setValue(handle.progress.done)
        self._pause.setVisible(state in (JobState.RUNNING, JobState.PAUSED))
        self._cancel.setVisible(not state.is_ending and state is not JobState.STOPPING)
        is_paused = state is JobState.PAUSED
        self._pause.setIcon(self._icons.icon("ui/resume" if is_paused else "ui/pause", self._theme.text))
        self._pause.setToolTip("Go on" if is_paused else "Pause")
        self._cancel.setIcon(self._icons.icon("ui/cancel", self._theme.text))
        if isinstance(handle.result, PredictResult) and not self.problems.count():
            self.problems.add(handle.result.problems)
            self.problems.setVisible(bool(handle.result.problems))

    def _pause_or_resume(self) -> None:
        if self._handle.state is JobState.PAUSED:
            self._handle.resume()
        else:
            self._handle.pause()


def in_words(handle: JobHandle) -> str:
    """What a person wants to know of a job, in one line."""
    done, total = handle.progress.done, handle.progress.total
    match handle.state:
        case JobState.FAILED:
            why = handle.error
            return str(why) if isinstance(why, UserError) else f"A bug: {type(why).__name__}: {why}"
        case JobState.CANCELLED:
            kept = f" after {done:,} of {total:,}; what was stored is kept" if total else ""
            return f"cancelled{kept}"
        case JobState.FINISHED:
            return _finished(handle)
        case JobState.WAITING | JobState.STOPPING:
            return f"{handle.state.value} …"
    if handle.progress.note:  # it counts no galaxies
        share = f" · {done / total:.0%}" if total else ""
        return f"{handle.state.value} · {handle.progress.note}{share}"
    how_far = f"{done:,} of {total:,}" if total else "starting"
    if handle.state is JobState.PAUSED:
        return f"paused · {how_far}"
    rate = (
        f" · {handle.rate:,.0f} galaxies/s · {duration((total - done) / handle.rate)} left"
        if handle.rate > 0
        else ""
    )
    return f"{handle.state.value} · {how_far}{rate}"


def _finished(handle: JobHandle) -> str:
    result = handle.result
    if not isinstance(result, PredictResult):
        return f"done in {duration(handle.seconds)}"
    words = f"{result.predicted:,} predicted on {result.device} in {duration(result.seconds)}"
    if result.problems:
        words += f" · {len(result.problems):,} could not be read"
    return words


def duration(seconds: float) -> str:
    """A length of time as a person says it: ``8 s``, ``1 min 13 s``, ``2 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _tool_button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
