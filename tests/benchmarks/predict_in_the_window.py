"""Measures the gaps of a 10 ms timer in the window while the sample is predicted and looked through."""

import json
import time

from PySide6.QtCore import QSettings, Qt, QTimer

from gzviewer.app import Program, the_application
from gzviewer.cli import the_path
from gzviewer.io.settings import Settings

application = the_application()
program = Program(application, Settings(), QSettings("/dev/null", QSettings.Format.IniFormat))
program.window.show()
ticks = []
timer = QTimer(interval=10, timerType=Qt.TimerType.PreciseTimer)
timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
browsing = QTimer(interval=150)


def look_at_the_next():
    session = program.desk.session
    session.selection.set_current((session.selection.current + 1) % len(session.catalog))


def begin(session):
    job = session.predict()
    job.finished.connect(end)
    browsing.timeout.connect(look_at_the_next)
    browsing.start()
    QTimer.singleShot(1500, timer.start)  # the opening itself is measured by start_the_window.py


def end(result):
    timer.stop()
    browsing.stop()
    gaps = [1000 * (after - before) for before, after in zip(ticks, ticks[1:], strict=False)]
    print(json.dumps({"gaps_ms": gaps, "predicted": result.predicted, "rate": result.predicted / result.seconds}))
    program.window.close()
    application.quit()


program.desk.session_changed.connect(begin)
program.desk.open(the_path("sample"))
application.exec()
