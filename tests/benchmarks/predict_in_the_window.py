"""Measures the gaps of a 10 ms timer in the window while the sample is predicted and looked through."""

import json
import sys
import time

from PySide6.QtCore import QObject, QSettings, Qt, QTimer

from gzviewer.app import Program, the_application
from gzviewer.cli import the_path
from gzviewer.io.settings import Settings


class Journey(QObject):
    """Opens a path, predicts it, looks at one galaxy after the other meanwhile, and prints the gaps."""

    def __init__(self, program):
        super().__init__()
        self._program = program
        self._ticks = []
        self._timer = QTimer(self, interval=10, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._browsing = QTimer(self, interval=150)
        self._browsing.timeout.connect(self._look_at_the_next)
        program.desk.session_changed.connect(self._begin)

    def _begin(self, session):
        session.predict().finished.connect(self._end)
        self._browsing.start()
        QTimer.singleShot(1500, self._timer.start)  # the opening itself is measured by start_the_window.py

    def _tick(self):
        self._ticks.append(time.perf_counter())

    def _look_at_the_next(self):
        session = self._program.desk.session
        session.selection.set_current((session.selection.current + 1) % len(session.catalog))

    def _end(self, result):
        gaps = [1000 * (after - before) for before, after in zip(self._ticks, self._ticks[1:], strict=False)]
        rate = result.predicted / result.seconds
        print(json.dumps({"gaps_ms": gaps, "predicted": result.predicted, "rate": rate}))
        self._program.window.close()
        application.quit()


if __name__ == "__main__":  # the child that predicts imports this file too
    application = the_application()
    program = Program(application, Settings(), QSettings("/dev/null", QSettings.Format.IniFormat))
    program.window.show()
    journey = Journey(program)
    program.desk.open(the_path(sys.argv[1] if len(sys.argv) > 1 else "sample"))
    application.exec()
