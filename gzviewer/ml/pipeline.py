"""From galaxies in files to their outputs: read, and predicted, in threads, a little ahead of whoever takes them."""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import ShortMemory, UserError
from gzviewer.io.model_input import Input
from gzviewer.ml.devices import is_out_of_memory

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
        Place -> (channel, y, x); whatever it raises becomes a failure of that galaxy alone, unless it says that memory is
        short: that is no galaxy's fault, and ends the batch.
    checkpoint
        Called before each galaxy; stops the batch by raising.
    """
    inputs: dict[int, Input] = {}
    failures: dict[int, str] = {}
    for place in places:
        checkpoint()
        try:
            inputs[place] = read(place)
        except ShortMemory:
            raise
        except UserError as error:
            failures[place] = error.what
        except Exception as error:  # one galaxy must not cost a million others their night
            if is_out_of_memory(error):
                raise
            log.exception("the image at place %d could not be read", place)
            failures[place] = f"{MISTAKE}: {type(error).__name__}: {error}"
    stacked = np.stack(list(inputs.values())) if inputs else np.empty((0, 0, 0, 0), dtype=np.float32)
    return Batch(tuple(inputs), stacked, failures)


@dataclass(frozen=True)
class Hands:
    """How the work is shared out: galaxies a batch, threads that read, threads that predict."""

    size: int
    readers: int
    predictors: int


def flow(
    places: Sequence[int],
    hands: Hands,
    read: Callable[[int], Input],
    work: Callable[[Batch], Result],
    checkpoint: Callable[[], None] = _go_on,
) -> Generator[Result]:
    """What `work` makes of the galaxies at `places`, batch by batch, in order; `read` as in `read_batch`.

    While a batch is predicted the next ones are read. At most as many of each as there are threads wait to be taken.
    """
    cuts = (places[first : first + hands.size] for first in range(0, len(places), hands.size))

    def worked(batch: Batch) -> Result:
        checkpoint()
        return work(batch)

    with _pool(hands.readers, "reader") as reading, _pool(hands.predictors, "predictor") as predicting:
        batches = in_order(
            reading,
            lambda cut: read_batch(cut, read, checkpoint),
            cuts,
            ahead=hands.readers,
            checkpoint=checkpoint,
        )
        with closing(batches):
            yield from in_order(predicting, worked, batches, ahead=hands.predictors, checkpoint=checkpoint)


@contextmanager
def _pool(threads: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Threads for a ``with`` block. One that is left by an error or a cancel does not wait for the batch in work."""
    pool = ThreadPoolExecutor(threads, name)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
