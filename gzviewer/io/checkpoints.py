"""What a model is on disk, told without loading it: a folder with ``manifest.toml`` beside the weights.

::

    name = "my_model"
    title = "My model"
    family = "bundled"            # which module of gzviewer.ml.families loads it
    schema = "gz2_ortho_schema"
    label_columns = ["smooth-or-featured-gz2_smooth", "..."]
    weights = "weights.safetensors"
    sha256 = "..."                # of the weights
    licence = "BSD-3-Clause"
    parameters = 2800000
    provisional = false

    [network]
    architecture = "regnety_002"  # its name in timm
    channels = 3
    head = "dirichlet"            # 1 + 100 sigmoid: concentrations
    dropout = 0.2

    [input]
    side = 128
    crop_fraction = 0.65          # of the shorter side of an image, about its centre
    range = "0..1"

    [training]                    # for people: any keys
    [metrics]                     # for people: any keys

Imports nothing that takes time: the window's process reads manifests too.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gzviewer.core.errors import ModelError
from gzviewer.io.toml_text import toml_text

FILE_NAME = "manifest.toml"
PREPROCESSING_VERSION = 1  # raise it when gzviewer.ml.preprocess changes what a network sees
HEADS = ("dirichlet",)
RANGES = ("0..1",)
SHA256_LENGTH = 64

Value = TypeVar("Value")


@dataclass(frozen=True)
class Manifest:
    """One model, as its manifest describes it.

    Parameters
    ----------
    folder
        Where it lies.
    name, title
        How files name it, and how people do.
    family
        Which module of ``gzviewer.ml.families`` loads it.
    schema, label_columns
        The tree, and the answer axis of what it predicts.
    weights, sha256
        File name of the weights in `folder`, and their digest.
    parameters
        Number of trained numbers.
    provisional
        True for a model that is to be replaced by a better one: the window says so.
    architecture, channels, head, dropout
        The network: its name in timm, the bands it sees, what its outputs mean, the dropout before the head.
    side, crop_fraction, value_range
        The input: pixels a side, the share of an image's shorter side that is seen, the range of its values.
    training, metrics
        Whatever else is told, for people.
    """

    folder: Path
    name: str
    title: str
    family: str
    schema: str
    label_columns: tuple[str, ...]
    weights: str
    sha256: str
    licence: str
    parameters: int
    provisional: bool
    architecture: str
    channels: int
    head: str
    dropout: float
    side: int
    crop_fraction: float
    value_range: str
    training: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, object] = field(default_factory=dict)

    @property
    def weights_path(self) -> Path:
        """The file of the weights."""
        return self.folder / self.weights

    @property
    def preprocessing(self) -> str:
        """What happens to an image before the network sees it, as text: other text, other predictions."""
        return (
            f"{PREPROCESSING_VERSION} {self.channels}x{self.side} {self.crop_fraction:g} {self.value_range}"
        )


@dataclass(frozen=True)
class UnusableModel:
    """A folder with a manifest that cannot be used, and why."""

    folder: Path
    error: ModelError


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the model in `folder`.

    Raises
    ------
    ModelError
        If it is missing, is no TOML, or a key is missing or has a value that cannot be used; the sentence
        names it.
    """
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}.", "Name the folder of a model."
        ) from error
    except ValueError as error:  # of tomllib, and of bytes that are not UTF-8
        raise ModelError(f"{path} is no TOML file: {error}.", "Mend it there.") from error
    manifest = _from_table(_Table(table, path), folder)
    _check(manifest, path)
    return manifest


