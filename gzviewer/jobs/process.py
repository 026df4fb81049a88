"""Runs a job in a child process, so that what it imports, its memory and its crashes are not ours.

`run_in_child` makes a job (a function of a context) out of a request that *names* its task as text. Parent
and child talk through one pipe::

    parent -> child    CANCEL, PAUSE, RESUME
    child -> parent    REPORT progress, PUBLISH partial; then RESULT, CANCELLED, REFUSED (a UserError)
                       or BUG (text)

The pipe is also how each side learns of the other's death: it closes. No lock or semaphore is shared, because
a process that is killed while it holds one would hang the other. Children are spawned, never forked. Nothing
here knows what a task does, and only the child imports it.
"""

import enum
import importlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from gzviewer.core.errors import UserError, WorkerDied
from gzviewer.jobs.job import Cancelled, Job, JobContext, Progress

GRACE_S = 5.0  # between asking a child to stop and killing it
LISTEN_S = 0.05  # how often the parent looks at the cancel and pause flags
REPORT_S = 0.05  # progress is sent at most this often, the last one always
KILLED = (-9, 137)  # how the system's own ending of a process is told, here and inside containers
NICENESS = 10  # the window keeps the processor when both want it


class Request(Protocol):
    """A picklable value that names its task; the function named takes the request and a context."""

    @property
    def task(self) -> str:
        """Dotted module, colon, function."""


class ChildError(RuntimeError):
    """A bug in a child: the text is the child's traceback."""


class _Message(enum.Enum):
    CANCEL = enum.auto()
    PAUSE = enum.auto()
    RESUME = enum.auto()
    REPORT = enum.auto()
    PUBLISH = enum.auto()
    RESULT = enum.auto()
    CANCELLED = enum.auto()
    REFUSED = enum.auto()
    BUG = enum.auto()


_Words = tuple[_Message, Any]


def run_in_child(request: Request, *, grace_s: float = GRACE_S) -> Job[Any]:
    """A job that starts a child process, lets it do what `request` asks, and waits for it.

    Parameters
    ----------
    request
        What to do; pickled to the child.
    grace_s
        Seconds that a cancelled child has to stop by itself before it is killed. A child that has neither
        reported nor published anything has nothing to lose: it is killed at once. So a task reports for the
        first time when all that it needs is imported and loaded, and before it begins what must not be cut.

    Returns
    -------
    A job that returns what the task returned, and raises what the task raised: `Cancelled`; a `UserError`
    with its class and words; `ChildError` for anything else. `WorkerDied` if the child ended without an
    answer.
    """

    def job(context: JobContext) -> Any:  # noqa: ANN401 - what a task returns is between it and who asked
        return _Parent(request, context, grace_s).run()

    return job


