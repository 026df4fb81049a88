"""Reads the weights of a foreign checkpoint, and what stands beside them, without running anything of it.

torch's own reader for weights makes no object of a class that it does not know. Zoobot stores a few such objects among a
network's settings: they are taken as `Inert`, which holds what was stored and can do nothing. A file that asks for anything
else is refused by name. There is no way round that.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gzviewer.core.errors import ModelError
from gzviewer.io.model_library import file_of
from gzviewer.io.surroundings import config_beside
from gzviewer.ml.checkpoints.guards import ANOTHER, Kind, kind_of
from gzviewer.ml.checkpoints.pickles import check_pickle

INERT_NAMES = (
    *(f"zoobot.shared.schemas.{name}" for name in ("Schema", "Question", "Answer")),
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *("numpy.ndarray", "numpy.dtype"),
    *("pathlib.PosixPath", "pathlib.WindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath"),
)
ASKED_FOR = re.compile(r"(?:GLOBAL|instantiate one of the) ([\w.]+)")
WEIGHTS_ALONE = "Ask its author for the weights alone, as safetensors or a state_dict."
STATE_KEYS = ("state_dict", "model_state_dict", "state_dict_ema", "model")


class Inert:
    """Stands for an object of a class that is not to be made: keeps what was stored of it."""

    def __new__(cls, *_: object) -> "Inert":
        """Take any arguments."""
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        """Keep it."""
        self.state = state

    def value(self, name: str) -> object:
        """What was stored under `name`; None if nothing was."""
        return self.state.get(name) if isinstance(self.state, dict) else None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a file holds.

    Parameters
    ----------
    path
        The file of weights.
    tensors
        Name -> weights, on the CPU, as the file names them.
    settings
        Lightning's ``hyper_parameters``: what the network was made with. Empty where there are none.
    config
        The hub's ``config.json`` beside the weights. Empty where there is none.
    facts
        Further plain values of the file: epoch, version of Lightning.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    settings: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)


def read_checkpoint(source: Path) -> Checkpoint:
    """Read a file, or the one that a folder holds.

    Raises
    ------
    ModelError
        One sentence why it is not read: empty, cut off, larger inside than outside, code, or no weights.
    """
    path = file_of(source)
    kind = kind_of(path)
    check_pickle(path, kind)
    content = _safetensors(path) if kind is Kind.SAFETENSORS else _of_torch(path, kind)
    tensors = _weights_in(content, path)
    settings = content.get("hyper_parameters")
    facts = {
        key: content[key] for key in ("epoch", "global_step", "pytorch-lightning_version") if key in content
    }
    return Checkpoint(
        path,
        tensors,
        {str(key): value for key, value in settings.items()} if isinstance(settings, dict) else {},
        config_beside(path),
        {key: value for key, value in facts.items() if isinstance(value, int | str)},
    )


def _safetensors(path: Path) -> Mapping[str, object]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {"state_dict": {name: file.get_tensor(name) for name in file.keys()}}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError) as error:
        raise ModelError(f"{path} cannot be read as safetensors: {_first_line(error)}.", ANOTHER) from error


def _of_torch(path: Path, kind: Kind) -> Mapping[str, object]:
    inert: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
        (Inert, name) for name in INERT_NAMES
    ]
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(inert):
            warnings.simplefilter("ignore")  # of old pickles
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=kind is Kind.ARCHIVE)
    except Exception as error:  # bytes made to do harm can make a reader raise anything
        raise _refusal(path, error) from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds no weights, but a {type(content).__name__}.", ANOTHER)
    return {str(key): value for key, value in content.items()}


def _refusal(path: Path, error: Exception) -> ModelError:
    asked = ASKED_FOR.search(str(error))
    if asked:
        return ModelError(
            f"{path} asks for {asked[1]}, which is code: it is not read, because reading would run it.",
            WEIGHTS_ALONE,
        )
    return ModelError(f"{path} is damaged or no checkpoint: {_first_line(error)}.", ANOTHER)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    line = lines[0] if lines else type(error).__name__
    return (line if len(line) < 200 else f"{line[:200]} ...").rstrip(".:")


def _weights_in(content: Mapping[str, object], path: Path) -> Mapping[str, Tensor]:
    parts = (content.get(key) for key in STATE_KEYS)
    state: Mapping[str, object] = next((part for part in parts if isinstance(part, dict)), content)
    size = path.stat().st_size
    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        if isinstance(value, Tensor):
            tensors[str(name)] = _checked(value, str(name), path, size)
    if not tensors:
        raise ModelError(f"{path} holds no weights.", ANOTHER)
    return tensors


def _checked(value: Tensor, name: str, path: Path, size: int) -> Tensor:
    """Weights that are really there: a tensor can claim to be larger than its file."""
    if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
        raise ModelError(f"{path}: {name} is no plain array of numbers.", ANOTHER)
    if value.numel() * value.element_size() > size:
        raise ModelError(f"{path}: {name} claims to be larger than the whole file.", ANOTHER)
    return value.detach()
