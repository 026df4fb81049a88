"""The models at hand: what is installed, what is being added, how fast each is here, and what they can run on."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gzviewer.core.errors import SchemaError, UserError
from gzviewer.io.checkpoints import UnusableModel, list_models
from gzviewer.io.hub_offer import HubOffer
from gzviewer.io.manifest import OF_SCHEMA, Manifest, check_manifest, schema_of, write_manifest
from gzviewer.io.model_input import describe_input
from gzviewer.io.model_library import CORRECTIONS_KEY, READ_AS_KEY, ModelLibrary, is_of_hub
from gzviewer.io.settings import model_folders
from gzviewer.io.speeds import keep_speed, load_speeds
from gzviewer.jobs.devices import DevicesRequest, FoundDevice
from gzviewer.jobs.import_requests import Corrections, ImportRequest, ImportResult, LookUpRequest
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictResult
from gzviewer.session.jobs import JobHandle, JobRunner

__all__ = [
    "OF_SCHEMA",
    "Corrections",
    "Entry",
    "HubOffer",
    "Manifest",
    "Models",
    "UnusableModel",
    "describe_input",
    "why_not",
]

Entry = Manifest | UnusableModel
NOTHING = Corrections()
CORRECT = "Correct "  # so begins the title of a job that reads a model again
IDENTITY = ("encoder", "schema", "head", "channels", "classes")
"""What is built into a model when it is read; its input can be changed afterwards."""


class Models(QObject):
    """What lies in the folders of models. It is read again whenever something is added, corrected or removed."""

    changed = Signal()  # what is installed, or what is known of it
    added = Signal(object)  # ImportResult
    replaced = Signal(str, str)  # names: the model that goes, and the one that takes its place
    failed = Signal(object)  # UserError: what should have followed a finished job could not be done
    devices_changed = Signal()

    def __init__(self, models: Sequence[Manifest], runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        *others, own = model_folders()
        self._own = ModelLibrary(own, others)
        self._entries: tuple[Entry, ...] = tuple(models)
        self._speeds = load_speeds()
        self._asking: JobHandle | None = None
        self._adding: list[JobHandle] = []
        self.devices: tuple[FoundDevice, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every model, usable or not: the program's own, then the person's, by name."""
        return self._entries

    @property
    def usable(self) -> tuple[Manifest, ...]:
        """The models whose manifest can be read; some of them may be encoders that answer nothing."""
        return tuple(entry for entry in self._entries if isinstance(entry, Manifest))

    @property
    def adding(self) -> tuple[JobHandle, ...]:
        """The models that are being added, or wait for it, oldest first."""
        self._adding = [handle for handle in self._adding if not handle.state.is_ending]
        return tuple(self._adding)

    def refresh(self) -> None:
        """Look into the folders again."""
        entries = tuple(list_models(model_folders()))
        if entries != self._entries:
            self._entries = entries
            self.changed.emit()

    def is_own(self, entry: Entry) -> bool:
        """True for what the person added: it can be corrected and removed."""
        return entry.folder.parent == self._own.folder

    def add(
        self,
        source: str,
        *,
        corrections: Corrections = NOTHING,
        name: str = "",
        may_download: bool = False,
        corrects: str = "",
    ) -> JobHandle:
        """Add a checkpoint, a folder or a name of the hub, in a child process; `added` follows, or the job fails.

        Parameters
        ----------
        source
            Path, or ``hf_hub:owner/name``.
        may_download
            True where the person agreed that files of the hub are fetched.
        corrects
            Name of the model that is read again; "" for a new one.
        """
        path = source if is_of_hub(source) else str(Path(source).expanduser().absolute())
        request = ImportRequest(path, str(self._own.folder), name, corrections, may_download)
        title = source.partition(":")[2] if is_of_hub(source) else Path(path).name
        words = f"{CORRECT}{corrects}" if corrects else f"Add {title}"
        handle = self._runner.submit(words, run_in_child(request), is_apart=True)
        handle.finished.connect(self._take)
        handle.cancelled.connect(self.refresh)  # in its last moment it may be there already
        self._adding.append(handle)
        return handle

    def look_up(self, name: str) -> JobHandle:
        """Find out what adding a model of the hub would fetch; its result is a `HubOffer`.

        The hub is asked where the model is not on this computer: call it only when a person wants to know.
        """
        title = f"Look up {name}"
        return self._runner.submit(title, run_in_child(LookUpRequest(name)), is_brief=True, is_question=True)

    def correct(
        self, manifest: Manifest, said: Corrections, recipe: Mapping[str, object]
    ) -> JobHandle | None:
        """Let a model of the person's own be what the person says.

        Parameters
        ----------
        said
            Where it says another encoder, tree, head, bands or classes than before, the model is read again from where
            it came from, in the background; the old one goes when that is done.
        recipe
            Fields of `Manifest` about its input, with their new values.

        Raises
        ------
        ModelError
            If a recipe makes no sense or cannot be kept.
        """
        before = corrections_of(manifest)
        if all(getattr(said, part) == getattr(before, part) for part in IDENTITY):
            self.set_input(manifest, recipe)
            return None
        check_manifest(replace(manifest, **recipe))  # type: ignore[arg-type]
        handle = self.add(source_of(manifest), corrections=said, corrects=manifest.name)
        handle.finished.connect(lambda result: self._replace(manifest, result, recipe))
        return handle

    def set_input(self, manifest: Manifest, recipe: Mapping[str, object]) -> None:
        """Let a model of the person's own see images in another way from now on; as `correct`."""
        assert self.is_own(manifest), manifest.folder
        write_manifest(replace(manifest, **recipe))  # type: ignore[arg-type]
        self.refresh()

    def remove(self, entry: Entry) -> None:
        """Delete a model of the person's own; what it predicted stays.

        Raises
        ------
        ModelError
            If it cannot be deleted.
        """
        assert self.is_own(entry), entry.folder
        try:
            self._own.remove(entry.name if isinstance(entry, Manifest) else entry.folder.name)
        finally:
            self.refresh()

    def speeds_of(self, manifest: Manifest) -> dict[str, float]:
        """Device -> galaxies a second of the last prediction that said enough; empty before there was one."""
        return {
            device: speed
            for (work, device), speed in sorted(self._speeds.items())
            if work == _work_of(manifest)
        }

    def note_speed(self, manifest: Manifest, result: PredictResult) -> None:
        """Remember how fast a finished prediction was."""
        if keep_speed(_work_of(manifest), result.device, result.predicted, result.seconds):
            self._speeds = load_speeds()
            self.changed.emit()

    def ask_devices(self) -> None:
        """Find out what a model can run on, once: a child process asks torch. `devices_changed` follows."""
        is_asking = self._asking is not None and not self._asking.state.is_ending
        if not self.devices and not is_asking:
            self._asking = self._runner.submit(
                "Look for devices", run_in_child(DevicesRequest()), is_brief=True, is_question=True
            )
            self._asking.finished.connect(self._take_devices)

    def _take(self, result: object) -> None:
        assert isinstance(result, ImportResult), f"unexpected result {result!r}"
        self.refresh()
        self.added.emit(result)

    def _replace(self, old: Manifest, result: object, recipe: Mapping[str, object]) -> None:
        """The new model takes the name of the old one; the same corrections give the same model, which is not to go.

        Where the input cannot be kept, both stay, and the person is told.
        """
        assert isinstance(result, ImportResult), f"unexpected result {result!r}"
        new = next((model for model in self.usable if str(model.folder) == result.folder), None)
        try:
            if new is not None:
                self._put_in_place(old, new, recipe, was_there=result.was_there)
        except UserError as error:
            self.failed.emit(error)

    def _put_in_place(
        self, old: Manifest, new: Manifest, recipe: Mapping[str, object], *, was_there: bool
    ) -> None:
        """A model that was there before keeps its own name."""
        if new.folder == old.folder or was_there or not old.folder.is_dir():
            self.set_input(new, recipe)
            self.replaced.emit(old.name, new.name)
            if new.folder != old.folder and old.folder.is_dir():
                self.remove(old)
            return
        changed = replace(new, **recipe)  # type: ignore[arg-type]
        check_manifest(changed)
        try:
            self._own.take_place(old, changed)
        finally:
            self.refresh()

    def _take_devices(self, devices: object) -> None:
        assert isinstance(devices, tuple), f"unexpected result {devices!r}"
        self.devices = devices
        self.devices_changed.emit()


