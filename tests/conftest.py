"""Guards for every test: no leaked thread, timer or widget, no stray log line; and where the real data lie."""

import gc
import logging
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

if "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data():
    """The folder of real galaxies, catalogs and FITS files, which the repository does not hold."""
    folder = Path(os.environ.get("GZVIEWER_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(
            f"the real data are not here; set GZVIEWER_TEST_DATA to their folder (looked at {folder})"
        )
    return folder


@pytest.fixture(scope="session")
def display():
    """``DISPLAY`` of a virtual screen, or a skip where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed; apt-get install xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1680x1050x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        name = f":{number.readline().strip()}"
    yield name
    server.terminate()
    server.wait()


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Settings, stores and caches of a test lie in a folder of its own, never in the person's."""
    home = tmp_path_factory.mktemp("home")
    for kind in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"GZVIEWER_{kind}_FOLDER", str(home / kind.lower()))
    return home


@pytest.fixture(autouse=True)
def no_leaked_threads():
    """A thread that a test started must have ended with it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    for thread in left:
        thread.join(timeout=5)
    names = [thread.name for thread in left if thread.is_alive()]
    assert not names, f"threads left running: {names}"


@pytest.fixture(autouse=True)
def no_stray_log_lines(caplog):
    """A warning in the log fails the test; one that expects it clears caplog after looking."""
    yield
    lines = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not lines, f"logged: {[record.getMessage() for record in lines]}"


@pytest.fixture(autouse=True)
def no_leaked_widgets(request):
    """Windows and running timers that a test made must be gone after it."""
    yield
    if "qapp" not in request.fixturenames:
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # by type, because asking some of torch's objects for their class makes them warn
    timers = [thing for thing in gc.get_objects() if issubclass(type(thing), QTimer) and isValid(thing)]
    timers = [timer for timer in timers if timer.isActive()]
    assert not timers, f"timers left running: {[timer.parent() for timer in timers]}"
    assert QThreadPool.globalInstance().activeThreadCount() == 0, "the global pool is still working"
    left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert not left, f"windows left open: {left}"
