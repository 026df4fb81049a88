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
    architectures = ["regnety_002"]  # names in timm; several: an ensemble, whose weights are named "0.", "1.", ...
    channels = 3
    head = "dirichlet"            # what outputs mean, see below
    span = 100.0                  # of a Dirichlet head: concentrations are 1 + span sigmoid
    dropout = 0.2
    [network.factors]             # question = factor: what concentrations are multiplied by (calibration); 1 where not named

    [input]
    side = 128
    crop_fraction = 0.65          # of the shorter side of an image, about its centre
    range = "0..1"                # or "imagenet": mean and deviation of ImageNet are taken off
    interpolation = "bilinear"
    greyscale = ""                # "mean" or "luma": how colours become the one band of a network of one channel
    fits = "screen"               # how measured pixels become a picture
    views = 1                     # turned and mirrored views that are predicted, 1 to 8, each a member

    [training]                    # for people: any keys
    [metrics]                     # for people: any keys

Heads: ``dirichlet`` gives concentrations of the answers of a schema; ``shares`` the fractions of all volunteers, multiplied
along the tree of a schema (Kaggle's 37 columns); ``classes`` a probability for each of `label_columns`, ``values`` a value
for each, ``unit-values`` one in 0..1; ``none`` is an encoder that answers nothing yet.

Imports nothing that takes long: the window's process reads manifests too.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from gzviewer.core.errors import ModelError, SchemaError
from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.io.manifest_table import ManifestTable
from gzviewer.io.schemas import load_schema
from gzviewer.io.toml_text import toml_text

FILE_NAME = "manifest.toml"
PREPROCESSING_VERSION = 2  # raise it when gzviewer.io.model_input changes what a network sees
HEADS = ("dirichlet", "shares", "classes", "values", "unit-values", "none")
OF_SCHEMA = ("dirichlet", "shares")  # heads whose label columns are those of a schema
RANGES = ("0..1", "imagenet")
INTERPOLATIONS = ("bilinear", "bicubic", "nearest")
# a name of timm, maybe with the tag of its weights: what else timm takes for a name makes it ask a hub or read a folder
ARCHITECTURE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?")
GREYSCALES = ("", "mean", "luma")
FITS_RECIPES = ("screen", "decals", "lupton", "zoobot")
SCHEMA_FILE = "schema.toml"  # beside the manifest: the tree of a model that no installed schema fits
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
    architectures, channels, head, dropout, span, factors
        The networks: their names in timm, the bands they see, what outputs mean, the dropout before the head, the range of
        concentrations above 1, and by question what concentrations are multiplied by.
    side, crop_fraction, value_range, interpolation, greyscale, fits, views
        The input: pixels a side, the share of an image's shorter side that is seen, the range of its values, how it is
        resampled, how colours become one band, how measured pixels become a picture, how many views are predicted.
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
    architectures: tuple[str, ...]
    channels: int
    head: str
    dropout: float
    side: int
    crop_fraction: float
    value_range: str = "0..1"
    interpolation: str = "bilinear"
    greyscale: str = ""
    fits: str = "screen"
    views: int = 1
    span: float = 100.0
    factors: Mapping[str, float] = field(default_factory=dict)
    training: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, object] = field(default_factory=dict)

    @property
    def weights_path(self) -> Path:
        """The file of the weights."""
        return self.folder / self.weights

    @property
    def preprocessing(self) -> str:
        """What happens to an image before the network sees it, as text: other text, other predictions."""
        size = f"{self.channels}x{self.side} {self.crop_fraction:g}"
        recipe = f"{self.value_range} {self.interpolation} {self.greyscale or 'colours'} {self.fits}"
        factors = " ".join(f"{name}={factor:g}" for name, factor in self.factors.items())
        return f"{PREPROCESSING_VERSION} {size} {recipe} {factors}".strip()

    @property
    def members(self) -> int:
        """Length of the member axis of one pass: networks times views."""
        return len(self.architectures) * self.views

    @property
    def architecture(self) -> str:
        """The networks in words."""
        return " + ".join(self.architectures)


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


def check_manifest(manifest: Manifest) -> None:
    """`ModelError` if a value of it makes no sense: it could not be read back."""
    _check(manifest, manifest.folder / FILE_NAME)


