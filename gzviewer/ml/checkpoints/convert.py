"""Turns a foreign checkpoint into a model of this program: weights as they are, in single precision, and a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import SCHEMA_FILE, Manifest, write_manifest
from gzviewer.io.model_library import CORRECTIONS_KEY, READ_AS_KEY, SOURCE_KEY, corrections_table
from gzviewer.jobs.import_requests import Corrections
from gzviewer.ml.checkpoints.encoders import Encoder, find_encoder
from gzviewer.ml.checkpoints.guards import ANOTHER
from gzviewer.ml.checkpoints.heads import Head, find_head
from gzviewer.ml.checkpoints.inputs import InputRecipe, find_input
from gzviewer.ml.checkpoints.layout import LINEAR, TREE, LinearWeights, parted
from gzviewer.ml.checkpoints.reading import Checkpoint
from gzviewer.ml.checkpoints.trees import schema_text
from gzviewer.ml.families.bundled import FAMILY
from gzviewer.ml.network import GalaxyNetwork
from gzviewer.ml.torch_compat import timm

WEIGHTS = "weights.safetensors"
SIDES = range(16, 1025)
LONGEST_SETTING = 200


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint came from: what a person called it, the digest of its file, and its licence if known."""

    called: str
    sha256: str
    licence: str = "not known"


def convert(checkpoint: Checkpoint, said: Corrections, origin: Origin, folder: Path, name: str) -> Manifest:
    """Write a foreign model into `folder` in this program's own form.

    Parameters
    ----------
    checkpoint
        As `gzviewer.ml.checkpoints.reading.read_checkpoint` gives it.
    said
        What a person corrects.
    folder
        An empty folder.
    name
        Of the new model.

    Raises
    ------
    ModelError
        If it cannot be found out what the model is, its weights do not fit, or they are no numbers.
    SchemaError
        If the tree that a person names is not there.
    """
    parts = parted(checkpoint.tensors, checkpoint.path)
    encoder = find_encoder(checkpoint, parts.encoder, said.encoder, said.channels)
    layer = parts.head or encoder.last
    head = find_head(checkpoint, layer, said)
    is_zoobot = _is_of_zoobot(checkpoint, layer, origin)
    recipe = find_input(checkpoint, encoder, said, is_zoobot=is_zoobot)
    if recipe.side not in SIDES:
        raise ModelError(f"An image of {recipe.side} pixels a side cannot be.", "Give --side 16 to 1024.")
    network = _network(checkpoint, encoder, head, layer, recipe)
    if head.tree is not None and head.tree.is_own:
        _write(folder / SCHEMA_FILE, schema_text(head.tree.schema))
    manifest = _manifest(
        checkpoint, encoder, head, recipe, said, origin, folder, name, _save(network, folder)
    )
    try:
        write_manifest(manifest)
    except UnicodeEncodeError as error:
        raise ModelError(f"{checkpoint.path} holds names that are no text.", ANOTHER) from error
    return manifest


def _is_of_zoobot(checkpoint: Checkpoint, layer: LinearWeights | None, origin: Origin) -> bool:
    """True where the file, its name or its layout says so."""
    if layer is not None and layer.place in (TREE, LINEAR):
        return True
    tag = checkpoint.config.get("pretrained_cfg")
    told = (origin.called, str(checkpoint.path.parent), str(checkpoint.settings.get("name")), str(tag))
    return any("zoobot" in text.lower() for text in told)


def _network(
    checkpoint: Checkpoint, encoder: Encoder, head: Head, layer: LinearWeights | None, recipe: InputRecipe
) -> nn.Module:
    """The network with its weights, tried once on an empty image."""
    state = {f"encoder.{name}": value for name, value in encoder.weights.items()}
    if head.kind != "none" and layer is not None:
        state |= {"head.weight": layer.weight, "head.bias": layer.bias}
    for name, value in state.items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise ModelError(f"{checkpoint.path}: {name} holds what is no number (NaN or infinite).", ANOTHER)
    outputs = max(1, len(head.label_columns))
    try:
        network = GalaxyNetwork(
            encoder.architecture, outputs, channels=encoder.channels, dropout=head.dropout
        )
        width = _measured_width(network, encoder, recipe)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise ModelError(
            f"{checkpoint.path}: an encoder {encoder.architecture} cannot see images of {recipe.side} pixels a side.",
            "Give the side it was trained with by --side.",
        ) from error
    if width != network.feature_count or (
        layer is not None and head.kind != "none" and layer.weight.shape[1] != width
    ):
        found = layer.weight.shape[1] if layer is not None else network.feature_count
        raise ModelError(
            f"{checkpoint.path}: its head takes {found} features, but an encoder {encoder.architecture} gives {width}.",
            "Name another encoder with --encoder.",
        )
    missing = network.load_state_dict({name: _single(value) for name, value in state.items()}, strict=False)
    assert not missing.unexpected_keys, "the weights were compared with the encoder's"
    return network.encoder if head.kind == "none" else network


