"""The jobs panel says how far, how fast, how long still, and what went wrong."""

import threading

import pytest

from gzviewer.core.errors import UserError
from gzviewer.jobs.job import Progress
from gzviewer.jobs.requests import PredictResult, Problem
from gzviewer.session.jobs import JobRunner, JobState
from gzviewer.ui.jobs_panel import JobCard, JobsPanel, duration, in_words


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.close()
    assert runner.wait(5)


@pytest.fixture
def panel(runner, qtbot):
    from gzviewer.io.settings import resource_folder
    from gzviewer.ui.theme import DARK, Icons

    shown = []
    panel = JobsPanel(runner, shown.append, theme=DARK, icons=Icons(resource_folder() / "icons"))
    qtbot.addWidget(panel)
    panel.show()
    panel.shown_galaxies = shown
    return panel


def test_a_running_job_says_how_far_it_is_and_can_be_cancelled(runner, panel, qtbot):
    go_on = threading.Event()

    def work(context):
        context.report(Progress(3, 12))
        go_on.wait(5)
        context.checkpoint()

    handle = runner.submit("Predict cutouts", work)
    qtbot.waitUntil(lambda: handle.progress.done == 3)
    assert "running · 3 of 12" in in_words(handle)
    handle.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: handle.state is JobState.CANCELLED)
    assert in_words(handle) == "cancelled after 3 of 12; what was stored is kept"
    assert len(panel.findChildren(JobCard)) == 1


def test_problems_are_listed_and_a_click_on_one_shows_its_galaxy(runner, panel, qtbot):
    problems = (Problem("SIM-0003", "/s/3.png", "cut short"), Problem("SIM-0007", "", "no image"))
    handle = runner.submit("Predict", lambda context: PredictResult(10, 2, problems, 4.2, "cpu"))
    with qtbot.waitSignal(handle.finished):
        pass
    (card,) = panel.findChildren(JobCard)
    assert [card.problems.item(row).text() for row in range(2)] == [
        "SIM-0003: cut short",
        "SIM-0007: no image",
    ]
    card.problems.itemClicked.emit(card.problems.item(1))
    assert panel.shown_galaxies == ["SIM-0007"]
    assert in_words(handle) == "10 predicted on cpu in 4 s · 2 could not be read"


def test_a_failed_job_says_why_and_what_to_do(runner, panel, qtbot):
    def fail(context):
        raise UserError("The disk is full.", "Free some space.")

    handle = runner.submit("Save", fail)
    with qtbot.waitSignal(handle.failed):
        pass
    assert in_words(handle) == "The disk is full. Free some space."


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (59.6, "1 min 0 s"), (73, "1 min 13 s"), (7500, "2 h 5 min")]
)
def test_a_length_of_time_is_said_as_a_person_says_it(seconds, words):
    assert duration(seconds) == words