def write_manifest(manifest: Manifest) -> None:
    """Write a manifest into its folder, which must be there; `ModelError` if it could not be read back so."""
    path = manifest.folder / FILE_NAME
    _check(manifest, path)
    top = ("name", "title", "family", "schema", "label_columns", "weights", "sha256", "licence", "parameters")
    table: dict[str, object] = {key: getattr(manifest, key) for key in (*top, "provisional")}
    network = ("architectures", "channels", "head", "span", "dropout", "factors")
    table["network"] = {key: getattr(manifest, key) for key in network}
    size = {"side": manifest.side, "crop_fraction": manifest.crop_fraction, "range": manifest.value_range}
    recipe = {key: getattr(manifest, key) for key in ("interpolation", "greyscale", "fits", "views")}
    table["input"] = {**size, **recipe}
    table["training"], table["metrics"] = manifest.training, manifest.metrics
    try:
        path.write_text(toml_text(table), encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}.", "Make it writable.") from error


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
        architectures=network.texts("architectures"),
        channels=network.value("channels", int),
        head=network.value("head", str),
        dropout=network.value("dropout", float),
        side=image.value("side", int),
        crop_fraction=image.value("crop_fraction", float),
        value_range=image.value("range", str),
        interpolation=image.value("interpolation", str, "bilinear"),
        greyscale=image.value("greyscale", str, ""),
        fits=image.value("fits", str, "screen"),
        views=image.value("views", int, 1),
        span=network.value("span", float, 100.0),
        factors=network.numbers("factors"),
        training=table.notes("training"),
        metrics=table.notes("metrics"),
    )


def _check(manifest: Manifest, path: Path) -> None:
    """Values that have the right type and still make no sense."""
    faults = {
        "name": not manifest.name,
        "label_columns": len(set(manifest.label_columns)) != len(manifest.label_columns)
        or not (manifest.label_columns or manifest.head == "none"),
        "weights": Path(manifest.weights).name != manifest.weights or not manifest.weights,
        "sha256": len(manifest.sha256) != SHA256_LENGTH
        or not set(manifest.sha256) <= set("0123456789abcdef"),
        "network.architectures": not manifest.architectures
        or not all(ARCHITECTURE.fullmatch(name) for name in manifest.architectures),
        "network.channels": manifest.channels not in (1, 3),
        "network.head": manifest.head not in HEADS,
        "network.dropout": not 0 <= manifest.dropout < 1,
        "network.span": manifest.span <= 0,
        "network.factors": not all(factor > 0 for factor in manifest.factors.values()),
        "input.side": manifest.side < 1,
        "input.crop_fraction": not 0 < manifest.crop_fraction <= 1,
        "input.range": manifest.value_range not in RANGES,
        "input.interpolation": manifest.interpolation not in INTERPOLATIONS,
        "input.greyscale": manifest.greyscale not in GREYSCALES,
        "input.fits": manifest.fits not in FITS_RECIPES,
        "input.views": not 1 <= manifest.views <= 8,
    }
    for key, is_wrong in faults.items():
        if is_wrong:
            raise ModelError(f"{path}: the value of {key} cannot be used.", "Mend it there.")
    if manifest.head in OF_SCHEMA:
        _check_schema(manifest, path)


def schema_of(manifest: Manifest) -> Schema:
    """The tree that a model answers: its own, beside its manifest, or the installed one that it names.

    The one question of a ``classes`` head is made of its classes. Other heads answer no tree.

    Raises
    ------
    SchemaError
        If it is not there or is invalid, or the model answers no tree.
    """
    if manifest.head == "classes":
        answers = tuple(Answer(name, name) for name in manifest.label_columns)
        return Schema(manifest.name, manifest.title, (Question("class", "Which class is it?", answers),))
    if manifest.head not in OF_SCHEMA:
        raise SchemaError(f"{manifest.name} answers no tree.", "Choose a model that does.")
    own = manifest.folder / SCHEMA_FILE
    return load_schema(own if own.is_file() else manifest.schema)


def _check_schema(manifest: Manifest, path: Path) -> None:
    """In another order every answer would be given another's number."""
    try:
        expected = schema_of(manifest).label_columns
    except SchemaError as error:
        raise ModelError(f"{path}: its schema cannot be used: {error.what}", error.remedy) from error
    pairs = zip_longest(manifest.label_columns, expected, fillvalue="nothing")
    for number, (ours, theirs) in enumerate(pairs, start=1):
        if ours != theirs:
            raise ModelError(
                f"{path}: label column {number} is {ours}, but {theirs} in the schema {manifest.schema}.",
                "Give the schema and the label columns that the model was trained with.",
            )
