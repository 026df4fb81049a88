"""What a job sees of the world: a line to report on, and a flag that says stop.

A job is a function ``job(context) -> result``. It is tested by calling it. It knows no Qt, no thread and no process.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Cancelled(Exception):  # noqa: N818 - a polite stop, not an error
    """Raised inside a job at its next checkpoint after somebody asked it to stop."""


class CancelFlag(Protocol):
    """What `threading.Event` and `multiprocessing.Event` have in common."""

    def is_set(self) -> bool:
        """True once somebody has asked to stop."""
        ...


class PauseFlag(Protocol):
    """An event that is set while work may go on: jobs wait on it at a checkpoint."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until work may go on, at most `timeout` seconds; True if it may."""
        ...


@dataclass(frozen=True)
class Progress:
    """How far a job has come. `done` and `total` count items; `total` 0 means unknown."""

    done: int
    total: int
    note: str = ""


class _NeverPaused:
    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - there is nothing to wait for
        return True


_NEVER_PAUSED = _NeverPaused()


@dataclass(frozen=True)
class JobContext:
    """A job's only line to the outside.

    Parameters
    ----------
    report
        Told how far the job is.
    publish
        Told of a partial result that is already stored.
    cancel_flag, may_run
        Looked at in `checkpoint`: stop; wait.
    """

    report: Callable[[Progress], None]
    publish: Callable[[object], None]
    cancel_flag: CancelFlag
    may_run: PauseFlag = _NEVER_PAUSED

    def checkpoint(self) -> None:
        """Stop here if somebody has asked us to; wait here while paused."""
        while True:
            if self.cancel_flag.is_set():
                raise Cancelled
            if self.may_run.wait(0.1):
                return

    def track(self, items: Iterable[Item], total: int, note: str = "") -> Iterator[Item]:
        """Yield items, reporting one step after each, stopping when cancelled."""
        for done, item in enumerate(items, start=1):
            self.checkpoint()
            yield item
            self.report(Progress(done, total, note))


Job: TypeAlias = Callable[[JobContext], Result]
"""A job: does its work and returns its result."""
