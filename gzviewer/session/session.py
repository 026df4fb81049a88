"""One open catalog with everything that is shown of it. Opening another catalog makes another session."""

from dataclasses import dataclass

from PySide6.QtCore import QObject

from gzviewer.core.schema import Schema
from gzviewer.core.votes import Votes
from gzviewer.io.settings import cache_folder
from gzviewer.io.thumbnails import Thumbnails
from gzviewer.session.columns import Columns
from gzviewer.session.filtering import Filtering
from gzviewer.session.images import ImageLoader
from gzviewer.session.jobs import JobHandle, JobRunner
from gzviewer.session.model_input import ModelInput
from gzviewer.session.opening import Opened
from gzviewer.session.predictions import PredictionModel, predicting
from gzviewer.session.selection import Selection


@dataclass(frozen=True)
class Tree:
    """One decision tree that can be shown of the galaxies: its schema, and whose answers there are to it."""

    title: str
    schema: Schema
    predictions: PredictionModel | None
    votes: Votes | None


class Session(QObject):
    """Owns the catalog's selection, order, images and predictions; closing it closes them."""

    def __init__(self, opened: Opened, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog = opened.catalog
        self.votes = opened.votes
        self.manifest = opened.manifest
        self.notes = opened.notes
        self.votes_kinds = opened.votes_kinds
        self._runner = runner
        stored = opened.stored
        self.predictions = None if stored is None else PredictionModel(stored, self)
        self.selection = Selection(self)
        self.columns = Columns(self.catalog, self.predictions, self)
        self.filtering = Filtering(self.columns, len(self.catalog), self)
        self.images = ImageLoader(self.catalog, Thumbnails(cache_folder() / "thumbnails.sqlite"), self)
        self.model_input = ModelInput(self.catalog, self.manifest, self)
        self.prediction_job: JobHandle | None = None

    @property
    def trees(self) -> tuple[Tree, ...]:
        """The model's tree, with the votes where they answer the same questions; else the votes' tree after it."""
        trees = []
        votes = self.votes
        if self.predictions is not None:
            schema = self.predictions.schema
            same = votes is not None and bool(set(schema.label_columns) & set(votes.schema.label_columns))
            trees.append(Tree(f"{schema.title} · model", schema, self.predictions, votes if same else None))
            votes = None if same else votes
        if votes is not None:
            trees.append(Tree(f"{votes.schema.title} · catalog", votes.schema, None, votes))
        return tuple(trees)

    def sort_by(self, column: str, *, descending: bool = False) -> None:
        """Sort the visible rows and look at the first of them."""
        self.filtering.sort_by(column, descending=descending)
        if len(self.filtering.visible):
            self.selection.set_current(int(self.filtering.visible[0]))

    def step(self, by: int) -> None:
        """Look at the galaxy that stands so many places further on in the visible order; stop at its ends."""
        visible = self.filtering.visible
        if len(visible):
            places = (visible == self.selection.current).nonzero()[0]
            place = int(places[0]) + by if len(places) else 0
            self.selection.set_current(int(visible[min(max(place, 0), len(visible) - 1)]))

    def predict(self) -> JobHandle | None:
        """Predict what is missing in the background, or where nothing is, try again what could not be read.

        None where there is nothing to do, or where a prediction is already running.
        """
        busy = self.prediction_job is not None and not self.prediction_job.state.is_ending
        if self.predictions is None or self.manifest is None or busy:
            return None
        missing = self.predictions.missing_rows()
        rows = missing if len(missing) else self.predictions.failed_rows()
        if not len(rows):
            return None
        work = predicting(self.catalog, rows, model=str(self.manifest.folder), store=self.predictions.store)
        job = self._runner.submit(f"Predict {self.catalog.name}", work, needs_device=True)
        job.published.connect(self.predictions.take)
        self.prediction_job = job
        return job

    def close(self) -> None:
        """Stop predicting, end the threads that decode images, and let go of the stores."""
        if self.prediction_job is not None:
            self.prediction_job.cancel()
        self.images.close()
        self.model_input.close()
        self.deleteLater()
