"""From what a network sees of galaxies to concentrations. Knows no files but through its arguments.

A galaxy's numbers depend on nothing but its image, its id, the model and the kind of device. So a run that was
stopped and taken up again gives, bit for bit, what an undisturbed one gives. For that every batch has the same
size, the last one filled up; dropout is drawn for each galaxy from its own id; and on the CPU each batch is worked
on by one thread, several batches at a time. (Where torch shares an array among threads, or its length is no
multiple of twice the width of the processor's vectors, the elements at the seams are computed by other
instructions, and may differ in the last bit.)
"""

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gzviewer.core.errors import UserError
from gzviewer.ml.families import Predictor
from gzviewer.ml.preprocess import Input

SEAMLESS = 32  # two vectors of the widest processors: batches are multiples of it
SAMPLES_AT_A_TIME = 32  # of dropout: memory does not grow with their number
MISTAKE = "The image could not be read, a mistake in gzviewer"
LOOK_S = 0.05  # how often whoever waits for a batch looks whether to stop

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Batch:
    """Galaxies that are predicted together.

    Parameters
    ----------
    places
        Where in the list that was asked for they stand, ascending.
    inputs : (galaxy, channel, y, x)
        What the network sees of each of `places`.
    failures
        Place -> why its image could not be read; none of `places`.
    """

    places: tuple[int, ...]
    inputs: NDArray[np.float32]
    failures: Mapping[int, str]


def _go_on() -> None:
    """A checkpoint at which nobody ever asks to stop."""


def in_order(
    pool: Executor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    ahead: int,
    checkpoint: Callable[[], None] = _go_on,
) -> Generator[Result]:
    """The result of `work` for each item, in the order of the items.

    Items are taken, and worked on in the threads of `pool`, at most `ahead` before the one that is given out.
    While it waits for a result it calls `checkpoint`, which stops it by raising.
    """
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield _awaited(waiting.popleft(), checkpoint)
        while waiting:
            yield _awaited(waiting.popleft(), checkpoint)
    finally:
        for future in waiting:
            future.cancel()


def _awaited(future: Future[Result], checkpoint: Callable[[], None]) -> Result:
    checkpoint()
    while not wait([future], timeout=LOOK_S).done:
        checkpoint()
    return future.result()


def read_batch(
    places: Sequence[int], read: Callable[[int], Input], checkpoint: Callable[[], None] = _go_on
) -> Batch:
    """Read the galaxies of one batch.

    Parameters
    ----------
    places
        What is asked for, in order.
    read
        Place -> (channel, y, x); whatever it raises becomes a failure of that galaxy alone.
    checkpoint
        Called before each galaxy; stops the batch by raising.
    """
    inputs: dict[int, Input] = {}
    failures: dict[int, str] = {}
    for place in places:
        checkpoint()
        try:
            inputs[place] = read(place)
        except UserError as error:
            failures[place] = error.what
        except Exception as error:  # one galaxy must not cost a million others their night
            log.exception("the image at place %d could not be read", place)
            failures[place] = f"{MISTAKE}: {type(error).__name__}: {error}"
    stacked = np.stack(list(inputs.values())) if inputs else np.empty((0, 0, 0, 0), dtype=np.float32)
    return Batch(tuple(inputs), stacked, failures)


def predict(
    predictors: Sequence[Predictor],
    inputs: NDArray[np.float32],
    ids: Sequence[str],
    *,
    size: int,
    samples: int = 1,
    views: int = 1,
    device: torch.device,
) -> NDArray[np.float32]:
    """What the networks say of the galaxies of one batch.

    Parameters
    ----------
    inputs : (galaxy, channel, y, x)
        At least one galaxy, at most `size`.
    ids
        Their galaxy ids: they decide the draws of dropout.
    size
        How many galaxies a network is given, whatever the number of `inputs`; a multiple of `SEAMLESS`.
    samples
        1: no dropout. More: that many draws, one a member.
    views
        How many of the eight turned and mirrored views are predicted.

    Returns
    -------
    (galaxy, member, output): members are network after network, in each view after view, in each sample after sample.
    """
    count = len(inputs)
    assert 0 < count <= size, f"{count} galaxies in a batch of {size}"
    assert size % SEAMLESS == 0, f"batches of {size}"
    filled = np.zeros((size, *inputs.shape[1:]), dtype=np.float32)
    filled[:count] = inputs
    with torch.inference_mode():
        images = torch.from_numpy(filled).to(device, memory_format=torch.channels_last)
        members = [
            _outputs(predictor, predictor.features(view(images, number))[:, None, :], ids, samples)
            for predictor in predictors
            for number in range(views)
        ]
        outputs: NDArray[np.float32] = torch.cat(members, dim=1)[:count].cpu().numpy()
    return outputs


def view(images: Tensor, number: int) -> Tensor:
    """One of eight views of images (..., y, x): 0 is upright, up to 3 turned by quarters, from 4 on mirrored as well."""
    if number == 0:
        return images
    turned = torch.rot90(images, number % 4, (-2, -1))
    return (turned.flip(-1) if number > 3 else turned).contiguous(memory_format=torch.channels_last)


def _outputs(predictor: Predictor, features: Tensor, ids: Sequence[str], samples: int) -> Tensor:
    """(galaxy, sample, output) of features (galaxy, 1, feature)."""
    if samples == 1:
        return predictor.outputs(features)
    drawn = _dropout(predictor, features.shape[-1], ids, len(features), samples)
    return torch.cat([predictor.outputs(features * kept.to(features.device)) for kept in drawn], dim=1)


def _dropout(
    predictor: Predictor, features: int, ids: Sequence[str], size: int, samples: int
) -> Iterator[Tensor]:
    """(size, sample, feature), some samples at a time: 0 where a feature is dropped, else what makes up for those that are."""
    digests = [hashlib.sha256(name.encode(errors="surrogatepass")).digest() for name in ids]
    generators = [torch.Generator().manual_seed(int.from_bytes(digest[:7], "big")) for digest in digests]
    for first in range(0, samples, SAMPLES_AT_A_TIME):
        kept = torch.ones(size, min(SAMPLES_AT_A_TIME, samples - first), features)
        for row, generator in enumerate(generators):
            chances = torch.rand(kept.shape[1:], generator=generator)
            kept[row] = (chances >= predictor.drop_probability).float()
        yield kept / (1 - predictor.drop_probability)
