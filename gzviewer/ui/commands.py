"""What a person can do, as functions over the desk: the handlers of the action table."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from gzviewer.core.errors import UserError
from gzviewer.session.desk import Desk
from gzviewer.session.jobs import JobHandle, JobState
from gzviewer.session.predictions import PredictionModel
from gzviewer.session.session import Session
from gzviewer.ui.actions import ActionSpec, ActionTable
from gzviewer.ui.dialogs import key_sheet, show_text
from gzviewer.ui.models_dialog import ModelsDialog, is_model_file
from gzviewer.ui.prediction_files import compare_models, export_predictions, open_predictions
from gzviewer.ui.roles_dialog import RolesDialog
from gzviewer.ui.theme import FOLLOW_SYSTEM, ThemeModel

CATALOG_FILTER = "Catalogs (*.csv *.csv.gz *.tsv *.txt *.parquet *.fits *.fits.gz *.fit *.vot *.xml *.hdf5 *.h5);;All files (*)"


BUSY = {
    JobState.WAITING: "Predicting …",
    JobState.RUNNING: "Predicting …",
    JobState.PAUSED: "Paused",
    JobState.STOPPING: "Stopping …",
}


class Commands(QObject):
    """Handlers, and the action table made of them. `about` makes the text of the About box."""

    def __init__(
        self, desk: Desk, themes: ThemeModel, about: Callable[[], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._themes, self._about = desk, themes, about
        self._window: QMainWindow | None = None
        self._models_dialog: ModelsDialog | None = None
        self.table = ActionTable(self._specs(), self)
        desk.session_changed.connect(self._follow_session)
        desk.attaching.attached.connect(self._follow)
        desk.models_changed.connect(self._follow)
        desk.runner.submitted.connect(self._follow_job)
        self._follow()

    def attach(self, window: QMainWindow) -> None:
        """Dialogs belong to this window from now on."""
        self._window = window

    def take_dropped(self, path: str) -> None:
        """Add a model that was dropped on the window; open anything else as a catalog."""
        if is_model_file(path):
            self._models_shown().add(path)
        else:
            self._desk.open(path)

    def _specs(self) -> tuple[ActionSpec, ...]:
        spec, file, predict, view, help_ = ActionSpec, "&File", "&Predict", "&View", "&Help"
        return (
            spec("open_catalog", "Open a catalog…", self._open_catalog, file, "Ctrl+O", "open-catalog"),
            spec(
                "open_folder",
                "Open a folder of images…",
                self._open_folder,
                file,
                "Ctrl+Shift+O",
                "open-folder",
            ),
            spec(
                "open_sample",
                "Open the sample (simulated galaxies)",
                self._desk.open_sample,
                file,
                "",
                "sample",
            ),
            spec("columns", "Columns and image folder…", self._choose_columns, file, "Ctrl+L", "settings"),
            spec("open_predictions", "Open predictions…", self._open_predictions, file, "Ctrl+Alt+O"),
            spec("save", "Export predictions…", self._save, file, "Ctrl+S"),
            spec("quit", "Quit", self._quit, file, "Ctrl+Q"),
            spec("predict", "Predict", self._predict, predict, "Ctrl+P", "predict"),
            spec("pause", "Pause", self._pause, predict, "Ctrl+Shift+P", "pause"),
            spec("cancel", "Cancel", self._cancel, predict, "Ctrl+.", "cancel"),
            spec("models", "Models…", self._show_models, predict, "Ctrl+M"),
            spec("compare", "Compare with another model…", self._compare, predict),
            spec("theme", "Dark or light", self._switch_theme, view, "Ctrl+T", "theme"),
            spec("system_theme", "Theme of the system", self._follow_system_theme, view),
            spec("keys", "Keys and gestures", self._show_keys, help_, "F1"),
            spec("about", "About gzviewer", self._show_about, help_, "", "info"),
        )

    @property
    def _parent(self) -> QWidget | None:
        return self._window

    @property
    def _job(self) -> JobHandle | None:
        return None if self._desk.session is None else self._desk.session.prediction_job

    def _open_catalog(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._parent, "Open a catalog", self._last_folder(), CATALOG_FILTER
        )
        if path:
            self._desk.open(path)

    def _open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self._parent, "Open a folder of images", self._last_folder())
        if path:
            self._desk.open(path)

    def _last_folder(self) -> str:
        return next(iter(self._desk.settings.recent), "")

    def _choose_columns(self) -> None:
        session = self._desk.session
        if session is None:
            raise UserError("No catalog is open.", "Open one first.")
        dialog = RolesDialog(
            session.catalog, session.notes, self._desk.schema_titles, session.votes_kinds, self._parent
        )
        dialog.accepted.connect(lambda: self._desk.choose_roles(dialog.roles))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save(self) -> None:
        export_predictions(self._desk, self._parent)

    def _compare(self) -> None:
        compare_models(self._desk, self._parent)

    def _open_predictions(self) -> None:
        open_predictions(self._desk, self._parent)

    def _quit(self) -> None:
        if self._window is not None:
            self._window.close()

    def _predict(self) -> None:
        session = self._desk.session
        if session is not None:
            session.predict()
        self._follow()

    def _pause(self) -> None:
        if self._job is not None and self._job.state is JobState.PAUSED:
            self._job.resume()
        elif self._job is not None:
            self._job.pause()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show_models(self) -> None:
        self._models_shown()

    def _models_shown(self) -> ModelsDialog:
        if self._models_dialog is None:
            dialog = ModelsDialog(self._desk, self._themes.theme, self._window)
            self._themes.changed.connect(dialog.set_theme)
            dialog.finished.connect(self._forget_models)
            self._models_dialog = dialog
        self._models_dialog.show()
        self._models_dialog.raise_()
        self._models_dialog.activateWindow()
        return self._models_dialog

    def _forget_models(self) -> None:
        if self._models_dialog is not None:
            self._models_dialog.deleteLater()
            self._models_dialog = None

    def _switch_theme(self) -> None:
        choice = "light" if self._themes.theme.is_dark else "dark"
        self._themes.choose(choice)
        self._desk.remember(replace(self._desk.settings, theme=choice))

    def _follow_system_theme(self) -> None:
        self._themes.choose(FOLLOW_SYSTEM)
        self._desk.remember(replace(self._desk.settings, theme=FOLLOW_SYSTEM))

    def _show_keys(self) -> None:
        if self._window is not None:
            show_text("Keys", key_sheet(self.table.specs), self._window)

    def _show_about(self) -> None:
        if self._window is not None:
            show_text("About gzviewer", self._about(), self._window)

    def _follow_session(self, session: Session | None) -> None:
        if session is not None and session.predictions is not None:
            session.predictions.changed.connect(self._follow)
        self._follow()

    def _follow_job(self, handle: JobHandle) -> None:
        handle.state_changed.connect(self._follow)
        self._follow()

    def _follow(self, _what: object = None) -> None:
        """Enable what can be done now, and say how much there is to do."""
        session, job = self._desk.session, self._job
        is_busy = job is not None and not job.state.is_ending
        predictions = None if session is None else session.predictions
        to_do = predictions is not None and predictions.missing_count + predictions.failed_count > 0
        self.table["predict"].setEnabled(to_do and not is_busy)
        self.table["predict"].setText(
            _predict_words(predictions) if job is None or not is_busy else BUSY[job.state]
        )
        is_paused = job is not None and job.state is JobState.PAUSED
        self.table["pause"].setText("Go on" if is_paused else "Pause")
        self.table.set_icon("pause", "resume" if is_paused else "pause")
        self.table["pause"].setEnabled(is_busy)
        self.table["cancel"].setEnabled(is_busy)
        self.table["columns"].setEnabled(session is not None)
        has_model = session is not None and (session.predictions is not None or bool(session.attached))
        self.table["save"].setEnabled(has_model)
        self.table["open_predictions"].setEnabled(session is not None)
        self.table["compare"].setEnabled(session is not None and len(self._desk.models) > 1)


def _predict_words(predictions: PredictionModel | None) -> str:
    """What the button would do now, with numbers."""
    if predictions is None:
        return "Predict"
    if predictions.missing_count:
        is_begun = predictions.predicted_count > 0
        return f"Predict {predictions.missing_count:,} {'missing' if is_begun else 'galaxies'}"
    if predictions.failed_count:
        return f"Try {predictions.failed_count:,} unreadable again"
    return "All predicted" if predictions.predicted_count else "No images to predict"
