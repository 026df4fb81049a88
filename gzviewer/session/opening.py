"""Everything that opening a path reads from disk, gathered in a thread before a session is made of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.errors import CatalogError, SchemaError, StoreError
from gzviewer.core.votes import IN_WORDS, VoteColumns, Votes, recognise
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.images import image_suffixes
from gzviewer.io.manifest import Manifest
from gzviewer.io.predicted import predicted_tree
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import data_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext
from gzviewer.session.attached import FilePredictions, own_predictions
from gzviewer.session.predictions import StoredPredictions


@dataclass(frozen=True)
class Opened:
    """What a session is made of. `notes` are sentences about what was decided while reading, for the person to see;
    `row` is looked at first; `votes_kinds` are the kinds of votes to choose from, as in `Votes`; `own` are the predictions that
    the catalog's own file holds.
    """

    catalog: Catalog
    votes: Votes | None
    manifest: Manifest | None
    stored: StoredPredictions | None
    notes: tuple[str, ...] = ()
    row: int = 0
    votes_kinds: tuple[str, ...] = ()
    own: FilePredictions | None = None


def opening(path: str, roles: Roles | None, manifest: Manifest | None) -> Callable[[JobContext], Opened]:
    """A job that opens a catalog or folder, recognises its votes and finds the predictions made before."""

    def job(context: JobContext) -> Opened:
        catalog, row = _catalog_of(Path(path), roles)
        context.checkpoint()
        votes, kinds, notes = _votes_of(catalog, roles or Roles())
        context.checkpoint()
        stored, remarks = (None, ()) if manifest is None else _stored(catalog, manifest)
        context.checkpoint()
        own, more = own_predictions(catalog, votes)
        notes = (*catalog.notes, *notes, *remarks, *more, *(own.notes if own is not None else ()))
        return Opened(catalog, votes, manifest, stored, notes, row, kinds, own)

    return job


def _catalog_of(path: Path, roles: Roles | None) -> tuple[Catalog, int]:
    """The catalog, and the row to look at first: a single image opens its folder."""
    try:
        return open_catalog(path, roles), 0
    except CatalogError:
        if not path.is_file() or not path.name.lower().endswith(image_suffixes()):
            raise
    catalog = open_catalog(path.parent)
    rows = [row for row in range(len(catalog)) if Path(catalog.image_of(row)) == path]
    return catalog, next(iter(rows), 0)


def store_of(manifest: Manifest, samples: int = 1) -> PredictionStore:
    """The store of a model's predictions in the person's data folder; made where there is none."""
    return PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, samples))


def _stored(catalog: Catalog, manifest: Manifest) -> tuple[StoredPredictions | None, tuple[str, ...]]:
    """What was predicted before; a store or model that cannot be used is a remark, the catalog is there all the same."""
    try:
        stored = StoredPredictions.read(catalog, predicted_tree(manifest), store_of(manifest))
    except (StoreError, SchemaError) as error:
        return None, (f"There are no predictions to show: {error}",)
    for first in stored.predictions.schema.questions[:1]:
        stored.predictions.interval(first, rows=slice(1))  # loads scipy here, not in the window's thread
    return stored, stored.store.damaged


def _votes_of(catalog: Catalog, roles: Roles) -> tuple[Votes | None, tuple[str, ...], tuple[str, ...]]:
    """The votes in the catalog, as answers to the chosen tree, or to the one that fits most columns; their kinds; notes."""
    chosen = roles.votes_schema
    schemas, notes = [], []
    for name in [chosen] if chosen else schema_names():
        try:
            schemas.append(load_schema(name))
        except SchemaError as error:  # somebody's own schema is broken: the others still serve
            notes.append(str(error))
    found = recognise(catalog.column_names, schemas, is_chosen=bool(chosen), kind=roles.votes_kind)
    if found is None:
        notes += [f"No column fits the tree {schema.title}." for schema in schemas if chosen]
        return None, (), tuple(notes)
    votes, whose = _whose(found.read(catalog.column), Path(catalog.source).name, roles.votes_are)
    if roles.votes_kind not in {"", votes.kind}:
        asked = IN_WORDS.get(roles.votes_kind, roles.votes_kind)
        notes.append(f"No question has {asked} for all its answers: {IN_WORDS[votes.kind]} are read.")
    notes.append(_note(found, votes, whose))
    kinds = dict.fromkeys(votes.kind if kind == found.kind else kind for kind in found.kinds)
    return votes, tuple(kinds), tuple(notes)


def _whose(votes: Votes, file_name: str, chosen: str) -> tuple[Votes, str]:
    """The votes, knowing whether a model said them, and in words what tells."""
    if chosen:
        is_predicted = chosen == "model"
        words = "predictions, as chosen" if is_predicted else "volunteers' votes, as chosen"
        return replace(votes, is_predicted=is_predicted), words
    if votes.is_predicted:
        return votes, "" if votes.kind == "concentrations" else "predictions, by the columns' names"
    if "predict" in file_name.lower() and votes.kind != "counts":
        return replace(votes, is_predicted=True), "predictions, by the file's name"
    return votes, ""


def _note(found: VoteColumns, votes: Votes, whose: str) -> str:
    what = "; ".join(part for part in (IN_WORDS[votes.kind], whose) if part)
    note = f"Vote columns ({what}) are read as answers to {found.schema.title}"
    others = [schema.title for schema in found.also_fits]
    if not others:
        return f"{note}."
    fit = "fits" if len(others) == 1 else "fit"
    return f"{note}; {' and '.join(others)} {fit} as well: choose in File ▸ Columns and image folder."
