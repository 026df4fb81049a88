"""Which model's predictions are shown, and which rows just got theirs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from gzviewer.core.catalog import Catalog
from gzviewer.core.predictions import OF_VALUES, Predictions
from gzviewer.core.schema import Schema
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.jobs.job import JobContext
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest, PredictResult, Problem, StoredPart
from gzviewer.session.shown_predictions import ShownPredictions

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StoredPredictions:
    """What one model's store holds for a catalog, as read in a background thread.

    Parameters
    ----------
    has_image : (row,)
        True where there is something to predict from.
    problems
        Row -> why the model could not read it.
    """

    predictions: Predictions
    store: PredictionStore
    has_image: NDArray[np.bool_]
    problems: Mapping[int, Problem]

    @classmethod
    def read(cls, catalog: Catalog, schema: Schema, store: PredictionStore) -> "StoredPredictions":
        """Read the store for every row of the catalog; takes a while for millions."""
        images = [catalog.image_of(row) for row in range(len(catalog))]
        numbers = store.read(catalog.ids.tolist(), images)
        problems = problems_by_row(store, np.arange(len(catalog)), catalog.ids.tolist(), images)
        has_image = np.array([bool(image) for image in images], dtype=bool)
        key = store.key
        names = key.label_columns if key.head in OF_VALUES else ()
        predictions = Predictions(schema, key.checkpoint, numbers, key.head, names)
        return cls(predictions, store, has_image, problems)


@dataclass(frozen=True, eq=False)
class FreshPredictions:
    """A part that was just stored, read back from the store.

    `concentrations` (row, member, answer) belong to `rows`; `problems` are those of `rows` that could not be read.
    """

    rows: Rows
    concentrations: NDArray[np.float32]
    problems: Mapping[int, Problem]


class PredictionModel(ShownPredictions):
    """The predictions of one model for the rows of the open catalog.

    Nothing stands here that is not on disk: a part is announced after it is stored, and read back from there. Which rows
    are predicted is noted as parts come: to look at millions of them takes longer than a window may wait.
    """

    def __init__(self, stored: StoredPredictions, parent: QObject | None = None) -> None:
        super().__init__(stored.predictions, stored.predictions.checkpoint, parent)
        self.store = stored.store
        self._problems = dict(stored.problems)
        self._is_predicted = stored.predictions.is_predicted()
        self._is_failed = np.zeros(len(self._is_predicted), dtype=bool)
        self._is_failed[list(self._problems)] = True
        self._has_image = stored.has_image

    def has_prediction(self, row: int) -> bool:
        """Whether the model has predicted the galaxy of a row."""
        return bool(self._is_predicted[row])

    @property
    def predicted_count(self) -> int:
        """Number of galaxies of the catalog that the model has predicted."""
        return int(np.count_nonzero(self._is_predicted))

    @property
    def failed_count(self) -> int:
        """Number of galaxies that the model could not read."""
        return len(self._problems)

    @property
    def missing_count(self) -> int:
        """Number of galaxies with an image that have neither a prediction nor a known problem."""
        return int(np.count_nonzero(self._is_missing))

    @property
    def _is_missing(self) -> NDArray[np.bool_]:
        return self._has_image & ~self._is_predicted & ~self._is_failed

    def missing_rows(self) -> Rows:
        """Rows that `missing_count` counts, ascending."""
        return np.flatnonzero(self._is_missing)

    def failed_rows(self) -> Rows:
        """Rows that `failed_count` counts, ascending."""
        return np.flatnonzero(self._is_failed)

    def problems(self) -> Sequence[Problem]:
        """Why each galaxy of `failed_rows` could not be read."""
        return [self._problems[row] for row in sorted(self._problems)]

    def take(self, fresh: object) -> None:
        """Show a part that a job has stored."""
        assert isinstance(fresh, FreshPredictions), f"unexpected partial result {fresh!r}"
        self.predictions.numbers[fresh.rows] = fresh.concentrations
        for row in fresh.rows.tolist():
            self._problems.pop(row, None)
        self._problems.update(fresh.problems)
        self._is_predicted[fresh.rows] = self.predictions.is_predicted(fresh.rows)
        self._is_failed[fresh.rows] = False
        self._is_failed[list(fresh.problems)] = True
        self.changed.emit(fresh.rows)


def problems_by_row(
    store: PredictionStore, rows: Rows, ids: Sequence[str], images: Sequence[str]
) -> dict[int, Problem]:
    """Row -> its problem. `ids` and `images` are those of `rows`: another catalog may use the same ids for other images."""
    problems = {(problem.id, problem.image): problem for problem in store.problems()}
    if not problems:
        return {}
    found = {
        row: problems.get((galaxy_id, image))
        for row, galaxy_id, image in zip(rows.tolist(), ids, images, strict=True)
    }
    return {row: problem for row, problem in found.items() if problem is not None}


def predicting(
    catalog: Catalog, rows: Rows, *, model: str, store: PredictionStore, device: str = "auto"
) -> Callable[[JobContext], PredictResult]:
    """A job that predicts rows of a catalog in a child process and publishes `FreshPredictions`.

    Parameters
    ----------
    model
        Absolute path of the model's folder.
    store
        Where the window reads; the job reads back through a store of its own, in its own thread.
    device
        As in `PredictRequest`.
    """

    def job(context: JobContext) -> PredictResult:
        root = store.folder.parent
        reader = PredictionStore(root, store.key)
        ids = catalog.ids[rows].tolist()
        images = [catalog.image_of(row) for row in rows.tolist()]

        def read_back(first: int, last: int) -> None:
            reader.refresh()
            part = rows[first:last]
            numbers = reader.read(ids[first:last], images[first:last])
            problems = problems_by_row(reader, part, ids[first:last], images[first:last])
            context.publish(FreshPredictions(part, numbers, problems))

        def publish(part: object) -> None:
            assert isinstance(part, StoredPart), f"unexpected partial result {part!r}"
            read_back(part.first, part.last)

        request = PredictRequest(
            tuple(ids), tuple(images), model, str(root), samples=store.key.samples, device=device
        )
        result: PredictResult = run_in_child(request)(replace(context, publish=publish))
        if result.kept:  # somebody else predicted them meanwhile
            read_back(0, len(rows))
        return result

    return job