class _Parent:
    """One child, seen from the thread that waits for it."""

    def __init__(self, request: Request, context: JobContext, grace_s: float) -> None:
        self._context = context
        self._grace_s = grace_s
        self._kill_at: float | None = None
        self._has_begun = False
        self._was_killed = False
        self._is_paused = False
        self._pipe, self._far_end = multiprocessing.get_context("spawn").Pipe()
        self._process: SpawnProcess = multiprocessing.get_context("spawn").Process(
            target=_child_main, args=(self._far_end, request), name=request.task, daemon=True
        )

    def run(self) -> Any:  # noqa: ANN401 - see run_in_child
        self._context.checkpoint()
        try:
            self._process.start()
        except OSError as error:
            raise WorkerDied(
                f"No worker process can be started: {error.strerror}.",
                "Close other programs, then try again.",
            ) from error
        self._far_end.close()  # or its death would go unnoticed
        try:
            return self._wait()
        finally:
            self._end()

    def _wait(self) -> Any:  # noqa: ANN401 - see run_in_child
        while True:
            self._pass_flags_on()
            try:
                if not self._pipe.poll(LISTEN_S):
                    if self._was_killed and not self._process.is_alive():
                        raise Cancelled  # a child of the child may still hold the pipe open
                    continue
                kind, content = self._pipe.recv()
            except (EOFError, ConnectionError):
                raise self._death() from None
            self._has_begun = True
            match kind:
                case _Message.REPORT:
                    self._context.report(content)
                case _Message.PUBLISH:
                    self._context.publish(content)
                case _Message.RESULT:
                    return content
                case _Message.CANCELLED:
                    raise Cancelled
                case _Message.REFUSED:
                    raise content
                case _:
                    raise ChildError(content)

    def _pass_flags_on(self) -> None:
        """Tell the child what the context's flags say now; kill it if it has been deaf for too long."""
        if self._context.cancel_flag.is_set():
            if self._kill_at is None:
                has_begun = self._has_begun or self._pipe.poll()  # it may just have said so
                self._kill_at = time.monotonic() + (self._grace_s if has_begun else 0)
                self._tell(_Message.CANCEL)
            elif time.monotonic() > self._kill_at:
                self._process.kill()
                self._was_killed = True
        is_paused = not self._context.may_run.wait(0)
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            self._tell(_Message.PAUSE if is_paused else _Message.RESUME)

    def _tell(self, message: _Message) -> None:
        try:
            self._pipe.send((message, None))
        except OSError:
            return  # it is gone: the next recv says so

    def _death(self) -> Exception:
        """Why there will be no answer."""
        self._process.join(self._grace_s)
        if self._kill_at is not None:
            return Cancelled()
        code = self._process.exitcode
        if code in KILLED:
            what = f"The worker process was killed (exit code {code}), perhaps for want of memory."
        else:
            what = f"The worker process ended without an answer (exit code {code})."
        return WorkerDied(
            what,
            "Start it again: what was stored is kept. If it happens again, see what else uses the memory.",
        )

    def _end(self) -> None:
        """Leave no process and no open pipe behind."""
        self._process.join(self._grace_s if self._kill_at is None else 0.1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._pipe.close()


def _child_main(pipe: "Connection[_Words, _Words]", request: Request) -> None:
    """What the child process runs, from its first line to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches both; the parent decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cancel_flag, may_run = threading.Event(), threading.Event()
    may_run.set()
    threading.Thread(target=_listen, args=(pipe, cancel_flag, may_run), daemon=True).start()
    speaker = _Speaker(pipe)
    context = JobContext(speaker.report, speaker.publish, cancel_flag, may_run)
    try:
        speaker.say(_Message.RESULT, _resolved(request.task)(request, context))
    except Cancelled:
        speaker.say(_Message.CANCELLED)
    except UserError as error:
        speaker.say(_Message.REFUSED, error)
    except Exception:  # noqa: BLE001 - the boundary: whatever broke must reach the parent as words
        speaker.say(_Message.BUG, traceback.format_exc())


def _listen(
    pipe: "Connection[_Words, _Words]", cancel_flag: threading.Event, may_run: threading.Event
) -> None:
    """Do what the parent says, until it is gone: then this process has nobody to work for."""
    while True:
        try:
            message, _ = pipe.recv()
        except (EOFError, OSError):
            os._exit(1)
        if message is _Message.CANCEL:
            cancel_flag.set()
        elif message is _Message.PAUSE:
            may_run.clear()
        else:
            may_run.set()


def _resolved(task: str) -> Callable[[Request, JobContext], object]:
    module, _, name = task.partition(":")
    function: Callable[[Request, JobContext], object] = getattr(importlib.import_module(module), name)
    return function


class _Speaker:
    """The child's way to say something, from any of its threads."""

    def __init__(self, pipe: "Connection[_Words, _Words]") -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._reported_at = float("-inf")

    def say(self, message: _Message, content: object = None) -> None:
        with self._lock:
            self._pipe.send((message, content))

    def publish(self, partial: object) -> None:
        self.say(_Message.PUBLISH, partial)

    def report(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported_at >= REPORT_S or progress.done == progress.total:
            self._reported_at = now
            self.say(_Message.REPORT, progress)
