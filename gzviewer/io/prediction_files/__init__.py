"""Predictions that were made elsewhere: read from a file, whatever program wrote it, as if they had been made here.

Understood are: HDF5 of Zoobot with its samples (or models and samples), CSV of Zoobot 1.x to 2.9, our own tables, the release
tables of Galaxy Zoo (DECaLS, DESI, Euclid), and Kaggle's 37 columns. A file is a `Source` of columns
(`gzviewer.io.prediction_files.sources`); what its columns mean is found out by their names and values
(`gzviewer.io.prediction_files.layouts`); whose they are by galaxy id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import CatalogError, SchemaError
from gzviewer.core.predictions import Predictions, Rows
from gzviewer.core.schema import Schema
from gzviewer.io.key_index import KeyIndex, text_keys
from gzviewer.io.prediction_files.layouts import Layout, layout_of
from gzviewer.io.prediction_files.source import Source
from gzviewer.io.prediction_files.sources import source_of
from gzviewer.io.prediction_parts import encoded
from gzviewer.io.schemas import load_schema, schema_names

__all__ = ["PredictionFile", "open_prediction_file", "read_predictions", "repeated"]

MOST_EDGES = 1_000_000  # galaxies: those of more would take gigabytes
EXAMPLES = 3


@dataclass(frozen=True, eq=False)
class PredictionFile:
    """A file of predictions that has been understood, but not read yet.

    Parameters
    ----------
    name
        Of the file: what its model is called.
    source, layout
        Its columns, and what they mean.
    notes
        Sentences about what was decided.
    """

    name: str
    source: Source
    layout: Layout
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return self.source.count

    @property
    def ids(self) -> NDArray[np.str_]:
        """(galaxy,) ids, in the order of the file, from its likeliest column; row numbers where it has none."""
        return next(iter(self.source.ids().values()), np.arange(1, len(self) + 1).astype(np.str_))

    def read(self, rows: Rows | None = None) -> Predictions:
        """The predictions of some rows of the file.

        Parameters
        ----------
        rows : (row,)
            Rows of the file, -1 for a galaxy that it does not hold; None: all.
        """
        rows = np.arange(len(self), dtype=np.int64) if rows is None else rows
        layout = self.layout
        numbers = self.source.read(layout.columns, rows)
        numbers[~np.isfinite(numbers)] = np.nan
        if layout.head == "dirichlet":
            numbers[numbers <= 0] = np.nan  # some programs write 0 for missing
        elif layout.head == "shares":
            np.maximum(numbers, 0, out=numbers)  # regressions go a little below; keeps NaN
        edges = self._edges(rows) if layout.edges and len(rows) <= MOST_EDGES else None
        return Predictions(layout.schema, self.name, numbers, layout.head, layout.value_names, edges)

    def _edges(self, rows: Rows) -> NDArray[np.float32]:
        """(2, row, answer) lower and upper edges."""
        return np.stack([self.source.read(names, rows)[:, 0] for names in self.layout.edges])

    def read_for(self, ids: Sequence[str]) -> tuple[Predictions, tuple[str, ...]]:
        """The predictions of these galaxies, NaN where the file has none, and sentences about how they were matched.

        Raises
        ------
        CatalogError
            If the file holds none of them.
        """
        column, rows = self._rows_of(ids)
        matched = int((rows >= 0).sum())
        if not matched:
            raise CatalogError(
                f"{self.name} holds none of these {len(ids):,} galaxies: {self._some_ids()}.",
                "Predictions are matched by galaxy id, letter by letter: see that both use the same ids.",
            )
        words = f"{self.name}: predictions of {matched:,} of {len(ids):,} galaxies were found by {column}"
        left = np.setdiff1d(np.arange(len(self)), rows)
        again = int(np.isin(repeated(self.source.ids()[column].tolist()), left).sum()) if len(left) else 0
        others = len(left) - again
        more = f"; {others:,} rows of the file belong to no galaxy here" if others else ""
        more += f"; {again:,} repeat the id of an earlier row and are left out" if again else ""
        return self.read(rows), (f"{words}{more}.", *self.notes)

    def _rows_of(self, ids: Sequence[str]) -> tuple[str, Rows]:
        """The column of ids that fits best, and the file's row of each of `ids`; -1 where there is none."""
        wanted = encoded(ids)
        best = "", np.full(len(ids), -1, dtype=np.int64)
        for name, values in self.source.ids().items():
            rows = _matched(encoded(values.tolist()), wanted)
            if (rows >= 0).sum() > (best[1] >= 0).sum():
                best = name, rows
        return best

    def _some_ids(self) -> str:
        names = ", ".join(self.ids[:EXAMPLES].tolist())
        return f"its ids are {names} ..." if len(self) > EXAMPLES else f"its ids are {names}"


def open_prediction_file(
    path: str | Path, schema: str = "", *, source: Source | None = None
) -> PredictionFile:
    """Understand a file of predictions.

    Parameters
    ----------
    schema
        Name of the tree that its columns answer, where a person knows better than their names tell.
    source
        Its columns, where they have been opened before.

    Raises
    ------
    CatalogError
        If it is not there, is broken, or holds nothing that can be understood as predictions.
    SchemaError
        If there is no such schema.
    """
    path = Path(path).expanduser().absolute()
    trees, faults = _schemas(schema)
    source = source or source_of(path)
    layout = layout_of(source, trees, path.name, is_chosen=bool(schema))
    return PredictionFile(path.name, source, layout, (*layout.notes, *faults))


def read_predictions(path: str | Path, schema: str = "") -> tuple[NDArray[np.str_], Predictions]:
    """Ids (galaxy,) and predictions of everything in a file, in its order; errors as of `open_prediction_file`."""
    file = open_prediction_file(path, schema)
    return file.ids, file.read()


def _schemas(chosen: str) -> tuple[tuple[Schema, ...], tuple[str, ...]]:
    if chosen:
        return (load_schema(chosen),), ()
    trees, faults = [], []
    for name in schema_names():
        try:
            trees.append(load_schema(name))
        except SchemaError as error:  # one broken tree must not hide the others
            faults.append(str(error))
    return tuple(trees), tuple(faults)


def repeated(ids: Sequence[str]) -> Rows:
    """(row,) places of ids that an earlier row has; readers of tables call them id#2, id#3."""
    is_again = np.ones(len(ids), dtype=np.bool_)
    is_again[np.unique(text_keys(encoded(ids)), return_index=True)[1]] = False
    parts = [(row, name.rpartition("#")) for row, name in enumerate(ids) if "#" in name]
    known = set(ids) if parts else set()
    for row, (first, _, number) in parts:
        is_again[row] |= number.isdigit() and first in known
    return np.flatnonzero(is_again)


def _matched(known: NDArray[np.bytes_], wanted: NDArray[np.bytes_]) -> Rows:
    """(wanted,) place in `known` of each text, of several the first; -1 where it is not there."""
    index = KeyIndex()
    index.add(text_keys(known[::-1]), 0)  # it finds the newest
    newest = index.find(text_keys(wanted))
    rows = np.where(newest >= 0, len(known) - 1 - newest, -1)
    same = rows >= 0  # two keys may be equal by chance: compare what they stand for
    same[same] &= known[rows[same]] == wanted[same]
    return np.where(same, rows, -1)
