"""The devices that models run on: chosen, set up to give the same numbers every time, and short of memory.

Nothing here was ever run on a graphics card (CUDA) or on Apple's (MPS): what is said of them follows torch's documentation.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.core.errors import ModelError, UserError
from gzviewer.jobs.cores import usable_cores

SEAMLESS = 32  # two vectors of the widest processors: batches are multiples of it, see gzviewer.ml.predict
BATCH = {"cpu": SEAMLESS, "mps": 64, "cuda": 256}  # what is tried first
MOST_READERS = 16  # threads that decode; more wait for Python's lock
OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
)


def prepare_device(wanted: str) -> torch.device:
    """The device to work on, with torch set up to give the same numbers every time.

    Parameters
    ----------
    wanted
        ``auto`` (the fastest there is), ``cpu``, ``cuda`` or ``mps``.

    Raises
    ------
    UserError
        If the device that is asked for is not there.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what CUDA needs to be deterministic
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)  # several batches at a time instead: see gzviewer.ml.predict
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, is_there in there.items() if is_there)
    if not there.get(wanted, False):
        known = ", ".join(name for name, is_there in there.items() if is_there)
        raise UserError(
            f"This computer has no device {wanted} that torch can use.", f"Choose one of: {known}."
        )
    return torch.device(wanted)


def batches_at_a_time(device: torch.device, threads: int = 0) -> int:
    """How many batches are predicted at a time.

    On the CPU as many as `threads`; 0: one less than there are cores, which the window keeps. On a graphics card two: while
    one is computed the next is filled, and copied from pinned memory.
    """
    return (threads or max(1, usable_cores() - 1)) if device.type == "cpu" else 2


def readers(device: torch.device) -> int:
    """How many threads read images.

    Two keep up with a network on the CPU and take what it leaves; for a graphics card as many as there are cores.
    """
    return min(2 if device.type == "cpu" else MOST_READERS, usable_cores())


def to_device(images: NDArray[np.float32], device: torch.device) -> torch.Tensor:
    """Images (galaxy, channel, y, x) on a device, in the order of its fastest convolutions."""
    there = torch.from_numpy(images)
    if device.type == "cuda":
        there = there.pin_memory()
    return there.to(device, memory_format=torch.channels_last, non_blocking=device.type == "cuda")


def is_out_of_memory(error: BaseException) -> bool:
    """True for an error that says that memory was short; torch and ONNX Runtime have no class for that of the CPU."""
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        word in text for word in OUT_OF_MEMORY
    )


@contextmanager
def short_memory_told(remedy: Callable[[], str]) -> Iterator[None]:
    """Make a `UserError` of whatever says that memory was short, wherever it is met in a ``with`` block.

    Parameters
    ----------
    remedy
        Asked when it is needed.
    """
    try:
        yield
    except Exception as error:
        source = (
            error.__cause__ if isinstance(error, ModelError) else error
        )  # a model that could not be built
        if source is None or isinstance(source, UserError) or not is_out_of_memory(source):
            raise
        raise UserError(
            "There is not enough memory free for this model and these images.", remedy()
        ) from error


class FittingBatches:
    """Does the work of a batch in pieces that fit into the memory of a device.

    The first try is the whole of `size`. Each time memory is short the pieces halve, for this batch and all later ones,
    and nothing that was finished is lost. On a graphics card another size may change the last bits of a number; on the
    CPU it does not (`gzviewer.ml.predict`).

    Parameters
    ----------
    size
        Galaxies a piece to begin with; a multiple of `SEAMLESS`.
    """

    def __init__(self, device: torch.device, size: int) -> None:
        self._device = device
        self.size = size

    def run(self, work: Callable[[slice, int], NDArray[np.float32]], count: int) -> NDArray[np.float32]:
        """The results of `work` for all of `count` galaxies, one after the other.

        Parameters
        ----------
        work
            (which galaxies, size of the piece) -> (galaxy, ...).

        Raises
        ------
        UserError
            If not even `SEAMLESS` galaxies fit.
        """
        while True:
            size = self.size
            try:
                pieces = [
                    work(slice(first, min(first + size, count)), size) for first in range(0, count, size)
                ]
                return np.concatenate(pieces)
            except Exception as error:  # ONNX Runtime's are of no other class
                if not is_out_of_memory(error):
                    raise
                if size <= SEAMLESS:
                    raise self._too_small() from error
            self.size = min(self.size, _half(size))
            give_back(self._device)

    def _too_small(self) -> UserError:
        remedy = "Close other programs" if self._device.type == "cpu" else "Choose the CPU"
        return UserError(
            f"The device {self._device} has not enough memory free, even for {SEAMLESS} galaxies at a time.",
            f"{remedy}, then start again: what was stored is kept.",
        )


def _half(size: int) -> int:
    return max(SEAMLESS, size // 2 // SEAMLESS * SEAMLESS)


def give_back(device: torch.device) -> None:
    """Return what torch keeps for later to the device: in pieces of the old size it is of no use."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