def _work_of(manifest: Manifest) -> str:
    """What a speed belongs to: the weights, and how much of an image goes through them how often."""
    return f"{manifest.sha256}-{manifest.side}-{manifest.members}"


def tree_title(manifest: Manifest) -> str:
    """What the tree that a model answers is called; its name where it cannot be read."""
    try:
        return schema_of(manifest).title
    except SchemaError:
        return manifest.schema


def source_of(manifest: Manifest) -> str:
    """Where a model was added from; "" where its manifest does not tell."""
    source = manifest.training.get("source", "")
    return source if isinstance(source, str) and ("/" in source or "\\" in source) else ""


def read_as(manifest: Manifest) -> tuple[str, ...]:
    """How each part of a foreign model was found out, a line each; empty for a model of this program's own."""
    lines = manifest.training.get(READ_AS_KEY, ())
    return tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else ()


def corrections_of(manifest: Manifest) -> Corrections:
    """What a person said of a model when it was added; what is no such thing any more is left out."""
    said = manifest.training.get(CORRECTIONS_KEY)
    values: dict[str, object] = {}
    table: Mapping[str, object] = said if isinstance(said, Mapping) else {}
    for each in fields(Corrections):
        value = table.get(each.name)
        value = tuple(str(item) for item in value) if isinstance(value, list) else value
        if isinstance(value, type(each.default)):
            values[each.name] = value
    return replace(NOTHING, **values)  # type: ignore[arg-type]


def why_not(entry: Entry) -> str:
    """Why a model cannot predict; "" where it can."""
    if isinstance(entry, UnusableModel):
        return str(entry.error)
    if entry.head == "none":
        return "An encoder answers nothing yet: finetune it first."
    return ""
