"""Tasks that the tests of child processes run there."""

import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.errors import SchemaError
from gzviewer.jobs.job import JobContext, Progress


@dataclass(frozen=True)
class Ask:
    """A request for one of the functions below."""

    what: str
    number: int = 0

    @property
    def task(self) -> str:
        return f"tasks_in_child:{self.what}"


def double(request: Ask, context: JobContext) -> int:
    context.publish("half way")
    context.report(Progress(1, 1))
    return 2 * request.number


def count(request: Ask, context: JobContext) -> int:
    return sum(1 for _ in context.track(range(request.number), request.number))


def refuse(request: Ask, context: JobContext) -> None:
    raise SchemaError("There is no tree.", "Plant one.", "tree")


def stumble(request: Ask, context: JobContext) -> None:
    raise KeyError("no such stone")


def answer_with_a_lock(request: Ask, context: JobContext) -> object:
    return threading.Lock()  # cannot be pickled


def die(request: Ask, context: JobContext) -> None:
    os._exit(request.number)


def be_killed(request: Ask, context: JobContext) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tell_number_and_wait(request: Ask, context: JobContext) -> None:
    context.publish(os.getpid())
    while True:
        context.checkpoint()


def tell_number_and_be_deaf(request: Ask, context: JobContext) -> None:
    context.publish(os.getpid())
    threading.Event().wait()


def survive_an_interrupt(request: Ask, context: JobContext) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


def wait_for_a_pause(request: Ask, context: JobContext) -> str:
    context.publish("ready")
    while context.may_run.wait(0):
        pass  # a checkpoint here would wait for the end of the pause
    context.publish("paused")
    context.checkpoint()
    return "went on"


def step_until_cancelled(request: Ask, context: JobContext) -> None:
    step = 0
    while True:
        context.checkpoint()
        step += 1
        context.publish(step)


def be_deaf(request: Ask, context: JobContext) -> None:
    threading.Event().wait()


def niceness(request: Ask, context: JobContext) -> int:
    return os.nice(0)


def leave_a_sleeper_at_the_pipe(request: Ask, context: JobContext) -> None:
    """What a program that a task starts may do: hold open what it was given."""
    for place in list(Path("/proc/self/fd").iterdir()):
        if int(place.name) > 2 and place.exists():
            os.set_inheritable(int(place.name), True)
    sleeper = subprocess.Popen(["sleep", "400"], close_fds=False)
    context.publish(sleeper.pid)
    threading.Event().wait()
