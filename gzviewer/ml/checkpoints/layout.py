"""Parts the weights of a foreign checkpoint: its encoder, its head, and what is no part of the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gzviewer.core.errors import ModelError
from gzviewer.ml.checkpoints.guards import ANOTHER

WRAPPERS = ("_orig_mod", "module")  # of torch.compile and of training on several devices
ROOTS = ("", "model.", "zoobot.")
ENCODER = "encoder."
TREE, LINEAR, OWN = (
    "head.1.0",
    "head.linear",
    "head",
)  # of a tree, of a classifier or regressor, of this program

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """The one layer of a head.

    Parameters
    ----------
    place
        Where it stood: `TREE`, `LINEAR`, `OWN`, or the name of a timm model's own last layer.
    weight : (output, feature)
    bias : (output,)
    """

    place: str
    weight: Tensor
    bias: Tensor

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return len(self.bias)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a checkpoint consists of.

    Parameters
    ----------
    encoder
        Weights as timm names them; of a file without a separate encoder all that there is.
    head
        None where there is none, or none that stands apart.
    stands_apart
        True where the file names the encoder as such.
    """

    encoder: Weights
    head: LinearWeights | None
    stands_apart: bool


def parted(tensors: Weights, path: Path) -> Parts:
    """The encoder and the head of a checkpoint.

    Raises
    ------
    ModelError
        If a head is there that is no linear layer.
    """
    plain = {_unwrapped(name): value for name, value in tensors.items()}
    for root in ROOTS:
        start = root + ENCODER
        encoder = {name.removeprefix(start): value for name, value in plain.items() if name.startswith(start)}
        if encoder:
            return Parts(encoder, _head(plain, root, path), stands_apart=True)
    return Parts(_without_root(plain), None, stands_apart=False)


def _unwrapped(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def _without_root(plain: Weights) -> Weights:
    """A whole network that was stored inside another object: ``model.conv1.weight``."""
    for root in ROOTS[1:]:
        if all(name.startswith(root) for name in plain):
            return {name.removeprefix(root): value for name, value in plain.items()}
    return plain


def _head(plain: Weights, root: str, path: Path) -> LinearWeights | None:
    for place in (TREE, LINEAR, OWN):
        if f"{root}{place}.weight" in plain:
            return linear_weights(plain, f"{root}{place}", place, path)
    if any(name.startswith(f"{root}{OWN}.") for name in plain):
        raise ModelError(f"{path} has a head that is not known here.", "Choose a checkpoint of Zoobot.")
    return None


def linear_weights(plain: Weights, start: str, place: str, path: Path) -> LinearWeights:
    """The linear layer of that name.

    Raises
    ------
    ModelError
        If its weights are not those of a linear layer.
    """
    weight, bias = plain.get(f"{start}.weight"), plain.get(f"{start}.bias")
    if weight is None or bias is None or weight.ndim != 2 or bias.shape != weight.shape[:1] or not len(bias):
        raise ModelError(f"{path}: the weights of its head {start} do not fit together.", ANOTHER)
    return LinearWeights(place, weight, bias)
