"""Everything that opening a path reads from disk, gathered in a thread before a session is made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.errors import SchemaError
from gzviewer.core.predictions import Predictions
from gzviewer.core.votes import Votes, recognise
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.checkpoints import Manifest
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import data_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext
from gzviewer.session.predictions import StoredPredictions


@dataclass(frozen=True)
class Opened:
    """What a session is made of. `notes` are sentences about what was decided while reading, for the person to see."""

    catalog: Catalog
    votes: Votes | None
    manifest: Manifest | None
    stored: StoredPredictions | None
    notes: tuple[str, ...] = ()


def opening(
    path: str, roles: Roles | None, image_folder: str, manifest: Manifest | None
) -> Callable[[JobContext], Opened]:
    """A job that opens a catalog or folder, recognises its votes and finds the predictions made before."""

    def job(context: JobContext) -> Opened:
        catalog = open_catalog(Path(path), roles, image_folder=image_folder)
        context.checkpoint()
        votes, notes = _votes_of(catalog, roles.votes_schema if roles is not None else "")
        context.checkpoint()
        stored = None if manifest is None else _stored(catalog, manifest)
        return Opened(catalog, votes, manifest, stored, (*catalog.notes, *notes))

    return job


def store_of(manifest: Manifest, samples: int = 1) -> PredictionStore:
    """The store of a model's predictions in the person's data folder; made where there is none."""
    return PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, samples))


def _stored(catalog: Catalog, manifest: Manifest) -> StoredPredictions:
    store = store_of(manifest)
    images = [catalog.image_of(row) for row in range(len(catalog))]
    concentrations = store.read(catalog.ids.tolist(), images)
    predictions = Predictions(load_schema(manifest.schema), manifest.name, concentrations)
    predictions.interval(
        predictions.schema.questions[0], rows=slice(1)
    )  # loads scipy here, not in the window's thread
    return StoredPredictions(predictions, store, np.array([bool(image) for image in images], dtype=bool))


def _votes_of(catalog: Catalog, chosen: str) -> tuple[Votes | None, tuple[str, ...]]:
    """The volunteers' votes in the catalog, as answers to the chosen tree, or to the one that fits most columns."""
    schemas, notes = [], []
    for name in [chosen] if chosen else schema_names():
        try:
            schemas.append(load_schema(name))
        except SchemaError as error:  # somebody's own schema is broken: the others still serve
            notes.append(str(error))
    found = recognise(catalog.column_names, schemas)
    if found is not None:
        notes.append(f"Vote columns ({found.kind}) are read as answers to {found.schema.title}.")
    elif chosen:
        notes.append(f"No column fits the tree {chosen}.")
    return (None if found is None else found.read(catalog.column)), tuple(notes)