def _single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _measured_width(network: GalaxyNetwork, encoder: Encoder, recipe: InputRecipe) -> int:
    """Features that an encoder really gives: what timm tells of it is not always that."""
    with torch.inference_mode():
        features = network.eval().features(torch.zeros(1, encoder.channels, recipe.side, recipe.side))
    if features.ndim != 2:
        raise ValueError(f"{encoder.architecture} gives no vector of features")
    return int(features.shape[1])


def _save(network: nn.Module, folder: Path) -> tuple[str, int]:
    """Store the weights of a network, or of an encoder alone; their digest and number."""
    start = "" if isinstance(network, GalaxyNetwork) else "encoder."
    state = {f"{start}{name}": value.contiguous() for name, value in network.state_dict().items()}
    try:
        save_file(state, folder / WEIGHTS)
    except OSError as error:
        raise ModelError(
            f"{folder / WEIGHTS} cannot be written: {error.strerror}.", "Make room there."
        ) from error
    return sha256_of(folder / WEIGHTS), sum(value.numel() for value in network.parameters())


def _manifest(
    checkpoint: Checkpoint,
    encoder: Encoder,
    head: Head,
    recipe: InputRecipe,
    said: Corrections,
    origin: Origin,
    folder: Path,
    name: str,
    saved: tuple[str, int],
) -> Manifest:
    sha256, parameters = saved
    channels = f"channels: {encoder.channels}, as the first convolution has them"
    read_as = (f"encoder: {encoder.architecture}, {encoder.how}", channels, *head.how, *recipe.how)
    return Manifest(
        folder=folder,
        name=name,
        title=f"{made_by(checkpoint)} {encoder.architecture}",
        family=FAMILY,
        schema=head.tree.schema.name if head.tree else "",
        label_columns=head.label_columns,
        weights=WEIGHTS,
        sha256=sha256,
        licence=origin.licence,
        parameters=parameters,
        provisional=False,
        architectures=(encoder.architecture,),
        channels=encoder.channels,
        head=head.kind,
        dropout=head.dropout,
        side=recipe.side,
        crop_fraction=recipe.crop_fraction,
        value_range=recipe.value_range,
        interpolation=recipe.interpolation,
        greyscale=recipe.greyscale,
        training={
            "source": origin.called,
            SOURCE_KEY: origin.sha256,
            CORRECTIONS_KEY: corrections_table(said),
            "made_by": made_by(checkpoint),
            "converted_with": f"timm {timm.__version__}",
            READ_AS_KEY: list(read_as),
            **checkpoint.facts,
            "settings": _plain(checkpoint.settings),
        },
    )


def made_by(checkpoint: Checkpoint) -> str:
    """Which class of Zoobot wrote a checkpoint, as its settings show; ``Zoobot`` or ``timm`` where they do not."""
    settings = checkpoint.settings
    for key, name in (
        ("schema", "FinetuneableZoobotTree"),
        ("num_classes", "FinetuneableZoobotClassifier"),
        ("unit_interval", "FinetuneableZoobotRegressor"),
        ("question_answer_pairs", "ZoobotTree"),
        ("question_index_groups", "ZoobotTree 1.x"),
    ):
        if key in settings:
            return name
    is_headed = any(f"{place}.weight" in name for name in checkpoint.tensors for place in (TREE, LINEAR))
    return "Zoobot" if is_headed else "timm"


def _plain(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings that a manifest can hold: short texts, numbers and truths."""
    return {
        key: value
        for key, value in settings.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) < LONGEST_SETTING)
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}.", "Make room there.") from error
    except UnicodeEncodeError as error:
        raise ModelError(
            f"{path.name}: the tree of the checkpoint holds what is no text.", ANOTHER
        ) from error
