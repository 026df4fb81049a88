"""What a prediction job has to do and has done: finished galaxies wait here until they make a part of the store."""

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gzviewer.io.fingerprints import fingerprint
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.provenance import UNKNOWN, Provenance, provenance
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.jobs.requests import PredictRequest, Problem, StoredPart

PART_S = 1.0  # a part is stored at least this often, so that little is lost and the window has news
PART_GALAXIES = 2048
KNOWN_AT_A_TIME = 4096  # galaxies looked up in the store before somebody may cancel
NO_IMAGE = "no image"


class Work:
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
