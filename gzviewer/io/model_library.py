"""The person's own models: a folder with a folder for each, into which models are imported once and found again.

A model of another program is turned into this program's own form when it is first used. Its manifest keeps the SHA-256 of the
file that it was made from, what stood around that, and what the person corrected: the same is not read twice.
"""

import shutil
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import list_models, sha256_of
from gzviewer.io.hub import CHECKPOINTS, WEIGHTS, cached_folder, hub_name
from gzviewer.io.manifest import FILE_NAME, Manifest, read_manifest, write_manifest
from gzviewer.io.surroundings import surroundings_of
from gzviewer.jobs.import_requests import Corrections

SOURCE_KEY, CORRECTIONS_KEY, READ_AS_KEY = "source_sha256", "corrections", "read_as"  # in [training]
SURROUNDINGS_KEY = "source_surroundings"
WEIGHT_FILES = (*WEIGHTS, "weights.safetensors")
HUB = ("hf_hub:", "hf-hub:")
UNFINISHED = ".importing"  # a level deeper than models lie: what is in it is never taken for one
ABANDONED_S = 24 * 3600
WRITABLE = "Make room there, or make the folder writable."
LONGEST_NAME = 60


def is_of_hub(text: str) -> bool:
    """True for ``hf_hub:owner/name``."""
    return text.startswith(HUB)


def is_foreign(text: str) -> bool:
    """True for what must be imported before it can be used: a name of the hub, or a file or folder without a manifest."""
    if is_of_hub(text):
        return True
    path = Path(text).expanduser()
    if path.is_dir():
        return not (path / FILE_NAME).is_file()
    return path.is_file() and not (path.parent / FILE_NAME).is_file()


def file_of(source: Path) -> Path:
    """The file of weights that a path means: itself, or the one in a folder of the hub's layout.

    Raises
    ------
    ModelError
        If there is none.
    """
    if not source.is_dir():
        return source
    names = (*CHECKPOINTS, *WEIGHT_FILES)
    for name in names:
        if (source / name).is_file():
            return source / name
    checkpoints = sorted(source.glob("*.ckpt"))
    if len(checkpoints) == 1:
        return checkpoints[0]
    if checkpoints:
        raise ModelError(
            f"{source} holds {len(checkpoints)} checkpoints.", f"Name one, such as {checkpoints[0]}."
        )
    raise ModelError(f"{source} is a folder without a model.", f"It should hold one of {', '.join(names)}.")


def corrections_table(corrections: Corrections) -> dict[str, object]:
    """What a person said, without what was left open, as a manifest keeps it."""
    said = {key: value for key, value in asdict(corrections).items() if value}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}


def here_already(text: str, library: "ModelLibrary", corrections: Corrections) -> Manifest | None:
    """The model that a foreign file, folder or hub name was turned into before; None where that is still to be done."""
    source = cached_folder(hub_name(text)) if is_of_hub(text) else Path(text).expanduser()
    file = file_of(source) if source is not None and source.exists() else None
    if file is None:
        return None
    return library.imported(sha256_of(file), corrections, surroundings_of(file))


