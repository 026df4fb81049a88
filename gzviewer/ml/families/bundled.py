"""Models in this program's own form: weights as safetensors beside a manifest that says which network they fit."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import Manifest, schema_of
from gzviewer.ml.checkpoints.encoders import difference
from gzviewer.ml.checkpoints.soundness import sound
from gzviewer.ml.families import model_family
from gzviewer.ml.network import GalaxyNetwork

FAMILY = "bundled"
REMEDY = "Install the program or fetch the model again."


@model_family(FAMILY)
class BundledFamily:
    """`GalaxyNetwork` models."""

    def matches(self, manifest: Manifest) -> bool:
        """True where the manifest says so."""
        return manifest.family == FAMILY

    def load(self, manifest: Manifest, device: torch.device) -> list[GalaxyNetwork]:
        """The networks with their weights, computing in single precision whatever they are stored in."""
        if manifest.head == "none":
            raise ModelError(
                f"{manifest.name} is an encoder, which answers nothing.",
                "Finetune it, or choose another model.",
            )
        return [network.to(device).eval() for network in _filled(manifest)]


def check_weights(manifest: Manifest) -> None:
    """Load a model to see whether it can be: for one that is new here; also an encoder alone.

    Raises
    ------
    ModelError
        If its weights are missing, not those of its manifest, do not fit its networks, or are no sound numbers.
    """
    if manifest.family == FAMILY:
        _filled(manifest)


def _filled(manifest: Manifest) -> list[GalaxyNetwork]:
    """The networks of a manifest with their weights."""
    path = manifest.weights_path
    if sha256_of(path) != manifest.sha256:
        raise ModelError(f"{path} is not the file its manifest names.", REMEDY)
    networks = [_empty_network(manifest, name) for name in manifest.architectures]
    for network in networks:
        network.factors.copy_(torch.tensor(_factors(manifest)))
    parts = [nn.ModuleDict({"encoder": network.encoder}) for network in networks]
    module = together(parts if manifest.head == "none" else networks)
    try:
        state = load_file(path)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as safetensors: {error}.", REMEDY) from error
    fault = difference(_shapes(state), _shapes(module.state_dict()))
    if fault:
        raise ModelError(f"{path} does not fit a network {manifest.architecture}: {fault}.", REMEDY)
    module.load_state_dict(sound(state, module, path), strict=False)
    return networks


def _shapes(state: Mapping[str, torch.Tensor]) -> Mapping[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in state.items()}


def _empty_network(manifest: Manifest, architecture: str) -> GalaxyNetwork:
    try:
        return GalaxyNetwork(
            architecture,
            max(1, len(manifest.label_columns)),
            channels=manifest.channels,
            dropout=manifest.dropout,
            head=manifest.head,
            span=manifest.span,
        )
    except RuntimeError as error:  # of timm
        raise ModelError(
            f"{manifest.name} is built on {architecture}, which the installed timm does not know: {error}.",
            "Install the version of timm that is named in the documentation.",
        ) from error


def _factors(manifest: Manifest) -> list[float]:
    """Of every label column."""
    if not manifest.factors:
        return [1.0] * max(1, len(manifest.label_columns))
    schema = schema_of(manifest)
    return [manifest.factors.get(schema.question_of(label).name, 1.0) for label in schema.label_columns]


def together(networks: Sequence[nn.Module]) -> nn.Module:
    """What names the weights of one network as they are, and those of several "0.", "1.", ..."""
    return networks[0] if len(networks) == 1 else nn.ModuleList(networks)


def save_weights(networks: Sequence[GalaxyNetwork], path: Path, *, half: bool = True) -> str:
    """Store the weights of one network, or of an ensemble.

    Parameters
    ----------
    half
        True: in half precision, which moves a prediction by less than its rounding on screen. False: as they are.

    Returns
    -------
    The SHA-256 of the file.
    """
    state = {
        name: (value.half() if half and value.is_floating_point() else value).contiguous()
        for name, value in together(networks).state_dict().items()
    }
    save_file(state, path)
    return sha256_of(path)
