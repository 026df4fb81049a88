"""Predictions beside those of the model that is chosen: of a file, matched by galaxy id, or of another model here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import CatalogError, StoreError
from gzviewer.core.predictions import Predictions
from gzviewer.core.votes import Votes
from gzviewer.io.manifest import Manifest, read_manifest
from gzviewer.io.predicted import predicted_tree
from gzviewer.io.prediction_files import open_prediction_file
from gzviewer.io.prediction_files.sources import HDF5_SUFFIXES, source_of_catalog
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.settings import data_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext
from gzviewer.session.predictions import StoredPredictions

OF_OURS = ("_concentration", "_share", "_probability", "_value")


@dataclass(frozen=True, eq=False)
class FilePredictions:
    """Predictions of a file, or of another model here, for the rows of a catalog.

    Parameters
    ----------
    path
        Absolute path of the file, or of the model's folder.
    notes
        Sentences about what was found, for the person to see.
    name
        What the model is called; of a file its name.
    origin
        Where they are from, in words.
    """

    path: str
    predictions: Predictions
    notes: tuple[str, ...]
    name: str
    origin: str = "from file"


def attaching(path: str, catalog: Catalog, schema: str = "") -> Callable[[JobContext], FilePredictions]:
    """A job that reads a file of predictions for the galaxies of a catalog, or what another model has predicted of them.

    Parameters
    ----------
    path
        Of the file, or of the folder of an installed model.
    schema
        Name of the tree that the file's columns answer, where a person knows.
    """

    def job(context: JobContext) -> FilePredictions:
        if Path(path).is_dir():
            return _stored_by(read_manifest(Path(path)), catalog)
        file = open_prediction_file(path, schema)
        context.checkpoint()
        predictions, notes = file.read_for(catalog.ids.tolist())
        context.checkpoint()
        _load_scipy(predictions)
        return FilePredictions(str(Path(path).expanduser().absolute()), predictions, notes, file.name)

    return job


def _stored_by(manifest: Manifest, catalog: Catalog) -> FilePredictions:
    """What an installed model has predicted before; `StoreError` where that is nothing."""
    store = PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, 1))
    predictions = StoredPredictions.read(catalog, predicted_tree(manifest), store).predictions
    count = int(predictions.is_predicted().sum())
    if not count:
        what = f"{manifest.title} has predicted none of these galaxies yet."
        raise StoreError(what, "Choose it as the model and predict; then compare.")
    _load_scipy(predictions)
    note = f"{manifest.title}: {count:,} of {len(catalog):,} galaxies were predicted before."
    return FilePredictions(str(manifest.folder), predictions, (note,), manifest.name, "another model")


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
    return FilePredictions(catalog.source, predictions, file.notes, file.name), ()


def _load_scipy(predictions: Predictions) -> None:
    """Here and not in the window's thread."""
    for question in predictions.schema.questions[:1]:
        predictions.interval(question, rows=slice(1))
