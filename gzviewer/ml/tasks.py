"""What a child process is asked to do with models: the functions that requests name."""

import logging
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.core.errors import StoreError, UserError
from gzviewer.io.images import read_image
from gzviewer.io.manifest import Manifest, read_manifest
from gzviewer.io.model_input import Input, network_input, pixels_needed
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.jobs.requests import MOST_SAMPLES, PredictRequest, PredictResult
from gzviewer.ml.backends import Backend, choose_backend
from gzviewer.ml.devices import (
    BATCH,
    FittingBatches,
    batches_at_a_time,
    prepare_device,
    readers,
    short_memory_told,
)
from gzviewer.ml.families import load_predictors
from gzviewer.ml.pipeline import Batch, Hands, flow
from gzviewer.ml.predict import predict
from gzviewer.ml.work import Work

BATCH_ONE_BY_ONE = 8  # little is waited for at the start and at the end, and a cancel is heard soon
NO_NUMBER = "The model's answer is not a number."

log = logging.getLogger(__name__)

Done = dict[int, NDArray[np.float32]]  # place -> (member, output)
Failed = dict[int, str]  # place -> why


def run_predict(request: PredictRequest, context: JobContext) -> PredictResult:
    """Predict every galaxy of the request that its store does not hold.

    Each part is stored before it is published. An image that cannot be read is a `Problem` of the result; it
    is tried again next time. Whatever ends the job, what was stored stays, and the next one goes on from there.

    Raises
    ------
    ModelError
        If the model cannot be used.
    StoreError
        If predictions cannot be kept.
    UserError
        If the device is not there, memory is short, or the number of samples makes no sense.
    """
    started = time.monotonic()
    if not 1 <= request.samples <= MOST_SAMPLES:
        raise UserError(
            f"{request.samples:,} samples of dropout cannot be drawn.", f"Ask for 1 to {MOST_SAMPLES:,}."
        )
    manifest = read_manifest(Path(request.model))
    key = StoreKey.of(manifest, request.samples, half=request.half)
    device, backend = torch.device("cpu"), None
    with short_memory_told(lambda: _memory_remedy(device)):
        store = PredictionStore(Path(request.store), key)
        with store.writing():
            work = Work(request, context, store)
            if len(work.places):
                device = prepare_device(request.device)
                backend = _predict_all(work, manifest, device)
    seconds = time.monotonic() - started
    problems, name = tuple(work.problems), "" if backend is None else backend.name
    note = "" if backend is None else backend.note
    return PredictResult(work.predicted, work.kept, problems, seconds, str(device), name, note)


def _memory_remedy(device: torch.device) -> str:
    other = "" if device.type == "cpu" else ", or choose the CPU"
    return f"Close other programs{other}, then start again: what was stored is kept."


def _predict_all(work: Work, manifest: Manifest, device: torch.device) -> Backend:
    """Predict batch by batch. What is finished when it ends early is stored, unless that is what failed."""
    work.context.checkpoint()
    backend = choose_backend(manifest, load_predictors(manifest, device), device, half=work.request.half)
    work.made_on(str(device), backend.name)
    work.report()  # the first one: what is done from now on is worth a polite end
    worker = _Worker(work.request, manifest, backend, device)
    size = BATCH_ONE_BY_ONE if backend.one_by_one else BATCH[device.type]
    hands = Hands(size, readers(device), batches_at_a_time(device, work.request.threads))

    def read(place: int) -> Input:
        work.note_state(place)
        return network_input(read_image(work.request.images[place], pixels_needed(manifest)), manifest)

    try:
        with closing(flow(work.places, hands, read, worker.outputs, work.context.checkpoint)) as results:
            for done, failed in results:
                work.add(done, failed)
    except StoreError:
        raise
    except Cancelled:
        work.store_part()
        raise
    except BaseException:
        _store_the_rest(work)
        raise
    work.store_part()
    return backend


def _store_the_rest(work: Work) -> None:
    """Store what is finished, if it can be; what ended the job is what is told."""
    try:
        work.store_part()
    except Exception:
        log.exception("what was finished could not be stored")


class _Worker:
    """What is the same for all batches of a job; its method runs in several threads."""

    def __init__(
        self, request: PredictRequest, manifest: Manifest, backend: Backend, device: torch.device
    ) -> None:
        self._request, self._manifest = request, manifest
        self._backend, self._device = backend, device
        self._fitting = FittingBatches(device, BATCH[device.type])

    def outputs(self, batch: Batch) -> tuple[Done, Failed]:
        """What the model says of the galaxies of a batch, and what went wrong."""
        done, failed = Done(), dict[int, str](batch.failures)
        if not batch.places:
            return done, failed
        found = self._fitting.run(lambda part, size: self._of_part(batch, part, size), len(batch.places))
        for place, of_one in zip(batch.places, found, strict=True):
            if np.isfinite(of_one).all():
                done[place] = of_one
            else:
                failed[place] = NO_NUMBER
        return done, failed

    def _of_part(self, batch: Batch, part: slice, size: int) -> NDArray[np.float32]:
        return predict(
            self._backend.predictors,
            batch.inputs[part],
            [self._request.ids[place] for place in batch.places[part]],
            size=size,
            samples=self._request.samples,
            views=self._manifest.views,
            device=self._device,
            one_by_one=self._backend.one_by_one,
        )