class ModelLibrary:
    """The models in one folder, which need not exist yet.

    Parameters
    ----------
    folder
        The last of `gzviewer.io.settings.model_folders`.
    others
        Further folders, whose names new models must not take.
    """

    def __init__(self, folder: Path, others: Iterable[Path] = ()) -> None:
        self.folder, self._others = folder, tuple(others)

    def models(self) -> list[Manifest]:
        """Those that can be used."""
        return [model for model in list_models([self.folder]) if isinstance(model, Manifest)]

    def imported(self, sha256: str, corrections: Corrections, surroundings: str = "") -> Manifest | None:
        """The model that was made from the file of that digest with the same corrections and the same around it."""
        wanted = corrections_table(corrections)
        for model in self.models():
            notes: Mapping[str, object] = model.training
            around = notes.get(SURROUNDINGS_KEY, "")
            if (notes.get(SOURCE_KEY), around, notes.get(CORRECTIONS_KEY, {})) == (
                sha256,
                surroundings,
                wanted,
            ):
                return model
        return None

    def free_name(self, wanted: str) -> str:
        """`wanted` as the name of a folder, with a number if a model of that name is there already."""
        letters = (letter if letter.isalnum() or letter in "-_." else "-" for letter in wanted)
        name = "".join(letters).strip("-.")[:LONGEST_NAME] or "model"
        taken = self._names()
        numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(other for other in numbered if other not in taken)

    def check_free(self, name: str) -> None:
        """`ModelError` if a person's choice of a name cannot be had."""
        free = self.free_name(name)
        if free != name:
            why = (
                "a model of that name is there already"
                if name in self._names()
                else f"a name has letters, digits, - _ . and at most {LONGEST_NAME} of them"
            )
            raise ModelError(f"A model cannot be named {name}: {why}.", f"{free} is free.")

    def _names(self) -> set[str]:
        names = {model.name for model in list_models(self._others) if isinstance(model, Manifest)}
        if self.folder.is_dir():
            names |= {path.name for path in self.folder.iterdir()}
        return names | {model.name for model in self.models()}

    @contextmanager
    def new_folder(self, name: str) -> Generator[Path]:
        """An empty folder to make a model in; when the block is left without an error it is in the library, whole.

        Raises
        ------
        ModelError
            If it cannot be written.
        """
        unfinished = self.folder / UNFINISHED
        try:
            unfinished.mkdir(parents=True, exist_ok=True)
            _clear(unfinished)
            around = Path(tempfile.mkdtemp(dir=unfinished))
            beside = around / "model"  # a folder that others may read, as that of mkdtemp is not
            beside.mkdir()
        except OSError as error:
            raise ModelError(f"{self.folder} cannot be written: {error.strerror}.", WRITABLE) from error
        try:
            yield beside
            beside.replace(self.folder / name)
        except OSError as error:
            raise ModelError(
                f"{self.folder / name} cannot be written: {error.strerror}.", WRITABLE
            ) from error
        finally:
            shutil.rmtree(around, ignore_errors=True)

    def add(self, source: Path, name: str = "") -> Manifest:
        """Copy a model in this program's own form into the library.

        Raises
        ------
        ModelError
            If it cannot be used, its weights are not those of its manifest, or the name is taken.
        """
        manifest = read_manifest(source)
        if sha256_of(manifest.weights_path) != manifest.sha256:
            raise ModelError(
                f"{manifest.weights_path} is not the file its manifest names.", "Fetch it again."
            )
        self.check_free(name or manifest.name)
        with self.new_folder(name or manifest.name) as folder:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            if name:
                _rename(folder, name)
        return read_manifest(self.folder / (name or manifest.name))

    def remove(self, name: str) -> Path:
        """Delete one of the person's own models; returns the folder that was.

        Raises
        ------
        ModelError
            If there is none of that name here, or it cannot be deleted.
        """
        folder = next((model.folder for model in self.models() if model.name == name), self.folder / name)
        is_inside = folder.parent == self.folder and folder.name not in ("", ".", "..", UNFINISHED)
        if not is_inside or not folder.is_dir():
            raise ModelError(*self._not_removable(name))
        try:
            if folder.is_symlink():
                folder.unlink()
            else:
                shutil.rmtree(folder)
        except OSError as error:
            raise ModelError(
                f"{folder} cannot be deleted: {error.strerror}.", "Delete it yourself."
            ) from error
        return folder

    def take_place(self, old: Manifest, new: Manifest) -> Manifest:
        """Give one of the person's own models the name and the folder of another, which goes.

        Raises
        ------
        ModelError
            If they cannot be moved: then both stay as they are.
        """
        unfinished = self.folder / UNFINISHED
        try:
            unfinished.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=unfinished, ignore_cleanup_errors=True) as away:
                aside = old.folder.rename(Path(away) / old.folder.name)
                try:
                    new.folder.rename(old.folder)
                except OSError:
                    aside.rename(old.folder)
                    raise
        except OSError as error:
            raise ModelError(f"{old.folder} cannot be replaced: {error.strerror}.", WRITABLE) from error
        write_manifest(replace(new, folder=old.folder, name=old.name))
        return read_manifest(old.folder)

    def _not_removable(self, name: str) -> tuple[str, str]:
        if any(isinstance(model, Manifest) and model.name == name for model in list_models(self._others)):
            return f"The model {name} comes with the program and is not removed.", "Choose one of your own."
        own = ", ".join(model.name for model in self.models())
        return f"There is no model {name} of your own.", f"There are {own}." if own else "You have none."


def _rename(folder: Path, name: str) -> None:
    """Give a copied model its new name, in its manifest too."""
    write_manifest(replace(read_manifest(folder), folder=folder, name=name))


def _clear(unfinished: Path) -> None:
    """Delete what an import that was killed left, a day later: another may be at work now."""
    for path in unfinished.iterdir():
        if time.time() - path.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
