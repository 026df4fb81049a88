"""Predictions that were made elsewhere, beside those of the model here: read from a file, matched by galaxy id."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import CatalogError
from gzviewer.core.predictions import Predictions
from gzviewer.core.votes import Votes
from gzviewer.io.prediction_files import open_prediction_file
from gzviewer.io.prediction_files.sources import HDF5_SUFFIXES, source_of_catalog
from gzviewer.jobs.job import JobContext

OF_OURS = ("_concentration", "_share", "_probability", "_value")


@dataclass(frozen=True, eq=False)
class FilePredictions:
    """Predictions of a file for the rows of a catalog.

    Parameters
    ----------
    path
        Absolute path of the file.
    notes
        Sentences about what was found, for the person to see.
    """

    path: str
    predictions: Predictions
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the model is called: the file's name."""
        return Path(self.path).name


def attaching(path: str, catalog: Catalog, schema: str = "") -> Callable[[JobContext], FilePredictions]:
    """A job that reads a file of predictions for the galaxies of a catalog.

    Parameters
    ----------
    schema
        Name of the tree that the file's columns answer, where a person knows.
    """

    def job(context: JobContext) -> FilePredictions:
        file = open_prediction_file(path, schema)
        context.checkpoint()
        predictions, notes = file.read_for(catalog.ids.tolist())
        context.checkpoint()
        _load_scipy(predictions)
        return FilePredictions(str(Path(path).expanduser().absolute()), predictions, notes)

    return job


def own_predictions(catalog: Catalog, votes: Votes | None) -> tuple[FilePredictions | None, tuple[str, ...]]:
    """The predictions that the file of a catalog holds itself, and remarks where they cannot be had.

    Only where its columns, or what a person said of them, show that a model made them.
    """
    is_table = Path(catalog.source).is_file()
    is_ours = "checkpoint" in catalog.column_names and any(
        name.endswith(OF_OURS) for name in catalog.column_names
    )
    is_hdf5 = catalog.source.lower().endswith(HDF5_SUFFIXES)
    if not is_table or not (is_ours or is_hdf5 or (votes is not None and votes.is_predicted)):
        return None, ()
    schema = catalog.roles.votes_schema
    try:
        file = open_prediction_file(catalog.source, schema, source=source_of_catalog(catalog))
        predictions = file.read()
    except CatalogError as error:
        return None, (str(error),)
    _load_scipy(predictions)
    return FilePredictions(catalog.source, predictions, file.notes), ()


def _load_scipy(predictions: Predictions) -> None:
    """Here and not in the window's thread."""
    for question in predictions.schema.questions[:1]:
        predictions.interval(question, rows=slice(1))