def write_manifest(manifest: Manifest) -> None:
    """Write a manifest into its folder, which must be there; `ModelError` if it could not be read back so."""
    path = manifest.folder / FILE_NAME
    _check(manifest, path)
    top = ("name", "title", "family", "schema", "label_columns", "weights", "sha256", "licence", "parameters")
    table: dict[str, object] = {key: getattr(manifest, key) for key in (*top, "provisional")}
    table["network"] = {
        key: getattr(manifest, key) for key in ("architecture", "channels", "head", "dropout")
    }
    size = {"side": manifest.side, "crop_fraction": manifest.crop_fraction}
    table["input"] = {**size, "range": manifest.value_range}
    table["training"], table["metrics"] = manifest.training, manifest.metrics
    try:
        path.write_text(toml_text(table), encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}.", "Make it writable.") from error


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
    """The model of that name in one of `folders`, else the one in the folder `name_or_path`.

    Raises
    ------
    ModelError
        If there is none, or it cannot be used.
    """
    models = list_models(folders)
    for model in models:
        if isinstance(model, UnusableModel) and model.folder.name == str(name_or_path):
            raise model.error
        if isinstance(model, Manifest) and model.name == str(name_or_path):
            return model
    path = Path(name_or_path).expanduser()
    if (path / FILE_NAME).is_file():
        return read_manifest(path.absolute())
    names = ", ".join(model.name for model in models if isinstance(model, Manifest))
    raise ModelError(
        f"There is no model {name_or_path}.", f"Name one of {names}, or a folder." if names else ""
    )


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


class _Table:
    """A table of a manifest, whose values are asked for by key and type."""

    def __init__(self, table: Mapping[str, object], path: Path, prefix: str = "") -> None:
        self._table, self._path, self._prefix = table, path, prefix

    def value(self, key: str, kind: type[Value]) -> Value:
        """The value of a key that must be there; a whole number does for a fraction."""
        if key not in self._table:
            raise ModelError(f"{self._path} has no {self._prefix}{key}.", "Add it there.")
        value = self._table[key]
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            what = f"{self._path}: {self._prefix}{key} is {value!r}, which is no {kind.__name__}."
            raise ModelError(what, "Mend it there.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values: list[object] = self.value(key, list)
        if not all(isinstance(value, str) for value in values):
            raise ModelError(f"{self._path}: {self._prefix}{key} is no list of texts.", "Mend it there.")
        return tuple(str(value) for value in values)

    def table(self, key: str) -> "_Table":
        """A table inside this one."""
        return _Table(self.value(key, dict), self._path, f"{key}.")

    def notes(self, key: str) -> Mapping[str, object]:
        """A table for people; empty where there is none."""
        return self.value(key, dict) if key in self._table else {}


def _from_table(table: _Table, folder: Path) -> Manifest:
    network, image = table.table("network"), table.table("input")
    return Manifest(
        folder=folder,
        name=table.value("name", str),
        title=table.value("title", str),
        family=table.value("family", str),
        schema=table.value("schema", str),
        label_columns=table.texts("label_columns"),
        weights=table.value("weights", str),
        sha256=table.value("sha256", str).lower(),
        licence=table.value("licence", str),
        parameters=table.value("parameters", int),
        provisional=table.value("provisional", bool),
        architecture=network.value("architecture", str),
        channels=network.value("channels", int),
        head=network.value("head", str),
        dropout=network.value("dropout", float),
        side=image.value("side", int),
        crop_fraction=image.value("crop_fraction", float),
        value_range=image.value("range", str),
        training=table.notes("training"),
        metrics=table.notes("metrics"),
    )


def _check(manifest: Manifest, path: Path) -> None:
    """Values that have the right type and still make no sense."""
    faults = {
        "name": not manifest.name,
        "label_columns": len(set(manifest.label_columns)) != len(manifest.label_columns)
        or not manifest.label_columns,
        "weights": Path(manifest.weights).name != manifest.weights or not manifest.weights,
        "sha256": len(manifest.sha256) != SHA256_LENGTH
        or not set(manifest.sha256) <= set("0123456789abcdef"),
        "network.channels": manifest.channels not in (1, 3),
        "network.head": manifest.head not in HEADS,
        "network.dropout": not 0 <= manifest.dropout < 1,
        "input.side": manifest.side < 1,
        "input.crop_fraction": not 0 < manifest.crop_fraction <= 1,
        "input.range": manifest.value_range not in RANGES,
    }
    for key, is_wrong in faults.items():
        if is_wrong:
            raise ModelError(f"{path}: the value of {key} cannot be used.", "Mend it there.")
