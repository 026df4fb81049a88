"""What has been reached after an epoch, in one file that is either the old one or the new one, whenever the power fails.

Tensors are stored as safetensors, everything else as JSON in its header: nothing in it can run.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gzviewer.core.errors import UserError


@dataclass
class Reached:
    """How far a run is.

    Parameters
    ----------
    epoch, best_epoch
        Finished; the one with the lowest validation loss; 0: none.
    best_loss
        That loss.
    key
        What the run depends on (hashes of labels and parent): another one cannot go on from here.
    scaler
        State of the loss scaling of float16.
    history
        The metrics of every epoch so far.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    key: dict[str, str] = field(default_factory=dict)
    scaler: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


def save_state(path: Path, reached: Reached, tensors: Mapping[str, Tensor]) -> None:
    """Write the state; `UserError` where the disk does not take it, and then the old one is still there."""
    new = path.with_suffix(".new")
    kept = {
        name: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, value in tensors.items()
    }
    try:
        save_file(kept, new, metadata={"reached": json.dumps(asdict(reached))})
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(path)
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"{path} cannot be written: {error}.", "Make room on that disk, then go on with --resume."
        ) from error


def load_state(path: Path) -> tuple[Reached, dict[str, Tensor]]:
    """The state as it was stored; `UserError` where it cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            reached = Reached(**json.loads(file.metadata()["reached"]))
            return reached, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} cannot be read: {error}.", "Start anew in another folder.") from error


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What the optimizer remembers of each parameter, by the parameter's place in its groups."""
    values = [value for group in optimizer.param_groups for value in group["params"]]
    return {
        f"optimizer.{place}.{key}": remembered
        for place, value in enumerate(values)
        for key, remembered in optimizer.state[value].items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Undo `optimizer_tensors`."""
    values = [value for group in optimizer.param_groups for value in group["params"]]
    for name, tensor in tensors.items():
        start, _, rest = name.partition(".")
        if start == "optimizer":
            place, _, key = rest.partition(".")
            value = values[int(place)]
            same = (
                torch.empty_like(value)
                if tensor.shape == value.shape and tensor.dim()
                else torch.empty_like(tensor)
            )
            optimizer.state[value][key] = same.copy_(tensor)
