"""Turns a foreign checkpoint into a model of this program: weights as they are, in single precision, and a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import SCHEMA_FILE, Manifest, write_manifest
from gzviewer.io.model_library import (
    CORRECTIONS_KEY,
    READ_AS_KEY,
    SOURCE_KEY,
    SURROUNDINGS_KEY,
    corrections_table,
)
from gzviewer.io.surroundings import CONFIG, ZOOBOT, is_zoobots_on_hub
from gzviewer.jobs.import_requests import Corrections
from gzviewer.ml.checkpoints.encoders import Encoder, find_encoder
from gzviewer.ml.checkpoints.guards import ANOTHER
from gzviewer.ml.checkpoints.heads import Head, find_head
from gzviewer.ml.checkpoints.inputs import InputRecipe, find_input
from gzviewer.ml.checkpoints.layout import LINEAR, TREE, LinearWeights, parted
from gzviewer.ml.checkpoints.reading import Checkpoint
from gzviewer.ml.checkpoints.soundness import sound
from gzviewer.ml.checkpoints.trees import schema_text
from gzviewer.ml.families.bundled import FAMILY
from gzviewer.ml.network import GalaxyNetwork
from gzviewer.ml.torch_compat import timm

WEIGHTS = "weights.safetensors"
SIDES = range(16, 1025)
LONGEST_SETTING = 200


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint came from.

    Parameters
    ----------
    called
        What a person called it.
    sha256, surroundings
        The digest of its file, and of what stood around it (`gzviewer.io.surroundings`).
    licence
        If known.
    """

    called: str
    sha256: str
    surroundings: str = ""
    licence: str = "not known"

    def told(self) -> dict[str, object]:
        """As a manifest keeps it."""
        around = {SURROUNDINGS_KEY: self.surroundings} if self.surroundings else {}
        return {"source": self.called, SOURCE_KEY: self.sha256, **around}


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
    recipe = find_input(checkpoint, encoder, said, _why_zoobot(checkpoint, layer, said))
    if recipe.side not in SIDES:
        raise ModelError(f"An image of {recipe.side} pixels a side cannot be.", "Give --side 16 to 1024.")
    network = _network(checkpoint, encoder, head, layer, recipe)
    if head.tree is not None and head.tree.is_own:
        _write(folder / SCHEMA_FILE, schema_text(head.tree.schema))
    training = _training(checkpoint, encoder, head, recipe, said) | origin.told()
    sha256, parameters = _save(network, folder)
    manifest = _manifest(encoder, head, recipe, folder, name, sha256=sha256)
    title = f"{made_by(checkpoint)} {encoder.architecture}"
    manifest = replace(
        manifest, title=title, parameters=parameters, licence=origin.licence, training=training
    )
    try:
        write_manifest(manifest)
    except UnicodeEncodeError as error:
        raise ModelError(f"{checkpoint.path} holds names that are no text.", ANOTHER) from error
    return manifest


def _why_zoobot(checkpoint: Checkpoint, layer: LinearWeights | None, said: Corrections) -> str:
    """Why it is taken for a network of Zoobot; empty where it is not. Folders' names do not count."""
    if said.made_by:
        return "as you said" if said.made_by == ZOOBOT else ""
    if layer is not None and layer.place in (TREE, LINEAR):
        return "its head is laid out so"
    name, settings = checkpoint.settings.get("name"), checkpoint.config.get("pretrained_cfg")
    if isinstance(name, str) and ZOOBOT in name.lower():
        return "its settings name it"
    values = settings.values() if isinstance(settings, dict) else ()
    if any(isinstance(value, str) and ZOOBOT in value.lower() for value in values):
        return f"{CONFIG} names it"
    return "by its name on the hub" if is_zoobots_on_hub(checkpoint.path) else ""


def _network(
    checkpoint: Checkpoint, encoder: Encoder, head: Head, layer: LinearWeights | None, recipe: InputRecipe
) -> nn.Module:
    """The network with its weights, tried once on an empty image."""
    path, is_headed = checkpoint.path, head.kind != "none" and layer is not None
    outputs = max(1, len(head.label_columns))
    try:
        network = GalaxyNetwork(
            encoder.architecture, outputs, channels=encoder.channels, dropout=head.dropout
        )
        _fill(network.encoder, encoder.weights, path, "encoder.")
        width = _measured_width(network, encoder, recipe)
    except (RuntimeError, AssertionError, ValueError, IndexError) as error:
        raise ModelError(
            f"{path}: an encoder {encoder.architecture} cannot see images of {recipe.side} pixels a side.",
            "Give the side it was trained with by --side.",
        ) from error
    found = layer.weight.shape[1] if layer is not None and is_headed else network.feature_count
    if width != network.feature_count or found != width:
        raise ModelError(
            f"{path}: its head takes {found} features, but an encoder {encoder.architecture} gives {width}.",
            "Name another encoder with --encoder.",
        )
    if layer is not None and is_headed:
        _fill(network.head, {"weight": layer.weight, "bias": layer.bias}, path, "head.")
    return network if is_headed else network.encoder


def _fill(module: nn.Module, weights: Mapping[str, Tensor], path: Path, start: str) -> None:
    """Give a network its weights, which were compared with its names and shapes; counters of batches may be missing."""
    module.load_state_dict(sound(weights, module, path, start), strict=False)


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
    encoder: Encoder, head: Head, recipe: InputRecipe, folder: Path, name: str, *, sha256: str
) -> Manifest:
    """What a program needs to know of the model; what is told to people is put in later."""
    return Manifest(
        folder=folder,
        name=name,
        title=name,
        family=FAMILY,
        schema=head.tree.schema.name if head.tree else "",
        label_columns=head.label_columns,
        weights=WEIGHTS,
        sha256=sha256,
        licence="",
        parameters=0,
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
    )


def _training(
    checkpoint: Checkpoint, encoder: Encoder, head: Head, recipe: InputRecipe, said: Corrections
) -> dict[str, object]:
    """What is told to people of how the file was read."""
    channels = f"channels: {encoder.channels}, as the first convolution has them"
    read_as = (f"encoder: {encoder.architecture}, {encoder.how}", channels, *head.how, *recipe.how)
    return {
        CORRECTIONS_KEY: corrections_table(said),
        "made_by": made_by(checkpoint),
        "converted_with": f"timm {timm.__version__}",
        READ_AS_KEY: list(read_as),
        **checkpoint.facts,
        "settings": _plain(checkpoint.settings),
    }


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
