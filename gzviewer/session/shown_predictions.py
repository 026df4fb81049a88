"""Predictions that are shown of the open catalog, whoever made them, and the signal that says when they change."""

from PySide6.QtCore import QObject, Signal

from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Schema


class ShownPredictions(QObject):
    """The predictions of one model for the rows of the open catalog.

    Parameters
    ----------
    name
        What the model is called, in titles and in the names of its columns; another for every model of a session.
    beside
        Empty for the model that is chosen here; of what is shown beside it where it is from, in words: ``from file``.
    """

    changed = Signal(object)  # (row,) int64: rows whose predictions just changed

    def __init__(
        self,
        predictions: Predictions,
        name: str,
        parent: QObject | None = None,
        *,
        beside: str = "",
    ) -> None:
        super().__init__(parent)
        self.predictions = predictions
        self.name = name
        self.beside = beside

    @property
    def schema(self) -> Schema:
        """The tree that the model answers; a `NoTree` where it gives values."""
        return self.predictions.schema

    @property
    def title(self) -> str:
        """The model and its tree, in words."""
        return f"{self.schema.title} · {f'{self.name} ({self.beside})' if self.beside else 'model'}"

    @property
    def predicted_count(self) -> int:
        """Number of galaxies of the catalog that the model has predicted."""
        return int(self.predictions.is_predicted().sum())
