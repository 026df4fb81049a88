"""What lies on the desk: the person's choices, the models at hand, running jobs, and the session that is open."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import UserError
from gzviewer.io.manifest import Manifest
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import Settings, resource_folder, save_settings
from gzviewer.jobs.job import JobContext
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.attaching import Attaching
from gzviewer.session.exporting import exporting
from gzviewer.session.jobs import JobHandle, JobRunner
from gzviewer.session.models import Models, why_not
from gzviewer.session.opening import Opened, opening
from gzviewer.session.session import Session
from gzviewer.session.shown_predictions import ShownPredictions
from gzviewer.session.wish import Pending, View, Wish

SAMPLE = Path("samples") / "simulated" / "catalog.csv"


class Desk(QObject):
    """Opens catalogs, one at a time; the newest wish wins."""

    session_changed = Signal(object)  # Session, or None
    opening_changed = Signal(str)  # what is being opened; "" when nothing is
    settings_changed = Signal()
    models_changed = Signal()
    failed = Signal(object)  # Exception: a UserError, or a bug

    def __init__(
        self,
        settings: Settings,
        models: Sequence[Manifest],
        runner: JobRunner,
        parent: QObject | None = None,
        *,
        keeps_settings: bool = True,
    ) -> None:
        super().__init__(parent)
        self._keeps_settings = keeps_settings
        runner.submitted.connect(self._watch)
        self.settings = settings
        self.runner = runner
        self.library = Models(models, runner, self)
        self.library.changed.connect(self._follow_library)
        self.library.replaced.connect(self._follow_replaced)
        self.library.failed.connect(self._tell)
        self.attaching = Attaching(runner, self)
        self.attaching.failed.connect(self._tell)
        self.session: Session | None = None
        self._pending: Pending | None = None

    @property
    def schema_titles(self) -> tuple[tuple[str, str], ...]:
        """Name and title of every decision tree that votes can be read as."""
        return tuple((name, load_schema(name).title) for name in schema_names())

    @property
    def device(self) -> str:
        """Where the last prediction ran; "" before the first."""
        results = [handle.result for handle in self.runner.handles]
        return next((result.device for result in reversed(results) if isinstance(result, PredictResult)), "")

    @property
    def models(self) -> tuple[Manifest, ...]:
        """The models that can predict."""
        return tuple(manifest for manifest in self.library.usable if not why_not(manifest))

    @property
    def manifest(self) -> Manifest | None:
        """The model chosen last, or the first there is; None where there is none."""
        chosen = [manifest for manifest in self.models if manifest.name == self.settings.model]
        return next(iter([*chosen, *self.models]), None)

    def open(
        self,
        path: str,
        *,
        roles: Roles | None = None,
        image_folder: str = "",
        predicts: bool = False,
        predictions: str = "",
    ) -> None:
        """Open a catalog file or a folder in the background; `session_changed` or `failed` follows.

        `predicts`: what is missing is predicted as soon as it is open. `predictions`: a file of them to show beside.
        """
        absolute = str(Path(path).expanduser().absolute())
        if roles is None and image_folder:
            roles = Roles(image_folder=image_folder)
        known = roles or self.settings.roles.get(absolute)
        self._start(Wish(absolute, known, chosen=roles, predicts=predicts, predictions=predictions))

    def open_sample(self) -> None:
        """Open the simulated galaxies that come with the program."""
        self.open(str(resource_folder() / SAMPLE))

    def choose_roles(self, roles: Roles) -> None:
        """Open the same catalog again with other columns as id, position and image."""
        if self.session is not None:
            self.open(self.session.catalog.source, roles=roles)

    def choose_model(self, name: str) -> None:
        """Show and make the predictions of another model from now on."""
        if self.manifest is None or name == self.manifest.name:
            return
        self.remember(replace(self.settings, model=name))
        self._keep_up()

    def choose_device(self, device: str) -> None:
        """Predict there from now on: one of `gzviewer.jobs.devices.DEVICES`."""
        self.remember(replace(self.settings, device=device))

    def _keep_up(self) -> None:
        """What is being opened, else what is open, is to be of the model that is chosen now."""
        if self._pending is not None:
            if self._pending.manifest != self.manifest:
                self._start(self._pending.wish)
        elif self.session is not None and self.session.manifest != self.manifest:
            catalog = self.session.catalog
            self._start(Wish(catalog.source, catalog.roles, is_again=True))

    def _follow_replaced(self, old: str, new: str) -> None:
        """What was in use stays so under its new name."""
        if self.settings.model == old:
            self.choose_model(new)

    def _follow_library(self) -> None:
        """A model came, was corrected, or went: perhaps the one that is shown."""
        self.models_changed.emit()
        self._keep_up()

    def remember(self, settings: Settings) -> None:
        """Keep a person's choices on disk; that they cannot be kept is said, not fatal."""
        self.settings = settings
        if self.session is not None:
            self.session.device = settings.device
        try:
            if self._keeps_settings:
                save_settings(settings)
        except UserError as error:
            self.failed.emit(error)
        self.settings_changed.emit()

    def save_predictions(
        self, path: str, table: str = "", model: ShownPredictions | None = None
    ) -> JobHandle | None:
        """Write predictions in the background, of the model here unless told otherwise; `table` as `gzviewer.io.exports`.

        Raises
        ------
        UserError
            If such a file cannot be written, or if the model is not shown any more: the galaxies may be others by now.
        """
        session = self.session
        model = model or (None if session is None else session.predictions)
        if model is None:
            return None
        if session is None or model not in (session.predictions, *session.attached):
            what = f"The predictions of {model.name} are not shown any more."
            raise UserError(what, "Nothing was written. Open their galaxies again, then export.")
        job = exporting(session, model, path, table)
        handle = self.runner.submit(f"Export {Path(path).name}", job)
        handle.is_told = True
        handle.failed.connect(self._tell)
        return handle

    def close(self) -> None:
        """Stop everything; nothing that was shown is lost."""
        if self.session is not None:
            self.session.close()
            self.session = None
        self.runner.close()

    def _start(self, wish: Wish) -> None:
        if self._pending is not None:
            self._pending.handle.cancel()
        name, manifest = Path(wish.path).name, self.manifest
        job: Callable[[JobContext], Opened] = opening(wish.path, wish.roles, manifest)
        handle = self.runner.submit(f"Open {name}", job, is_brief=True)
        handle.finished.connect(self._show)
        handle.failed.connect(self._refuse)
        handle.cancelled.connect(self._give_up)
        self._pending = Pending(wish, manifest, handle)
        self.opening_changed.emit(name)

    def _show(self, opened: object) -> None:
        assert isinstance(opened, Opened), f"unexpected result {opened!r}"
        assert self._pending is not None, "opened what nobody waits for"
        wish, self._pending = self._pending.wish, None
        previous, self.session = self.session, Session(opened, self.runner, self)
        self.session.device = self.settings.device
        if len(opened.catalog):
            self.session.selection.set_current(opened.row)
        if previous is not None and previous.catalog.source == opened.catalog.source == wish.path:
            View.of(previous).show_in(self.session)
        self.opening_changed.emit("")
        self.attaching.follow(self.session, wish.predictions)
        self.session_changed.emit(self.session)
        if previous is not None:
            previous.close()
        if wish.predicts:
            self.session.predict()
        if not Path(opened.catalog.source).is_relative_to(resource_folder()):
            self.remember(self.settings.with_recent(opened.catalog.source, wish.chosen))
        self._keep_up()

    def _watch(self, handle: JobHandle) -> None:
        handle.broke.connect(self.failed)
        handle.finished.connect(self._note_speed)

    def _note_speed(self, result: object) -> None:
        """Of the open session's own prediction, if nobody paused it."""
        job = None if self.session is None else self.session.prediction_job
        if self.session is None or self.session.manifest is None or job is None:
            return
        if isinstance(result, PredictResult) and job.result is result and not job.was_paused:
            self.library.note_speed(self.session.manifest, result)

    def _give_up(self) -> None:
        """The opening was cancelled, by a person or by a newer wish."""
        if self._pending is not None and self._pending.handle.state.is_ending:
            self._stay()

    def _refuse(self, error: object) -> None:
        self._stay()
        self._tell(error)

    def _stay(self) -> None:
        """What was open stays, but perhaps its model went meanwhile; what cannot be opened again is not tried for ever."""
        pending, self._pending = self._pending, None
        self.opening_changed.emit("")
        if pending is not None and not pending.wish.is_again:
            self._keep_up()

    def _tell(self, error: object) -> None:
        """A mistake of ours is told by `_watch`."""
        if isinstance(error, UserError):
            self.failed.emit(error)
