"""Votes and predictions read from tables to be compared with each other: ids, and what is known of each galaxy.

Votes: Zoobot columns (counts or ``_fraction``), Galaxy Zoo 2's own, or Kaggle's 37. Predictions: what ``gzviewer predict``
writes, or any table of concentrations, fractions, or Kaggle's columns.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Column, Roles
from gzviewer.core.comparison import Observed, Predicted, observed, predicted
from gzviewer.core.errors import CatalogError
from gzviewer.core.predictions import Predictions
from gzviewer.core.schema import Schema
from gzviewer.core.votes import IN_WORDS, VoteColumns, recognise
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.schemas import load_schema, load_schemas

ENDING = "_concentration"


@dataclass(frozen=True, eq=False)
class ObservedTable:
    """Votes of a table, in its order of rows. `what` says in words what they are, `notes` what was decided while reading."""

    ids: Sequence[str]
    observed: Observed
    what: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PredictedTable:
    """Predictions of a table, in its order of rows."""

    ids: Sequence[str]
    predicted: Predicted
    what: str
    notes: tuple[str, ...]


def read_votes(path: Path, *, schema: str = "", id_column: str = "", volunteers: float) -> ObservedTable:
    """The votes of a table.

    Parameters
    ----------
    schema
        Name of the tree they answer; empty: the one that fits most columns.
    id_column
        Column of the galaxy ids; empty: recognised.
    volunteers
        See `gzviewer.core.comparison.observed`.

    Raises
    ------
    CatalogError
        If the table cannot be read or holds no votes.
    """
    catalog = open_catalog(path, Roles(id=id_column))
    found = _recognised(catalog, schema)
    votes = found.read(catalog.column)
    said = observed(votes, _shares(found, catalog), volunteers)
    what = f"{IN_WORDS[votes.kind]} of {found.schema.title}"
    return ObservedTable(catalog.ids.tolist(), said, what, _notes(catalog))


def read_predicted(path: Path, *, schema: str = "") -> PredictedTable:
    """The predictions of a table; parameters and errors as those of `read_votes`."""
    catalog = open_catalog(path)
    ids = catalog.ids.tolist()
    schemas = (load_schema(schema),) if schema else load_schemas()
    best = max(schemas, key=lambda tree: len(_concentration_columns(tree, catalog)))
    columns = _concentration_columns(best, catalog)
    if columns:
        numbers = _concentrations(path, catalog, best, columns)
        what = f"concentrations of {best.title}, {numbers.shape[1]} a galaxy and answer"
        return PredictedTable(ids, predicted(Predictions(best, path.name, numbers)), what, _notes(catalog))
    found = _recognised(catalog, schema)
    if found.kind == "counts" and found.read(catalog.column).kind == "concentrations":
        found = replace(found, kind="concentrations")
    if found.kind == "concentrations":
        numbers = _concentrations(path, catalog, found.schema, dict(found.columns))
        made = predicted(Predictions(found.schema, path.name, numbers))
        return PredictedTable(ids, made, f"concentrations of {found.schema.title}", _notes(catalog))
    votes = found.read(catalog.column)
    fractions = observed(votes).fractions
    what = f"{IN_WORDS[votes.kind]} of {found.schema.title}: no concentrations, so no loss and no coverage"
    return PredictedTable(
        ids, Predicted(found.schema, fractions, None, _shares(found, catalog)), what, _notes(catalog)
    )


def _recognised(catalog: Catalog, schema: str) -> VoteColumns:
    schemas = [load_schema(schema)] if schema else load_schemas()
    found = recognise(catalog.column_names, schemas, is_chosen=bool(schema))
    if found is None:
        tree = f" of {schemas[0].title}" if schema else ""
        raise CatalogError(
            f"{catalog.name} has no votes{tree}: no question has a column for each of its answers.",
            "Give a table with the columns of Zoobot, Galaxy Zoo 2 or Kaggle, or name the tree with --schema.",
        )
    return found


def _shares(found: VoteColumns, catalog: Catalog) -> NDArray[np.float64] | None:
    """Kaggle's columns as they are published: fractions of all volunteers."""
    if found.kind != "cumulative":
        return None
    shares = np.full((len(catalog), len(found.schema.label_columns)), np.nan)
    for place, label in enumerate(found.schema.label_columns):
        if label in found.columns:
            shares[:, place] = _numbers(catalog.column(found.columns[label]))
    return shares


def _notes(catalog: Catalog) -> tuple[str, ...]:
    """What matters when galaxies are matched."""
    return tuple(note for note in catalog.notes if "repeat" in note or "ids" in note or "called by" in note)


def _concentration_columns(schema: Schema, catalog: Catalog) -> dict[str, str]:
    """Label column -> column of the table."""
    written = set(catalog.column_names) | _lists(catalog)
    return {label: label + ENDING for label in schema.label_columns if label + ENDING in written}


def _lists(catalog: Catalog) -> set[str]:
    """Columns of a Parquet file that hold a list a row, which a catalog leaves out."""
    if Path(catalog.source).suffix.lower() != ".parquet":
        return set()
    from pyarrow import parquet  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.2 s that others need not pay

    return set(parquet.read_schema(catalog.source).names) - set(catalog.column_names)


def _concentrations(
    path: Path, catalog: Catalog, schema: Schema, columns: dict[str, str]
) -> NDArray[np.float32]:
    """(row, member, answer); NaN for what is missing."""
    lists = _lists(catalog)
    found = {
        label: _members(_list_column(path, name) if name in lists else catalog.column(name).tolist())
        for label, name in columns.items()
    }
    members = max(values.shape[1] for values in found.values())
    numbers = np.full((len(catalog), members, len(schema.label_columns)), np.nan, dtype=np.float32)
    for place, label in enumerate(schema.label_columns):
        if label in found:
            numbers[:, :, place] = found[label]
    numbers[~(numbers > 0)] = np.nan
    return numbers


def _list_column(path: Path, name: str) -> list[object]:
    from pyarrow import parquet  # noqa: PLC0415 - as above

    values: list[object] = parquet.read_table(path, columns=[name])[name].to_pylist()
    return values


def _members(cells: Sequence[object]) -> NDArray[np.float32]:
    """(row, member) of cells that hold a number, a list of numbers, or such a list as JSON; missing is NaN."""
    rows = [_cell(cell) for cell in cells]
    members = max((len(row) for row in rows), default=1) or 1
    return np.array(
        [row if len(row) == members else [float("nan")] * members for row in rows], dtype=np.float32
    )


def _cell(cell: object) -> list[float]:
    if isinstance(cell, str) and cell.startswith("["):
        try:
            cell = json.loads(cell)
        except ValueError:
            return []
    if isinstance(cell, list):
        return [float(value) for value in cell]
    try:
        return [float(str(cell))]
    except ValueError:
        return []


def _numbers(values: Column) -> NDArray[np.float64]:
    return np.array([row[0] if row else np.nan for row in map(_cell, values.tolist())])
