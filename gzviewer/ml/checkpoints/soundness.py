"""Whether weights are numbers that a network can compute with, in the single precision that it computes in."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from gzviewer.core.errors import ModelError
from gzviewer.ml.checkpoints.encoder_index import UNCOUNTED
from gzviewer.ml.checkpoints.guards import ANOTHER

VARIANCE = "running_var"


def sound(weights: Mapping[str, Tensor], module: nn.Module, path: Path, start: str = "") -> dict[str, Tensor]:
    """Weights of a network in single precision, each looked at as it will be used.

    Parameters
    ----------
    weights
        With the names of `module`.
    path, start
        The file that they are of, and what stands before their names there: for the sentence.

    Raises
    ------
    ModelError
        If one is complex or whole where the network has fractions, is NaN or infinite, or is a variance below zero.
    """
    own = module.state_dict()
    return {name: _sound(value, own[name], f"{path}: {start}{name}") for name, value in weights.items()}


def _sound(value: Tensor, own: Tensor, called: str) -> Tensor:
    if called.endswith(UNCOUNTED):  # averaged networks have fractions here, and nothing depends on it
        return torch.zeros_like(own) if value.is_complex() else value.to(own.dtype)
    if value.is_floating_point() != own.is_floating_point() or value.is_complex():
        kind = str(value.dtype).removeprefix("torch.")
        raise ModelError(f"{called} holds numbers of a kind that does not belong there, {kind}.", ANOTHER)
    if not value.is_floating_point():
        return value
    single = value.float()
    if not bool(torch.isfinite(single).all()):
        raise ModelError(f"{called} holds what is no number in single precision (NaN or infinite).", ANOTHER)
    if called.endswith(VARIANCE) and bool((single < 0).any()):
        raise ModelError(f"{called} holds variances below zero.", ANOTHER)
    return single
