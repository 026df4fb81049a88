"""Models in this program's own form: weights as safetensors beside a manifest that says which network they fit."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import Manifest, sha256_of
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

    def load(self, manifest: Manifest, device: torch.device) -> GalaxyNetwork:
        """The network with its weights, computing in single precision whatever they are stored in."""
        if sha256_of(manifest.weights_path) != manifest.sha256:
            raise ModelError(f"{manifest.weights_path} is not the file its manifest names.", REMEDY)
        network = _empty_network(manifest)
        try:
            network.load_state_dict(load_file(manifest.weights_path))
        except (SafetensorError, RuntimeError) as error:
            raise ModelError(
                f"{manifest.weights_path} does not fit a network {manifest.architecture}: {error}", REMEDY
            ) from error
        return network.to(device).eval()


def _empty_network(manifest: Manifest) -> GalaxyNetwork:
    answers = len(manifest.label_columns)
    try:
        return GalaxyNetwork(
            manifest.architecture, answers, channels=manifest.channels, dropout=manifest.dropout
        )
    except RuntimeError as error:  # of timm
        raise ModelError(
            f"{manifest.name} is built on {manifest.architecture}, which the installed timm does not know: {error}.",
            "Install the version of timm that is named in the documentation.",
        ) from error


def save_weights(network: GalaxyNetwork, path: Path) -> str:
    """Store weights in half precision, which moves a prediction by less than its rounding on screen.

    Returns
    -------
    The SHA-256 of the file.
    """
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
    }
    save_file(state, path)
    return sha256_of(path)
