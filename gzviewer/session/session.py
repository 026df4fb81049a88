"""One open catalog with everything that is shown of it. Opening another catalog makes another session."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from gzviewer.core.schema import Schema
from gzviewer.core.votes import Votes
from gzviewer.io.settings import cache_folder
from gzviewer.io.thumbnails import Thumbnails
from gzviewer.session.attached import FilePredictions
from gzviewer.session.columns import Columns
from gzviewer.session.filtering import Filtering
from gzviewer.session.images import ImageLoader
from gzviewer.session.jobs import JobHandle, JobRunner
from gzviewer.session.model_input import ModelInput
from gzviewer.session.opening import Opened
from gzviewer.session.predictions import PredictionModel, predicting
from gzviewer.session.selection import Selection
from gzviewer.session.shown_predictions import ShownPredictions
from gzviewer.session.sorting import Sorting


@dataclass(frozen=True)
class Tree:
    """One decision tree that can be shown of the galaxies: its schema, and whose answers there are to it."""

    title: str
    schema: Schema
    predictions: ShownPredictions | None
    votes: Votes | None


class Session(QObject):
    """Owns the catalog's selection, order, images and predictions; closing it closes them.

    `predictions` are those of the model here; `attached` those of files, the newest last.
    """

    attached_changed = Signal()
    prediction_began = Signal()

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
        self._files: dict[str, ShownPredictions] = {}  # path -> what it holds, the newest last
        self._own: ShownPredictions | None = None  # what the file of the catalog itself holds
        self.selection = Selection(self)
        self.columns = Columns(self.catalog, self.predictions, self)
        self.filtering = Filtering(self.columns, len(self.catalog), self)
        self.sorting = Sorting(self.columns, self.filtering, self.selection, runner, self)
        self.images = ImageLoader(self.catalog, Thumbnails(cache_folder() / "thumbnails.sqlite"), self)
        self.model_input = ModelInput(self.catalog, self.manifest, self)
        self.prediction_job: JobHandle | None = None
        self.device = "auto"  # where the next prediction runs
        if opened.own is not None:
            self._own = self._add(opened.own)

    @property
    def attached(self) -> tuple[ShownPredictions, ...]:
        """Predictions of files, those of the catalog's own file first, then the newest last."""
        return tuple(self._files.values())

    @property
    def attached_paths(self) -> tuple[str, ...]:
        """The files that a person attached."""
        return tuple(path for path, shown in self._files.items() if shown is not self._own)

    @property
    def trees(self) -> tuple[Tree, ...]:
        """Every model's tree, with the votes where they answer the same questions; else the votes' tree after them.

        Votes that a model said stand in the tree of its file, and beside what the model here says.
        """
        models = [model for model in (self.predictions, *self.attached) if model is not None]
        trees = [
            Tree(model.title, model.schema, model, self._votes_beside(model))
            for model in models
            if model.schema.questions
        ]
        votes = self.votes
        is_shown = any(tree.votes is votes for tree in trees) or self._is_own(votes)
        if votes is not None and not is_shown:
            trees.append(Tree(f"{votes.schema.title} · catalog", votes.schema, None, votes))
        return tuple(trees)

    @property
    def first_tree(self) -> int:
        """Place among `trees` of the one that tells most: of what a person attached last, else the first that is not silent."""
        trees = self.trees
        chosen = [tree for tree in trees if self.attached_paths and tree.predictions is self.attached[-1]]
        told = [tree for tree in trees if tree.predictions is not None and tree.predictions.predicted_count]
        votes = [tree for tree in trees if tree.votes is not None]
        return next((trees.index(tree) for tree in (*chosen, *told, *votes)), 0)

    def attach(self, found: object) -> None:
        """Show the predictions of a file beside the others; those of the same file take the place of the older ones."""
        assert isinstance(found, FilePredictions), f"unexpected result {found!r}"
        self.notes = (*(note for note in self.notes if note not in found.notes), *found.notes)
        self._add(found)
        self.attached_changed.emit()

    def _add(self, found: FilePredictions) -> ShownPredictions:
        old = self._files.pop(found.path, None)
        taken = {other.name for other in self._files.values()}
        name = found.path if found.name in taken else found.name
        shown = ShownPredictions(found.predictions, name, self, beside=found.origin)
        self._own = shown if old is not None and old is self._own else self._own
        self._files[found.path] = shown
        self.columns.add(shown)
        if old is not None:
            old.deleteLater()
        return shown

    def _votes_beside(self, model: ShownPredictions) -> Votes | None:
        """The votes, where they answer the questions of a model and are not what it said itself."""
        votes = self.votes
        if votes is None or (model.beside and self._is_own(votes)):
            return None
        same = set(model.schema.label_columns) & set(votes.schema.label_columns)
        return votes if same else None

    def _is_own(self, votes: Votes | None) -> bool:
        """Whether votes are predictions that are shown as such."""
        return votes is not None and votes.is_predicted and self._own is not None

    def sort_by(self, column: str, *, descending: bool = False) -> None:
        """Sort the visible rows and look at the first of them, as soon as the column is worked out."""
        self.sorting.sort_by(column, descending=descending)

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
        work = predicting(
            self.catalog,
            rows,
            model=str(self.manifest.folder),
            store=self.predictions.store,
            device=self.device,
        )
        job = self._runner.submit(f"Predict {self.catalog.name}", work, needs_device=True)
        job.published.connect(self.predictions.take)
        self.prediction_job = job
        self.prediction_began.emit()
        return job

    def close(self) -> None:
        """Stop predicting, end the threads that decode images, and let go of the stores."""
        if self.prediction_job is not None:
            self.prediction_job.cancel()
        self.sorting.close()
        self.images.close()
        self.model_input.close()
        self.deleteLater()
