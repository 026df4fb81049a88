"""The models that lie in folders: listed, and found by name or path."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.errors import ModelError
from gzviewer.io.manifest import FILE_NAME, Manifest, read_manifest


@dataclass(frozen=True)
class UnusableModel:
    """A folder with a manifest that cannot be used, and why."""

    folder: Path
    error: ModelError


def list_models(folders: Iterable[Path]) -> list[Manifest | UnusableModel]:
    """The models that lie in `folders`, one folder each, by name within each; folders may be missing."""
    found: list[Manifest | UnusableModel] = []
    for folder in folders:
        for path in sorted(folder.glob(f"*/{FILE_NAME}")):
            try:
                found.append(read_manifest(path.parent))
            except ModelError as error:
                found.append(UnusableModel(path.parent, error))
    return found


def find_model(name_or_path: str | Path, folders: Iterable[Path]) -> Manifest:
    """The model of that name in one of `folders`, else the one that lies at the path `name_or_path`.

    Parameters
    ----------
    name_or_path
        A name, which the first usable model in `folders` has; or a model's folder, manifest or weights.

    Raises
    ------
    ModelError
        If there is none, or it cannot be used.
    """
    models, name = list_models(folders), str(name_or_path)
    usable = [model for model in models if isinstance(model, Manifest)]
    for model in usable:
        if model.name == name:
            return model
    for broken in models:
        if isinstance(broken, UnusableModel) and broken.folder.name == name:
            raise broken.error
    path = Path(name_or_path).expanduser().absolute()
    if (path / FILE_NAME).is_file():
        return read_manifest(path)
    if path.is_file():
        return _model_of_file(path)
    names = ", ".join(model.name for model in usable)
    raise ModelError(
        f"There is no model {name_or_path}.",
        f"Name one of {names}, or the folder of another." if names else "Name the folder of one.",
    )


def _model_of_file(path: Path) -> Manifest:
    """The model that a manifest or a file of weights belongs to."""
    if not (path.parent / FILE_NAME).is_file():
        raise ModelError(
            f"{path} has no {FILE_NAME} beside it, which would say what the model is.",
            "Put the model's manifest there, or name the folder of a model.",
        )
    manifest = read_manifest(path.parent)
    if path.name not in {FILE_NAME, manifest.weights}:
        raise ModelError(
            f"{path} is not the file of weights that the {FILE_NAME} beside it names, {manifest.weights}.",
            "Name that one, or the folder of a model.",
        )
    return manifest


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.", "Fetch the model again.") from error
