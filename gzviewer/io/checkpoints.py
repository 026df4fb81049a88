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

Imports nothing that takes long: the window's process reads manifests too.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from gzviewer.core.errors import ModelError, SchemaError
from gzviewer.io.manifest_table import ManifestTable
from gzviewer.io.schemas import load_schema
from gzviewer.io.toml_text import toml_text

FILE_NAME = "manifest.toml"
PREPROCESSING_VERSION = 1  # raise it when gzviewer.ml.preprocess changes what a network sees
HEADS = ("dirichlet",)
RANGES = ("0..1",)
SHA256_LENGTH = 64


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
        The tree, and the answer axis of what it predicts: the tree's own label columns, in its order.
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
        If it is missing, is no TOML, or a key is missing or has a value that cannot be used, such as label
        columns that are not those of the schema; the sentence names it.
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
    manifest = _from_table(ManifestTable(table, path), folder)
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


def _from_table(table: ManifestTable, folder: Path) -> Manifest:
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
    _check_schema(manifest, path)


def _check_schema(manifest: Manifest, path: Path) -> None:
    """In another order every answer would be given another's number."""
    try:
        expected = load_schema(manifest.schema).label_columns
    except SchemaError as error:
        raise ModelError(f"{path}: its schema cannot be used: {error.what}", error.remedy) from error
    pairs = zip_longest(manifest.label_columns, expected, fillvalue="nothing")
    for number, (ours, theirs) in enumerate(pairs, start=1):
        if ours != theirs:
            raise ModelError(
                f"{path}: label column {number} is {ours}, but {theirs} in the schema {manifest.schema}.",
                "Give the schema and the label columns that the model was trained with.",
            )
