"""Measures, from the birth of this process, when the window is painted first and when the sample's first galaxy is shown."""

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSettings

from gzviewer.app import Program, the_application
from gzviewer.cli import the_path
from gzviewer.io.settings import load_settings

BORN_S = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
HEAVY = ("torch", "timm", "pyro", "astropy", "pandas")
times = {}


def now():
    """Seconds since this process was born."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - BORN_S


class FirstPaint(QObject):
    """Notes when the first paint event of any widget comes."""

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            times.setdefault("painted", now())
        return False


def note_shown(row):
    times.setdefault("shown", now())
    times["heavy"] = [name for name in HEAVY if name in sys.modules]
    application.quit()


application = the_application()
program = Program(application, load_settings()[0], QSettings("/dev/null", QSettings.Format.IniFormat))
watch = FirstPaint()
application.installEventFilter(watch)
program.desk.session_changed.connect(lambda session: session.images.full_ready.connect(note_shown))
program.window.show()
program.desk.open(the_path("sample"))
application.exec()
program.window.close()
print(json.dumps(times))
