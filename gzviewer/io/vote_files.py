"""Votes read from a table to be compared with predictions: Zoobot columns, Galaxy Zoo 2's own, or Kaggle's 37."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.comparison import Observed, common_questions, observed
from gzviewer.core.errors import CatalogError
from gzviewer.core.schema import Schema
from gzviewer.core.votes import IN_WORDS, VoteColumns, as_numbers, recognise
from gzviewer.io.catalogs import catalog_suffixes, open_catalog
from gzviewer.io.prediction_files.sources import source_of_catalog
from gzviewer.io.schemas import load_schema, load_schemas


@dataclass(frozen=True, eq=False)
class VoteTable:
    """Votes of a table, in its order of rows.

    Parameters
    ----------
    ids
        Column that may hold galaxy ids -> (row,) ids; the likeliest first.
    observed
        What volunteers said.
    what
        In words, what kind of votes they are and of which tree.
    notes
        Sentences about what was decided while reading.
    """

    ids: Mapping[str, Sequence[str]]
    observed: Observed
    what: str
    notes: tuple[str, ...]


def read_votes(
    path: Path,
    *,
    volunteers: float,
    schema: str = "",
    kind: str = "",
    id_column: str = "",
    beside: Schema | None = None,
) -> VoteTable:
    """The votes of a table.

    Parameters
    ----------
    schema
        Name of the tree they answer; empty: the one that fits most columns.
    beside
        A tree that is tried where no other that fits has a question in common with it: its columns may lack the campaign
        (``bar_yes`` for ``bar-dr5_yes``).
    kind
        Which of the published kinds is read, as in `gzviewer.core.votes.Votes`; empty: the one with most columns.
    id_column
        Column of the galaxy ids; empty: any that may be one.
    volunteers
        See `gzviewer.core.comparison.observed`.

    Raises
    ------
    CatalogError
        If the table cannot be read or holds no votes.
    """
    _check_format(path)
    catalog = open_catalog(path, Roles(id=id_column))
    found = _recognised(catalog, schema, kind, beside)
    votes = found.read(catalog.column)
    said = observed(votes, _shares(found, catalog), volunteers)
    ids = {catalog.roles.id: catalog.ids.tolist()}
    if not id_column:
        ids |= {name: values.tolist() for name, values in source_of_catalog(catalog).ids().items()}
    whose = " (a model's, not volunteers')" if votes.is_predicted else ""
    return VoteTable(ids, said, f"{IN_WORDS[votes.kind]} of {found.schema.title}{whose}", _notes(catalog))


def _check_format(path: Path) -> None:
    """A catalog may be a folder of images, votes may not."""
    if path.is_dir() or (path.exists() and not path.name.lower().endswith(catalog_suffixes())):
        raise CatalogError(
            f"{path.name} is no table of votes.", f"Give a table: {', '.join(catalog_suffixes())}."
        )


def _recognised(catalog: Catalog, schema: str, kind: str, beside: Schema | None) -> VoteColumns:
    schemas = [load_schema(schema)] if schema else load_schemas()
    found = recognise(catalog.column_names, schemas, is_chosen=bool(schema), kind=kind)
    if beside is not None and not schema and (found is None or not common_questions(beside, found.schema)):
        found = recognise(catalog.column_names, [beside], is_chosen=True, kind=kind) or found
    if found is None:
        tree = f" of {schemas[0].title}" if schema else ""
        raise CatalogError(
            f"{catalog.name} has no votes{tree}: no question has a column for each of its answers.",
            "Give a table with the columns of Zoobot, Galaxy Zoo 2 or Kaggle, or name the tree with --schema.",
        )
    if kind and kind != found.kind:
        there = ", ".join(found.kinds)
        raise CatalogError(f"{catalog.name} has no {IN_WORDS[kind]} of whole questions.", f"It has: {there}.")
    return found


def _shares(found: VoteColumns, catalog: Catalog) -> NDArray[np.float64] | None:
    """Kaggle's columns as they are published: fractions of all volunteers."""
    if found.kind != "cumulative":
        return None
    shares = np.full((len(catalog), len(found.schema.label_columns)), np.nan)
    for place, label in enumerate(found.schema.label_columns):
        if label in found.columns:
            shares[:, place] = as_numbers(catalog.column(found.columns[label]))
    return shares


def _notes(catalog: Catalog) -> tuple[str, ...]:
    """What matters where galaxies are matched by id."""
    return tuple(note for note in catalog.notes if "repeat" in note or "ids may be wrong" in note)
