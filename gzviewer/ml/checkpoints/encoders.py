"""Finds out which encoder of timm the weights of a checkpoint belong to, and that they fit it."""

import difflib
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gzviewer.core.errors import ModelError
from gzviewer.ml.checkpoints.encoder_index import UNCOUNTED, Shapes, encoders_with, shapes_of_encoder
from gzviewer.ml.checkpoints.guards import ANOTHER
from gzviewer.ml.checkpoints.layout import LinearWeights, linear_weights
from gzviewer.ml.checkpoints.reading import Checkpoint
from gzviewer.ml.torch_compat import timm

HARMLESS = re.compile(r"pretrained.*|num_classes|in_chans|.*drop.*|checkpoint_path|features_only|scriptable")
IS_FOR_THE_HUB = re.compile(r"^(?:hf_hub|hf-hub):(?:[^/]+/)?(?:zoobot-)?(?:encoder-)?(?:greyscale-)?")
CORRECT = "Name another with --encoder."
OLD_NAMES = {"efficientnet": "efficientnet_b0"}


@dataclass(frozen=True, eq=False)
class Encoder:
    """An encoder, and how it was found.

    Parameters
    ----------
    architecture
        Its name in timm.
    channels
        Bands that it sees.
    weights
        As timm names them, single precision, without its last layer.
    last
        The last layer of a whole timm model, which may be a head; None where there is none.
    how
        How the architecture was found out, in words.
    """

    architecture: str
    channels: int
    weights: Mapping[str, Tensor]
    last: LinearWeights | None
    how: str


def find_encoder(
    checkpoint: Checkpoint, weights: Mapping[str, Tensor], wanted: str, channels: int
) -> Encoder:
    """The encoder that a checkpoint's weights belong to.

    Parameters
    ----------
    wanted
        The architecture that a person names; empty: what the checkpoint says, else what its weights fit.
    channels
        The bands that a person names; 0: as the first convolution has them.

    Raises
    ------
    ModelError
        If it is named and timm does not know it, or the weights do not fit; if nothing fits.
    """
    name, how = (wanted, "as you said") if wanted else _named(checkpoint)
    if name:
        return _fitted(name, weights, channels, checkpoint.path, how)
    rest = dict(weights)
    last = _last_layer(rest)
    fitting = encoders_with(_shapes(rest))
    if not fitting:
        raise ModelError(
            f"{checkpoint.path}: its {len(weights)} arrays of weights ({_first_of(weights)}, ...) fit no encoder "
            f"of timm that is known here.",
            "If you know which it is, name it with --encoder.",
        )
    how = "by the names and shapes of its weights"
    if fitting[1:]:
        how += f"; {', '.join(fitting[1:4])} would fit too"
    return _fitted(fitting[0], weights if last else rest, channels, checkpoint.path, how)


def _named(checkpoint: Checkpoint) -> tuple[str, str]:
    """The architecture that a checkpoint names, and where; empty where it names none."""
    kwargs = checkpoint.settings.get("timm_kwargs") or checkpoint.config.get("model_args")
    table = kwargs if isinstance(kwargs, dict) else {}
    odd = [
        f"{key} = {reprlib.repr(value)}" for key, value in table.items() if not HARMLESS.fullmatch(str(key))
    ]
    if odd:
        raise ModelError(f"{checkpoint.path} is built with {odd[0]}, which is not known here.", ANOTHER)
    for place, key in ((checkpoint.settings, "architecture_name"), (checkpoint.config, "architecture")):
        value = place.get(key)
        if isinstance(value, str) and value:
            return OLD_NAMES.get(value, value), "named in the file"
    of_hub = checkpoint.settings.get("name")
    if isinstance(of_hub, str):
        name = IS_FOR_THE_HUB.sub("", of_hub)
        if timm.is_model(name):
            return name, f"by the encoder that it was finetuned from, {of_hub}"
    return "", ""


def _fitted(name: str, weights: Mapping[str, Tensor], channels: int, path: Path, how: str) -> Encoder:
    name = name.partition(".")[0]  # "convnext_nano.in12k" names weights too
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), 3)
        known = f"It does know {', '.join(near)}: " if near else ""
        raise ModelError(
            f"{path} is built on {name}, which the installed timm {timm.__version__} does not know.",
            f"{known}name the right encoder with --encoder.",
        )
    expected = shapes_of_encoder(name)
    first, classifier = _ends(name)
    found = _channels(weights, first) or 3
    if channels and channels != found:
        raise ModelError(f"{path} sees {found} bands, not {channels}.", "Leave --channels away.")
    if found not in (1, 3):
        raise ModelError(f"{path} sees {found} bands; 1 and 3 are possible here.", ANOTHER)
    if found != 3:
        expected = shapes_of_encoder(name, found)
    last = (
        linear_weights(weights, classifier, classifier, path) if f"{classifier}.weight" in weights else None
    )
    rest = {key: value for key, value in weights.items() if key.rpartition(".")[0] != classifier or not last}
    fault = difference(_shapes(rest), expected)
    if fault:
        raise ModelError(f"{path} does not fit an encoder {name}: {fault}.", CORRECT)
    return Encoder(name, found, rest, last, how)


def _ends(name: str) -> tuple[str, str]:
    """Names of the first convolution and of the last layer of a timm model."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    ends = [getattr(config, key, "") for key in ("first_conv", "classifier")]
    first, last = (end[0] if isinstance(end, list | tuple) and end else end for end in ends)
    return str(first or ""), str(last or "")


def _channels(weights: Mapping[str, Tensor], first: str) -> int:
    """Bands that the first convolution sees; 0 where there is no such convolution."""
    value = weights.get(f"{first}.weight")
    return int(value.shape[1]) if value is not None and value.ndim == 4 else 0


def _last_layer(weights: dict[str, Tensor]) -> str:
    """Take the last layer of a whole timm model out of `weights`; its name, or empty where there is none."""
    for name in ("fc", "classifier", "head.fc", "head"):
        if f"{name}.weight" in weights and weights[f"{name}.weight"].ndim == 2:
            weights.pop(f"{name}.weight")
            weights.pop(f"{name}.bias", None)
            return name
    return ""


def _shapes(weights: Mapping[str, Tensor]) -> Shapes:
    return {name: tuple(value.shape) for name, value in weights.items()}


def _first_of(weights: Mapping[str, Tensor]) -> str:
    name = next(iter(weights))
    return f"{name} {tuple(weights[name].shape)}"


def difference(found: Shapes, expected: Shapes) -> str:
    """The first thing in which weights differ from those of an encoder; empty where they fit."""
    for name, shape in expected.items():
        if name not in found:
            if name.endswith(UNCOUNTED):
                continue
            return f"it has no {name}"
        if found[name] != shape:
            return f"{name} has the shape {found[name]} in place of {shape}"
    more = [name for name in found if name not in expected]
    return f"it has {more[0]} besides" if more else ""
