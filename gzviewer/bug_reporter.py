"""Catches what nobody expected, in any thread: one report and one dialog a bug, and the program keeps running."""

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from gzviewer.io.system import write_report

log = logging.getLogger(__name__)


class BugReporter(QObject):
    """While installed, the last stop of every exception. A bug that strikes again is not told again.

    ``reported`` carries the exception and the sentence that says where its report is.
    """

    reported = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seen: set[str] = set()
        self._before = sys.excepthook, threading.excepthook

    def install(self) -> None:
        """Be the last stop from now on."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        """Let those be the last stop who were it before."""
        sys.excepthook, threading.excepthook = self._before

    def report(self, error: BaseException) -> None:
        """Write a report of a bug that is new, and say so."""
        trace = "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
        if trace in self._seen:
            return
        self._seen.add(trace)
        log.error("a mistake in gzviewer", exc_info=error)
        self.reported.emit(error, write_report(error))

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.report(error)

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
            self.report(arguments.exc_value)
