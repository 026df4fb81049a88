"""The last stop of every exception: one report a bug."""

import threading

import pytest

from gzviewer.bug_reporter import BugReporter
from gzviewer.io.settings import data_folder


@pytest.fixture
def reporter(qapp):
    reporter = BugReporter()
    reporter.install()
    yield reporter
    reporter.uninstall()


def strike():
    return {}["missing"]


def test_a_bug_in_a_thread_is_reported_in_the_windows_thread(reporter, qtbot, caplog):
    with qtbot.waitSignal(reporter.reported) as said:
        threading.Thread(target=strike).start()
    error, where = said.args
    assert isinstance(error, KeyError)
    (report,) = (data_folder() / "reports").iterdir()
    assert str(report) in where
    assert "strike" in report.read_text(encoding="utf-8")
    caplog.clear()


def test_a_bug_that_strikes_again_is_told_once(reporter, qtbot, caplog):
    told = []
    reporter.reported.connect(lambda error, where: told.append(where))
    for _ in range(20):
        try:
            strike()
        except KeyError as error:
            reporter.report(error)
    assert len(told) == 1
    assert len(list((data_folder() / "reports").iterdir())) == 1
    caplog.clear()
