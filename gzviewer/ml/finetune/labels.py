"""Labels out of a table: joined to the galaxies by id, as votes, classes or numbers. Imports no torch."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.errors import CatalogError, UserError
from gzviewer.core.schema import Schema
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.manifest import Manifest
from gzviewer.jobs.finetune_requests import FinetuneRequest
from gzviewer.ml.finetune.targets import NAMES_SAID, columns_of, read_target


@dataclass(frozen=True, eq=False)
class Labels:
    """What is known of the galaxies that have a label and an image.

    Parameters
    ----------
    kind
        ``tree``, ``classify`` or ``regress``.
    ids, published, images, groups : (galaxy,)
        Galaxy ids, and as the table has them, where one may stand in several rows; absolute image paths; text that is equal
        for rows that show one galaxy ("": not told).
    ra, dec : (galaxy,) degrees, NaN where unknown
    targets : (galaxy, column) float32
        Votes for each answer (0: nobody was asked), or the number of the class, or the value.
    names
        Label columns of the tree, the classes, or the one column of values.
    schema
        Of a tree.
    notes
        Sentences about what was decided or left out.
    """

    kind: str
    ids: tuple[str, ...]
    published: tuple[str, ...]
    images: tuple[str, ...]
    groups: tuple[str, ...]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    targets: NDArray[np.float32]
    names: tuple[str, ...]
    schema: Schema | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(galaxy,) number of the class."""
        return self.targets[:, 0].astype(np.int64)

    @property
    def topics(self) -> tuple[str, ...]:
        """What labels are counted by: classes, questions, or the one column of values."""
        return self.names if self.schema is None else tuple(q.name for q in self.schema.questions)

    @property
    def counts(self) -> tuple[int, ...]:
        """Galaxies of each of `topics`; for a question those with votes."""
        if self.kind == "classify":
            return tuple(np.bincount(self.numbers, minlength=len(self.names)).tolist())
        if self.schema is None:
            return (len(self),)
        totals = [self.targets[:, self.schema.slice_of(q)].sum(axis=1) for q in self.schema.questions]
        return tuple(int((total > 0).sum()) for total in totals)

    @property
    def strata(self) -> NDArray[np.int64]:
        """(galaxy,) what a split keeps in proportion: the class, the first question's commonest answer, the fifth of values."""
        if self.kind == "classify":
            return self.numbers
        if self.schema is not None:
            first = self.targets[:, self.schema.slice_of(self.schema.questions[0])]
            most: NDArray[np.int64] = np.where(first.sum(axis=1) > 0, first.argmax(axis=1), first.shape[1])
            return most
        edges = np.quantile(self.targets[:, 0], [0.2, 0.4, 0.6, 0.8])
        fifth: NDArray[np.int64] = np.searchsorted(edges, self.targets[:, 0]).astype(np.int64)
        return fifth

    def at(self, rows: NDArray[np.int64]) -> "Labels":
        """The galaxies at these places, in this order."""
        places = rows.tolist()
        return replace(
            self,
            ids=tuple(self.ids[row] for row in places),
            published=tuple(self.published[row] for row in places),
            images=tuple(self.images[row] for row in places),
            groups=tuple(self.groups[row] for row in places),
            ra=self.ra[rows],
            dec=self.dec[rows],
            targets=self.targets[rows],
        )


def read_labels(request: FinetuneRequest, parent: Manifest) -> Labels:
    """The labelled galaxies of a request.

    Raises
    ------
    CatalogError
        If a table cannot be opened or lacks a column.
    UserError
        If no id matches, no image is there, or the labels cannot be what they are said to be; numbers are named.
    """
    catalog = open_catalog(request.catalog, request.roles)
    table = open_catalog(request.labels, Roles(id=request.label_id)) if request.labels else catalog
    found = read_target(request, table, parent)
    rows, places = _joined(catalog, table)
    keep, notes = _kept(catalog, rows, found.is_known[places])
    rows, places = rows[keep], places[keep]
    ra, dec = _positions(catalog, rows, table, places)
    return Labels(
        kind=found.kind,
        ids=tuple(catalog.ids[rows].tolist()),
        published=_published(catalog, rows),
        images=tuple(catalog.image_of(int(row)) for row in rows),
        groups=_groups(request.group_column, catalog, rows, table, places),
        ra=ra,
        dec=dec,
        targets=found.targets[places],
        names=found.names,
        schema=found.schema,
        notes=(*found.notes, *notes),
    )


def _kept(
    catalog: Catalog, rows: NDArray[np.int64], is_known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[str]]:
    """True for the rows that have a label and an image, and sentences about the others; `UserError` if there is none."""
    has_image = np.array([bool(catalog.image_of(int(row))) for row in rows], dtype=np.bool_)
    lacking = (int((~is_known).sum()), "no label"), (int((is_known & ~has_image).sum()), "no image")
    keep: NDArray[np.bool_] = is_known & has_image
    if not keep.any():
        what = "labels" if not is_known.any() else "images"
        raise UserError(
            f"None of the {len(rows):,} galaxies that match has {what}.",
            "Check the column and the image folder.",
        )
    return keep, [
        f"{count:,} of {len(rows):,} galaxies have {what} and are left out."
        for count, what in lacking
        if count
    ]


def _published(catalog: Catalog, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Ids without the ``#2`` by which a reader told apart the rows that repeat an id."""
    every, ids = set(catalog.ids.tolist()), []
    for name in catalog.ids[rows].tolist():
        first, _, number = name.rpartition("#")
        ids.append(first if number.isdecimal() and first in every else name)
    return tuple(ids)


def _joined(catalog: Catalog, table: Catalog) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the catalog and places in the table of the galaxies that are in both."""
    place_of = {name: place for place, name in enumerate(table.ids.tolist())}
    pairs = [(row, place_of[name]) for row, name in enumerate(catalog.ids.tolist()) if name in place_of]
    if not pairs:
        ours, theirs = catalog.ids[0], table.ids[0]
        raise UserError(
            f"No id of {table.name} is one of {catalog.name}: the first are {theirs} and {ours}.",
            f"Name the column of ids with --label-id; it has {', '.join(table.column_names[:NAMES_SAID])}.",
        )
    both = np.array(pairs, dtype=np.int64)
    return both[:, 0], both[:, 1]


def _positions(
    catalog: Catalog, rows: NDArray[np.int64], table: Catalog, places: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The catalog's, and the table's where it has none."""
    ra, dec = catalog.ra[rows], catalog.dec[rows]
    is_missing = ~(np.isfinite(ra) & np.isfinite(dec))
    return np.where(is_missing, table.ra[places], ra), np.where(is_missing, table.dec[places], dec)


def _groups(
    column: str, catalog: Catalog, rows: NDArray[np.int64], table: Catalog, places: NDArray[np.int64]
) -> tuple[str, ...]:
    """By the named column, else by one that is called ``group``; "" where there is none."""
    name = column or "group"
    for source, chosen in ((table, places), (catalog, rows)):
        if name in source.column_names:
            return tuple(source.column(name)[chosen].astype(np.str_).tolist())
    if column:
        raise CatalogError(f"{table.name} has no column {column}.", columns_of(table))
    return ("",) * len(rows)
