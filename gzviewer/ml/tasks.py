"""What a child process is asked to do with models: the functions that requests name."""

import os
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.core.errors import UserError
from gzviewer.io.fingerprints import fingerprint
from gzviewer.io.images import read_image
from gzviewer.io.manifest import Manifest, read_manifest
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.provenance import UNKNOWN, Provenance, provenance
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import Cancelled, JobContext, Progress
from gzviewer.jobs.requests import MOST_SAMPLES, PredictRequest, PredictResult, Problem, StoredPart
from gzviewer.ml.families import Predictor, load_predictors
from gzviewer.ml.predict import Batch, in_order, predict, read_batch
from gzviewer.ml.preprocess import Input, network_input, pixels_needed

BATCH = {"cpu": 32, "mps": 64, "cuda": 256}  # of one size, whatever the list: see gzviewer.ml.predict
PART_S = 1.0  # a part is stored at least this often, so that little is lost and the window has news
PART_GALAXIES = 2048
KNOWN_AT_A_TIME = 4096  # galaxies looked up in the store before somebody may cancel
NO_IMAGE = "no image"
NO_NUMBER = "The model's answer is not a number."


def run_predict(request: PredictRequest, context: JobContext) -> PredictResult:
    """Predict every galaxy of the request that its store does not hold.

    Each part is stored before it is published. An image that cannot be read is a `Problem` of the result; it
    is tried again next time.

    Raises
    ------
    ModelError
        If the model cannot be used.
    StoreError
        If predictions cannot be kept.
    UserError
        If the device is not there or has not enough memory, or the number of samples makes no sense.
    """
    started = time.monotonic()
    if not 1 <= request.samples <= MOST_SAMPLES:
        raise UserError(
            f"{request.samples:,} samples of dropout cannot be drawn.", f"Ask for 1 to {MOST_SAMPLES:,}."
        )
    manifest = read_manifest(Path(request.model))
    store = PredictionStore(Path(request.store), StoreKey.of(manifest, request.samples))
    with store.writing():
        work = _Work(request, context, store)
        if len(work.places):
            device = prepare_device(request.device)
            work.made_on(str(device))
            _predict_all(work, manifest, device)
        else:
            device = torch.device("cpu")
    seconds = time.monotonic() - started
    return PredictResult(work.predicted, work.kept, tuple(work.problems), seconds, str(device))


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
    """On the CPU as many as `threads`; 0: one less than there are cores, which the window keeps. Elsewhere 1."""
    return (threads or max(1, _cores() - 1)) if device.type == "cpu" else 1


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Work:
    """What there is to do, and what has been done: finished galaxies wait here until they make a part."""

    def __init__(self, request: PredictRequest, context: JobContext, store: PredictionStore) -> None:
        missing = _missing(request, context, store)
        self.request, self.context = request, context
        self.places = [place for place in missing if request.images[place]]
        self.problems = [
            Problem(request.ids[place], "", NO_IMAGE) for place in missing if not request.images[place]
        ]
        self.kept = len(request.ids) - len(missing)
        self.predicted = 0
        self._store = store
        self._state_of: dict[int, int] = {}  # place -> fingerprint of its image
        self._done: dict[int, NDArray[np.float32]] = {}  # place -> (member, answer)
        self._failed: dict[int, str] = {}
        self._where: tuple[str, str] | None = None  # device and backend
        self._stored_at = float("-inf")  # the first batch is stored at once: the window waits for it

    def made_on(self, device: str, backend: str = "") -> None:
        """Say where what is stored from now on was made."""
        self._where = device, backend

    def note_state(self, place: int) -> None:
        """Called before an image is read: one that changes while we work must count as missing afterwards."""
        self._state_of[place] = fingerprint(self.request.images[place])

    def add(self, done: Mapping[int, NDArray[np.float32]], failed: Mapping[int, str]) -> None:
        """Take over a finished batch; store a part if it is time."""
        self._done.update(done)
        self._failed.update(failed)
        is_time = time.monotonic() - self._stored_at >= PART_S
        if is_time or len(self._done) + len(self._failed) >= PART_GALAXIES:
            self.store_part()

    def _made(self) -> Provenance:
        return UNKNOWN if self._where is None else provenance(*self._where)

    def report(self) -> None:
        """Say how far the work is: what is on disk, nothing else, so that what is seen survives a crash."""
        done = self.kept + self.predicted + len(self.problems)
        self.context.report(Progress(done, len(self.request.ids)))

    def store_part(self) -> None:
        """Store what is waiting, publish it, and say how far the work is."""
        touched = [*self._done, *self._failed]
        if not touched:
            return
        ids, images = self.request.ids, self.request.images
        states = np.array([self._state_of.pop(place) for place in self._done], dtype=np.uint64)
        shape = (len(self._done), self._store.key.members, len(self._store.key.label_columns))
        concentrations = np.array(list(self._done.values()), dtype=np.float32).reshape(shape)
        problems = [Problem(ids[place], images[place], why) for place, why in self._failed.items()]
        self._store.append(
            [ids[place] for place in self._done], states, concentrations, problems, self._made()
        )
        self.predicted += len(self._done)
        self.problems += problems
        self._done, self._failed, self._stored_at = {}, {}, time.monotonic()
        self.context.publish(StoredPart(min(touched), max(touched) + 1))
        self.report()


