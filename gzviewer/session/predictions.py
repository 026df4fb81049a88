"""Which model's predictions are shown, and which rows just got theirs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from gzviewer.core.catalog import Catalog
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Schema
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.jobs.requests import Problem, StoredPart


@dataclass(frozen=True, eq=False)
class StoredPredictions:
    """What one model's store holds for a catalog, as read in a background thread.

    `has_image` (row,) is True where there is something to predict from.
    """

    predictions: Predictions
    store: PredictionStore
    has_image: NDArray[np.bool_]


class PredictionModel(QObject):
    """The predictions of one model for the rows of the open catalog, read from its store.

    Nothing stands here that is not on disk: a finished part is announced after it is stored, and read back from there.
    """

    changed = Signal(object)  # (row,) int64: rows whose predictions just changed

    def __init__(self, catalog: Catalog, stored: StoredPredictions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._store = stored.store
        self._has_image = stored.has_image
        self._row_of = {galaxy_id: row for row, galaxy_id in enumerate(catalog.ids.tolist())}
        self.predictions = stored.predictions
        self._failed = self._failed_rows()

    @property
    def schema(self) -> Schema:
        """The tree that the model answers."""
        return self.predictions.schema

    @property
    def predicted_count(self) -> int:
        """Number of galaxies of the catalog that the model has predicted."""
        return int(self.predictions.is_predicted().sum())

    @property
    def failed_count(self) -> int:
        """Number of galaxies that the model could not read."""
        return len(self._failed)

    @property
    def missing_count(self) -> int:
        """Number of galaxies with an image that have neither a prediction nor a known problem."""
        return len(self.missing_rows())

    def missing_rows(self) -> NDArray[np.int64]:
        """Rows that `missing_count` counts, ascending."""
        missing = self._has_image & ~self.predictions.is_predicted()
        missing[self._failed] = False
        return np.flatnonzero(missing)

    def failed_rows(self) -> NDArray[np.int64]:
        """Rows that `failed_count` counts, ascending."""
        return self._failed

    def problems(self) -> dict[str, Problem]:
        """Galaxy id -> why the model could not read it, for the galaxies of the catalog."""
        return {problem.id: problem for problem in self._store.problems() if self._is_ours(problem)}

    def refresh(self, rows: NDArray[np.int64]) -> None:
        """Read the predictions of these rows again and say so."""
        self._store.refresh()
        images = [self._catalog.image_of(int(row)) for row in rows]
        self.predictions.concentrations[rows] = self._store.read(self._catalog.ids[rows].tolist(), images)
        self._failed = self._failed_rows()
        self.changed.emit(rows)

    def _failed_rows(self) -> NDArray[np.int64]:
        rows = sorted(self._row_of[galaxy_id] for galaxy_id in self.problems())
        return np.array(rows, dtype=np.int64)

    def _is_ours(self, problem: Problem) -> bool:
        """Another catalog may use the same ids for other images."""
        row = self._row_of.get(problem.id)
        return row is not None and self._catalog.image_of(row) == problem.image


class PredictionFollower(QObject):
    """Carries the parts that a running job stores into a `PredictionModel`.

    `rows` are the catalog rows of the job's request, in its order.
    """

    def __init__(self, model: PredictionModel, rows: NDArray[np.int64]) -> None:
        super().__init__(model)
        self._model = model
        self._rows = rows

    def take(self, part: object) -> None:
        """Read a stored part."""
        assert isinstance(part, StoredPart), f"unexpected partial result {part!r}"
        self._model.refresh(self._rows[part.first : part.last])
