import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gzviewer.core.errors import SchemaError, WorkerDied
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.jobs.process import NICENESS, ChildError, run_in_child

HERE = Path(__file__).parent
FOREVER = """
import sys
sys.path.insert(0, {here!r})
from tasks_in_child import Ask
from gzviewer.jobs.job import JobContext
from gzviewer.jobs.process import run_in_child
import threading

def say(thing):
    print(thing, flush=True)

def main():
    context = JobContext(say, say, threading.Event())
    print(run_in_child(Ask({what!r}, 21))(context))

if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    from tasks_in_child import Ask

    return Ask


class Desk:
    """What the parent is told; can do something at the first thing that is published."""

    def __init__(self, then=None):
        self.reports, self.published = [], []
        self.cancel_flag, self.may_run = threading.Event(), threading.Event()
        self.may_run.set()
        self._then = then
        self.context = JobContext(self.reports.append, self._take, self.cancel_flag, self.may_run)

    def _take(self, partial):
        self.published.append(partial)
        if self._then is not None:
            self._then(self)


def cancel(desk):
    desk.cancel_flag.set()


def test_a_child_answers_and_tells_what_it_did_meanwhile(ask):
    desk = Desk()
    assert run_in_child(ask("double", 21))(desk.context) == 42
    assert desk.published == ["half way"]
    assert [report.done for report in desk.reports] == [1]


def test_progress_is_thinned_but_its_end_is_always_told(ask):
    desk = Desk()
    assert run_in_child(ask("count", 5000))(desk.context) == 5000
    assert desk.reports[-1].done == 5000
    assert len(desk.reports) < 500


def test_a_user_error_comes_back_with_its_class_and_words(ask):
    with pytest.raises(SchemaError) as caught:
        run_in_child(ask("refuse"))(Desk().context)
    assert (caught.value.what, caught.value.remedy) == ("There is no tree.", "Plant one.")
    assert caught.value.culprit == "tree"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("stumble", "no such stone"),
        ("answer_with_a_lock", "cannot pickle"),
        ("no_such_function", "no_such_function"),
    ],
)
def test_a_bug_comes_back_as_its_traceback(ask, what, words):
    with pytest.raises(ChildError, match=words):
        run_in_child(ask(what))(Desk().context)


def test_a_child_that_ends_without_an_answer_is_told_with_its_exit_code(ask):
    with pytest.raises(WorkerDied, match="exit code 9"):
        run_in_child(ask("die", 9))(Desk().context)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_child_that_the_system_killed_is_told_as_such(ask):
    with pytest.raises(WorkerDied, match="was killed"):
        run_in_child(ask("be_killed"))(Desk().context)


def test_a_listening_child_is_cancelled_at_its_next_checkpoint(ask):
    desk = Desk(then=cancel)
    with pytest.raises(Cancelled):
        run_in_child(ask("tell_number_and_wait"), grace_s=60)(desk.context)


def test_a_deaf_child_is_killed_after_its_grace(ask):
    desk = Desk(then=cancel)
    with pytest.raises(Cancelled):
        run_in_child(ask("tell_number_and_be_deaf"), grace_s=0.2)(desk.context)


def test_a_child_that_has_said_nothing_is_killed_at_once(ask):
    class LateFlag:
        looks = 0

        def is_set(self):
            self.looks += 1
            return self.looks > 3  # the child is there, and importing or deaf

    started = time.monotonic()
    with pytest.raises(Cancelled):
        run_in_child(ask("be_deaf"), grace_s=60)(JobContext(print, print, LateFlag()))
    assert time.monotonic() - started < 20


@pytest.mark.skipif(sys.platform == "win32", reason="no niceness there")
def test_a_child_leaves_the_processor_to_the_window(ask):
    assert run_in_child(ask("niceness"))(Desk().context) == min(19, os.nice(0) + NICENESS)


def test_a_job_that_was_cancelled_before_it_began_starts_no_child(ask):
    desk = Desk()
    desk.cancel_flag.set()
    with pytest.raises(Cancelled):
        run_in_child(ask("double"))(desk.context)
    assert desk.published == []


def test_a_paused_child_waits_and_goes_on(ask):
    def pause_or_go_on(desk):
        if desk.published[-1] == "ready":
            desk.may_run.clear()
        else:
            desk.may_run.set()

    desk = Desk(then=pause_or_go_on)
    assert run_in_child(ask("wait_for_a_pause"))(desk.context) == "went on"
    assert desk.published == ["ready", "paused"]


def test_a_paused_child_can_be_cancelled(ask):
    def pause_and_cancel(desk):
        desk.may_run.clear()
        desk.cancel_flag.set()

    with pytest.raises(Cancelled):
        run_in_child(ask("step_until_cancelled"), grace_s=60)(Desk(then=pause_and_cancel).context)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_an_interrupt_from_the_terminal_does_not_stop_a_child(ask):
    assert run_in_child(ask("survive_an_interrupt"))(Desk().context) == "still here"


def test_a_fault_of_the_listener_leaves_no_child_behind(ask):
    def fail(desk):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_in_child(ask("tell_number_and_be_deaf"), grace_s=0.2)(Desk(then=fail).context)


def start_script(tmp_path, what):
    script = tmp_path / "gzviewer-like-script"
    script.write_text(FOREVER.format(here=str(HERE), what=what))
    return subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)


def test_a_script_with_the_usual_last_lines_can_start_children(tmp_path):
    with start_script(tmp_path, "double") as script:
        words, _ = script.communicate(timeout=60)
    assert words.split("\n")[-2] == "42"
    assert script.returncode == 0


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    with start_script(tmp_path, "tell_number_and_be_deaf") as script:
        assert int(script.stdout.readline()) > 0
        script.kill()
        assert script.stdout.read() == ""  # ends when nobody holds the other end: not even the child


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the child finds its open files there")
def test_a_killed_child_is_not_waited_for_because_a_program_it_started_holds_the_pipe(ask):
    desk = Desk(then=cancel)
    with pytest.raises(Cancelled):
        run_in_child(ask("leave_a_sleeper_at_the_pipe"), grace_s=0.2)(desk.context)
    os.kill(desk.published[0], signal.SIGKILL)