def _missing(request: PredictRequest, context: JobContext, store: PredictionStore) -> list[int]:
    """Places of the galaxies that the store does not hold, ascending."""
    missing: list[int] = []
    for first in range(0, len(request.ids), KNOWN_AT_A_TIME):
        context.checkpoint()
        part = slice(first, first + KNOWN_AT_A_TIME)
        missing += (first + np.flatnonzero(store.missing(request.ids[part], request.images[part]))).tolist()
    return missing


def _predict_all(work: _Work, manifest: Manifest, device: torch.device) -> None:
    """Predict batch by batch. What is finished when somebody cancels is stored."""
    work.context.checkpoint()
    predictors = load_predictors(manifest, device)
    work.report()  # the first one: what is done from now on is worth a polite end
    try:
        with closing(_predictions(predictors, work, manifest, device)) as predictions:
            for done, failed in predictions:
                work.add(done, failed)
    except Cancelled:
        work.store_part()
        raise
    except torch.OutOfMemoryError as error:
        raise UserError(f"The device {device} has not enough memory free.", "Choose the CPU.") from error
    work.store_part()


def _predictions(
    predictors: Sequence[Predictor], work: _Work, manifest: Manifest, device: torch.device
) -> Generator[tuple[dict[int, NDArray[np.float32]], dict[int, str]]]:
    """The batches in order, each as `_predicted` gives it; some are read and predicted ahead of it."""
    request, size, checkpoint = work.request, BATCH[device.type], work.context.checkpoint
    workers, readers = batches_at_a_time(device, request.threads), min(2, _cores())

    def read(place: int) -> Input:
        work.note_state(place)
        return network_input(read_image(request.images[place], pixels_needed(manifest)), manifest)

    def predicted(batch: Batch) -> tuple[dict[int, NDArray[np.float32]], dict[int, str]]:
        checkpoint()
        return _predicted(predictors, batch, request, manifest, device)

    cuts = [work.places[first : first + size] for first in range(0, len(work.places), size)]
    with _pool(readers, "reader") as reading, _pool(workers, "predictor") as predicting:
        batches = in_order(
            reading,
            lambda places: read_batch(places, read, checkpoint),
            cuts,
            ahead=readers,
            checkpoint=checkpoint,
        )
        with closing(batches):
            yield from in_order(predicting, predicted, batches, ahead=workers, checkpoint=checkpoint)


@contextmanager
def _pool(threads: int, name: str) -> Generator[ThreadPoolExecutor]:
    """Threads for a ``with`` block. One that is left by an error or a cancel does not wait for the batch in work."""
    pool = ThreadPoolExecutor(threads, name)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _predicted(
    predictors: Sequence[Predictor],
    batch: Batch,
    request: PredictRequest,
    manifest: Manifest,
    device: torch.device,
) -> tuple[dict[int, NDArray[np.float32]], dict[int, str]]:
    """Place -> (member, output) of a batch, and place -> what went wrong."""
    done: dict[int, NDArray[np.float32]] = {}
    failed = dict(batch.failures)
    if len(batch.places):
        ids = [request.ids[place] for place in batch.places]
        outputs = predict(
            predictors,
            batch.inputs,
            ids,
            size=BATCH[device.type],
            samples=request.samples,
            views=manifest.views,
            device=device,
        )
        for place, of_one in zip(batch.places, outputs, strict=True):
            if np.isfinite(of_one).all():
                done[place] = of_one
            else:
                failed[place] = NO_NUMBER
    return done, failed
