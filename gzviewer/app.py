"""The composition root: settings -> desk -> window. The only place that wires the layers together."""

import faulthandler
import html
import logging
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import (
    QEventLoop,
    QMessageLogContext,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from gzviewer import __version__
from gzviewer.bug_reporter import BugReporter
from gzviewer.core.errors import UserError
from gzviewer.io.checkpoints import list_models
from gzviewer.io.manifest import Manifest
from gzviewer.io.settings import Settings, config_folder, load_settings, model_folders, resource_folder
from gzviewer.io.system import missing_libraries, reader_failures, versions
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobRunner
from gzviewer.session.session import Session
from gzviewer.ui.commands import Commands
from gzviewer.ui.dialogs import show_error
from gzviewer.ui.main_window import MainWindow
from gzviewer.ui.theme import Icons, ThemeModel

log = logging.getLogger(__name__)
SCREENSHOT_PATIENCE_MS = 60_000
SCREENSHOT_QUIET_MS = 300  # so long without a picture that arrives: the window has asked for all it wants


class Program:
    """Everything that lives as long as the window."""

    def __init__(
        self,
        application: QApplication,
        settings: Settings,
        memory: QSettings,
        *,
        theme: str = "",
        keeps_settings: bool = True,
    ) -> None:
        self.runner = JobRunner()
        models = [model for model in list_models(model_folders()) if isinstance(model, Manifest)]
        self.desk = Desk(settings, models, self.runner, keeps_settings=keeps_settings)
        self.themes = ThemeModel(application, theme or settings.theme)
        self.bugs = BugReporter()
        self.bugs.reported.connect(self._show_bug)
        icons = Icons(resource_folder() / "icons")
        self.commands = Commands(self.desk, self.themes, self._about)
        self.window = MainWindow(
            self.desk, self.commands.table, theme=self.themes.theme, icons=icons, memory=memory
        )
        self.commands.attach(self.window)
        self.themes.changed.connect(self.window.set_theme)
        self.desk.failed.connect(self._show_error)
        self.commands.table.failed.connect(self._show_error)
        self.window.dropped.connect(self.commands.take_dropped)
        self.window.closing.connect(self.desk.close)
        self.window.bottom.notes_button.clicked.connect(self.commands.table["columns"].trigger)

    def _about(self) -> str:
        return about_text(self.desk.device)

    def _show_error(self, error: object) -> None:
        assert isinstance(error, Exception), f"unexpected error {error!r}"
        if isinstance(error, UserError):
            show_error(error, self.window)
        else:
            self.bugs.report(error)

    def _show_bug(self, error: object, report: str) -> None:
        assert isinstance(error, BaseException), f"unexpected error {error!r}"
        show_error(error, self.window, report)


def run_window(path: str, *, predict: bool, image_folder: str, theme: str, predictions: str = "") -> int:
    """Open the window and stay until it is closed; the exit status."""
    faulthandler.enable()
    need_a_display()
    application = the_application()
    settings, notes = load_settings()
    for note in notes:
        print(f"gzviewer: {note}", file=sys.stderr)
    memory = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
    program = Program(application, settings, memory, theme=theme)
    program.bugs.install()
    program.window.show()
    if path:
        program.desk.open(path, image_folder=image_folder, predicts=predict, predictions=predictions)
    status = application.exec()
    program.desk.close()
    program.bugs.uninstall()
    return status


def run_screenshot(
    path: str,
    out: Path,
    *,
    galaxy: str,
    size: tuple[int, int],
    theme: str,
    sort: str,
    image_folder: str,
    predictions: str = "",
) -> None:
    """Write a picture of the real window with one galaxy in it, without showing it where there is no display.

    Raises
    ------
    UserError
        If the path cannot be opened, the galaxy is not in it, or the picture cannot be written.
    """
    if out.suffix.lower() != ".png":
        raise UserError(f"{out.name} is no PNG file.", "End the name with .png.")
    if (
        sys.platform.startswith("linux")
        and not os.environ.get("DISPLAY")
        and not os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = the_application()
    with tempfile.TemporaryDirectory() as folder:
        memory = QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat)
        program = Program(application, Settings(), memory, theme=theme, keeps_settings=False)
        try:
            _set_the_scene(
                program,
                path,
                galaxy=galaxy,
                size=size,
                sort=sort,
                image_folder=image_folder,
                predictions=predictions,
            )
            if not program.window.grab().save(str(out)):
                raise UserError(f"{out} cannot be written.", "Name a folder that exists and is writable.")
        finally:
            program.window.close()
            program.desk.close()


def _set_the_scene(
    program: Program,
    path: str,
    *,
    galaxy: str,
    size: tuple[int, int],
    sort: str,
    image_folder: str,
    predictions: str,
) -> None:
    desk = program.desk
    errors: list[Exception] = []
    program.desk.failed.disconnect()
    desk.failed.connect(errors.append)
    program.window.resize(*size)
    program.window.show()
    opened = QEventLoop()
    desk.session_changed.connect(opened.quit)
    desk.attaching.attached.connect(opened.quit)
    desk.failed.connect(opened.quit)
    desk.open(path, image_folder=image_folder, predictions=predictions)
    opened.exec()
    while predictions and not errors and desk.session is not None and not desk.session.attached_paths:
        opened.exec()  # until the file is read
    if errors:
        raise errors[0]
    session = desk.session
    assert session is not None, "opened without a session"
    if sort and sort not in session.columns.names:
        raise UserError(
            f"There is no column {sort} to sort by.", "gzviewer predict makes the columns of predictions."
        )
    session.filtering.sort_by(sort, descending=True)
    rows = (session.catalog.ids == galaxy).nonzero()[0] if galaxy else session.filtering.visible[:1]
    if not len(rows):
        raise UserError(
            f"There is no galaxy {galaxy} in {session.catalog.name}.", "Ids are compared letter by letter."
        )
    session.selection.set_current(int(rows[0]))
    _wait_for_pictures(session)


def _wait_for_pictures(session: Session) -> None:
    """Let the window ask for the pictures it shows, and wait until they are there."""
    loop = QEventLoop()
    quiet = QTimer(interval=SCREENSHOT_QUIET_MS)
    quiet.timeout.connect(lambda: loop.quit() if session.images.is_idle else None)
    for signal in (session.images.ready, session.images.full_ready):
        signal.connect(lambda _row: quiet.start())
    QTimer.singleShot(SCREENSHOT_PATIENCE_MS, loop, loop.quit)
    quiet.start()
    loop.exec()


def need_a_display() -> None:
    """Say so where there is none: Qt itself would end the process with a core dump.

    Raises
    ------
    UserError
        On a Linux without a display, or without the libraries that open a window on it.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        remedy = "Log in with ssh -X, or use gzviewer predict and gzviewer screenshot, which need none."
        raise UserError("There is no display to open a window on.", remedy)
    missing = missing_libraries()
    if missing:
        line = f"sudo apt-get install -y {' '.join(missing)}"
        raise UserError("Some system libraries that the window needs are missing.", f"Type: {line}")


def log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:  # noqa: ARG001 - Qt's signature
    """Qt's own warnings go where ours go."""
    if "propagateSizeHints" not in message:  # what a window without a display cannot do, and nobody misses
        levels = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}
        log.log(levels.get(kind, logging.DEBUG), "Qt: %s", message)


def the_application() -> QApplication:
    """The one application object, named and with its icon."""
    qInstallMessageHandler(log_qt_message)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, on=True)
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication), "another kind of Qt application is running"
    application.setApplicationName("gzviewer")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("gzviewer")
    application.setWindowIcon(QIcon(str(resource_folder() / "icons" / "gzviewer.svg")))
    return application


def about_text(device: str) -> str:
    """What the About box says: versions, device, models, and readers that failed to load."""
    facts = dict(versions()) | {"device": device or "not used yet; gzviewer check tells"}
    for model in list_models(model_folders()):
        name = model.name if isinstance(model, Manifest) else model.folder.name
        facts[f"model {name}"] = model.title if isinstance(model, Manifest) else str(model.error)
    facts |= {f"reader {name}": f"failed to load: {why}" for name, why in reader_failures().items()}
    rows = "".join(
        f"<tr><td style='padding-right:16px'>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    words = "Look at galaxies together with what a Galaxy Zoo model says of them. BSD-3-Clause."
    return f"<h3>gzviewer</h3><p>{words}</p><table>{rows}</table>"
