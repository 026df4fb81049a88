"""What the window asks a child process to do: picklable values that *name* their task, so that nobody imports torch."""

from dataclasses import dataclass

MOST_SAMPLES = 1000
"""Draws of dropout that can be asked for; far more than it takes to know a distribution."""


@dataclass(frozen=True)
class PredictRequest:
    """Predict every galaxy that the store does not hold yet.

    Parameters
    ----------
    ids, images
        Galaxy ids and absolute image paths ("" where there is none), in order; same length.
    model
        Absolute path of the model's folder (weights and ``manifest.toml``).
    store
        Absolute path of the folder that holds all prediction stores.
    samples
        1: the deterministic pass. More: that many draws of dropout at the head, one a member.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    threads
        CPU threads of the child; 0: one less than there are cores.
    half
        Encoders in half precision, on a graphics card only: faster, and numbers move by some thousandths. Kept in a store of
        its own.
    """

    ids: tuple[str, ...]
    images: tuple[str, ...]
    model: str
    store: str
    samples: int = 1
    device: str = "auto"
    threads: int = 0
    half: bool = False
    task: str = "gzviewer.ml.tasks:run_predict"


@dataclass(frozen=True)
class StoredPart:
    """Published after a part is on disk: items ``first <= i < last`` of the request can be read from the store."""

    first: int
    last: int


@dataclass(frozen=True)
class Problem:
    """One galaxy that could not be done, and why."""

    id: str
    image: str
    why: str


@dataclass(frozen=True)
class PredictResult:
    """What a finished prediction job says of itself.

    `predicted` counts galaxies done now, `kept` those that the store already held, `device` is where it ran ("" where there
    was nothing to do), `seconds` the wall time of the work without the start of the child, `backend` who computed the encoders,
    and `note` why, or how far that is from torch.
    """

    predicted: int
    kept: int
    problems: tuple[Problem, ...]
    seconds: float
    device: str
    backend: str = ""
    note: str = ""
