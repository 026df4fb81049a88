"""Jobs as the window sees them: one ending each, none after a cancel but `cancelled`."""

import gc
import threading
import weakref

import pytest

from gzviewer.core.errors import UserError
from gzviewer.jobs.job import Progress
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.jobs import JobRunner, JobState


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.close()
    assert runner.wait(5)


def test_a_finished_job_gives_its_result_once(runner, qtbot):
    handle = runner.submit("quick", lambda context: 42)
    with qtbot.waitSignal(handle.finished) as said:
        pass
    assert said.args == [42]
    assert handle.state is JobState.FINISHED


def test_the_history_of_jobs_holds_no_catalog_that_was_opened(runner, qtbot):
    class Opened:
        pass

    with qtbot.waitSignal(runner.submit("open", lambda context: Opened()).finished, timeout=30_000) as said:
        pass
    opened = weakref.ref(said.args.pop())
    gc.collect()
    assert opened() is None
    result = PredictResult(1, 0, (), 1.0, "cpu")
    handle = runner.submit("predict", lambda context: result)
    with qtbot.waitSignal(handle.finished, timeout=30_000):
        pass
    assert handle.result is result


def test_a_result_that_comes_after_the_cancel_is_not_delivered(runner, qtbot):
    handle = runner.submit("quick", lambda context: 42)
    runner.wait()  # the job has ended, its signal is still queued
    with qtbot.assertNotEmitted(handle.finished), qtbot.waitSignal(handle.cancelled):
        handle.cancel()


def test_a_users_error_fails_the_job_without_a_log_line(runner, qtbot, caplog):
    def refuse(context):
        raise UserError("The disk is full.", "Free some space.")

    handle = runner.submit("full", refuse)
    with qtbot.waitSignal(handle.failed) as said:
        pass
    assert str(said.args[0]) == "The disk is full. Free some space."
    assert not caplog.records


def test_a_bug_fails_the_job_and_is_logged(runner, qtbot, caplog):
    handle = runner.submit("broken", lambda context: {}["missing"])
    with qtbot.waitSignal(handle.failed) as said:
        pass
    assert isinstance(said.args[0], KeyError)
    assert "broken" in caplog.text
    caplog.clear()


def test_a_paused_job_waits_and_goes_on_where_it_was(runner, qtbot):
    reached, seen = threading.Event(), []

    def count(context):
        for number in context.track(range(1000), total=1000):
            seen.append(number)
            if number == 3:
                reached.set()
                paused.wait(5)
        return len(seen)

    paused = threading.Event()
    handle = runner.submit("count", count)
    qtbot.waitUntil(lambda: handle.state is JobState.RUNNING and reached.is_set())
    handle.pause()
    paused.set()
    assert not runner.wait(0.3)
    assert handle.state is JobState.PAUSED
    assert len(seen) == 4
    with qtbot.waitSignal(handle.finished) as said:
        handle.resume()
    assert said.args == [1000]


def test_a_paused_job_can_be_cancelled(runner, qtbot):
    started, go_on = threading.Event(), threading.Event()

    def wait(context):
        started.set()
        go_on.wait(5)
        context.checkpoint()

    handle = runner.submit("wait", wait)
    qtbot.waitUntil(lambda: handle.state is JobState.RUNNING and started.is_set())
    handle.pause()
    go_on.set()
    with qtbot.waitSignal(handle.cancelled):
        handle.cancel()
    assert handle.state is JobState.CANCELLED


def test_a_burst_of_reports_reaches_the_window_thinned_out_but_with_its_end(runner, qtbot):
    def hurry(context):
        watched.wait(5)
        for done in range(5001):
            context.report(Progress(done, 5000))

    told, watched = [], threading.Event()
    handle = runner.submit("hurry", hurry)
    handle.progressed.connect(told.append)
    watched.set()
    with qtbot.waitSignal(handle.finished):
        pass
    assert told[-1] == Progress(5000, 5000)
    assert len(told) < 200


def test_jobs_that_need_the_device_run_one_after_the_other(runner, qtbot):
    running, most = [], []

    def work(context):
        running.append(1)
        most.append(len(running))
        context.may_run.wait(0.01)
        running.pop()

    handles = [runner.submit(f"job {number}", work, needs_device=True) for number in range(5)]
    qtbot.waitUntil(lambda: all(handle.state is JobState.FINISHED for handle in handles))
    assert max(most) == 1


def test_closing_cancels_what_has_not_ended(qapp, qtbot):
    runner, started = JobRunner(), threading.Event()

    def endless(context):
        started.set()
        while True:
            context.checkpoint()

    handle = runner.submit("endless", endless)
    waiting = runner.submit("after it", endless, needs_device=True)
    assert started.wait(5)
    with qtbot.waitSignals([handle.cancelled, waiting.cancelled]):
        runner.close()


def test_however_many_models_are_added_a_catalog_opens(runner, qtbot):
    long = [
        runner.submit(f"add {number}", lambda c: c.cancel_flag.wait(), is_apart=True) for number in range(4)
    ]
    with qtbot.waitSignal(runner.submit("open", lambda context: "opened").finished):
        pass
    assert [handle.state for handle in long[1:]] == [JobState.WAITING] * 3
