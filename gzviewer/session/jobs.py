"""Long work as the window sees it: threads below, Qt signals above.

Jobs that need the device (a child process with torch) queue for it one at a time, those that add models for each other;
questions to the network or the computer have threads of their own; all others share a small pool.
"""

import logging
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from enum import Enum
from threading import Event, Lock

from PySide6.QtCore import QObject, Signal

from gzviewer.core.errors import UserError
from gzviewer.jobs.import_requests import ImportResult
from gzviewer.jobs.job import Job, JobContext, Progress
from gzviewer.jobs.requests import PredictResult

log = logging.getLogger(__name__)
REPORT_INTERVAL_S = 0.1
RATE_WINDOW_S = 15.0
KEPT = (ImportResult, PredictResult)
"""Results that the history of jobs tells of. All others, such as a catalog with all its predictions, are let go of."""


class JobState(Enum):
    """Where a job is in its life; the last three are endings."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_ending(self) -> bool:
        """True for a job that is over."""
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


class JobHandle(QObject):
    """One submitted job.

    Exactly one of ``finished``, ``failed``, ``cancelled`` fires, once. After :meth:`cancel` it can only be ``cancelled``,
    however late the request came. `is_brief`: what it does is seen at once, so that its success needs no words.
    `is_told`: whoever waits for it is told of its failure where they look, so that nothing else need come forward.
    `result` is None after `finished` but for those that are `KEPT`.
    """

    progressed = Signal(object)  # Progress
    published = Signal(object)  # a partial result, already stored
    finished = Signal(object)  # what the job returned
    failed = Signal(object)  # the exception
    cancelled = Signal()
    broke = Signal(object)  # beside failed: an exception that is our mistake
    state_changed = Signal()
    _began = Signal()
    _ended = Signal(object, object)  # result, error: from the pool's thread

    def __init__(self, title: str, parent: QObject | None = None, *, is_brief: bool = False) -> None:
        super().__init__(parent)
        self.title = title
        self.is_brief, self.is_told = is_brief, False
        self.state = JobState.WAITING
        self.progress = Progress(0, 0)
        self.result: object = None
        self.error: Exception | None = None
        self.was_paused = False
        self._started_s = float("nan")
        self._seconds = float("nan")
        self._cancel_flag = Event()
        self._may_run = Event()
        self._may_run.set()
        self._last_report_s = 0.0
        self._lock = Lock()
        self._lately: deque[tuple[float, int]] = deque()
        self.progressed.connect(self._remember)
        self._began.connect(self._begin)
        self._ended.connect(self._settle)

    @property
    def seconds(self) -> float:
        """Wall time from start until now or until the end; NaN before the start."""
        return self._seconds if self.state.is_ending else time.monotonic() - self._started_s

    @property
    def rate(self) -> float:
        """Items a second over the last while of running; 0 where it is not known yet."""
        if len(self._lately) < 2:
            return 0.0
        (start_s, start), (end_s, end) = self._lately[0], self._lately[-1]
        return (end - start) / (end_s - start_s) if end_s > start_s else 0.0

    def cancel(self) -> None:
        """Ask the job to stop at its next checkpoint; returns at once."""
        if not self.state.is_ending:
            self._cancel_flag.set()
            self._may_run.set()
            self._become(JobState.STOPPING)

    def pause(self) -> None:
        """Let the job wait at its next checkpoint."""
        if self.state is JobState.RUNNING:
            self._may_run.clear()
            self.was_paused = True
            self._become(JobState.PAUSED)

    def resume(self) -> None:
        """Let a paused job go on."""
        if self.state is JobState.PAUSED:
            self._lately.clear()
            self._may_run.set()
            self._become(JobState.RUNNING)

    def run(self, job: Job[object]) -> None:
        """Called in the pool's thread."""
        self._began.emit()
        context = JobContext(self._report, self.published.emit, self._cancel_flag, self._may_run)
        try:
            context.checkpoint()
            self._ended.emit(job(context), None)
        except Exception as error:  # noqa: BLE001 - the boundary: nothing may die unseen in a pool
            self._ended.emit(None, error)

    def _report(self, progress: Progress) -> None:
        """At most ten reports a second reach the window; the last one always does."""
        now = time.monotonic()
        with self._lock:
            due = now - self._last_report_s >= REPORT_INTERVAL_S or progress.done == progress.total
            if due:
                self._last_report_s = now
        if due:
            self.progressed.emit(progress)

    def _remember(self, progress: Progress) -> None:
        self.progress = progress
        now = time.monotonic()
        self._lately.append((now, progress.done))
        while self._lately[0][0] < now - RATE_WINDOW_S:
            self._lately.popleft()

    def _begin(self) -> None:
        self._started_s = time.monotonic()
        if self.state is JobState.WAITING:
            self._become(JobState.RUNNING)

    def _become(self, state: JobState) -> None:
        self.state = state
        self.state_changed.emit()

    def _settle(self, result: object, error: Exception | None) -> None:
        self._seconds = time.monotonic() - self._started_s
        if self._cancel_flag.is_set():
            self._become(JobState.CANCELLED)
            self.cancelled.emit()
        elif error is None:
            self.result = result
            self._become(JobState.FINISHED)
            self.finished.emit(result)
            self.result = result if isinstance(result, KEPT) else None
        else:
            self.error = error
            if not isinstance(error, UserError):
                log.error("job %r failed", self.title, exc_info=error)
                self.broke.emit(error)
            self._become(JobState.FAILED)
            self.failed.emit(error)


class JobRunner(QObject):
    """Runs jobs and keeps their handles, oldest first: the history of the jobs panel."""

    submitted = Signal(object)  # JobHandle

    def __init__(self, parent: QObject | None = None, *, threads: int = 2) -> None:
        super().__init__(parent)
        self.handles: list[JobHandle] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._device = ThreadPoolExecutor(1, thread_name_prefix="device-job")
        self._apart = ThreadPoolExecutor(1, thread_name_prefix="long-job")
        self._questions = ThreadPoolExecutor(2, thread_name_prefix="question")
        self._futures: list[Future[None]] = []

    def submit(
        self,
        title: str,
        job: Job[object],
        *,
        needs_device: bool = False,
        is_apart: bool = False,
        is_brief: bool = False,
        is_question: bool = False,
    ) -> JobHandle:
        """Start a job as soon as there is room for it.

        `is_apart`: it may take minutes without the device, and waits only for others of its kind, so that
        however many there are, none holds up the opening of a catalog. `is_question`: the same for what asks
        somebody who may be slow to answer, so that it waits for no model that is being added.
        """
        handle = JobHandle(title, self, is_brief=is_brief)
        self.handles.append(handle)
        apart = self._apart if is_apart else self._questions if is_question else self._pool
        pool = self._device if needs_device else apart
        self._futures.append(pool.submit(handle.run, job))
        self.submitted.emit(handle)
        return handle

    @property
    def active(self) -> list[JobHandle]:
        """Jobs that have not ended."""
        return [handle for handle in self.handles if not handle.state.is_ending]

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait until every job's function has returned; their signals may still be queued. True if all have."""
        return not wait_for_futures(self._futures, timeout=seconds).not_done

    def close(self, seconds: float = 2.0) -> None:
        """Cancel everything and wait a little for it to stop."""
        for handle in self.active:
            handle.cancel()
        self.wait(seconds)
        for pool in (self._pool, self._apart, self._questions, self._device):
            pool.shutdown(wait=False, cancel_futures=True)
