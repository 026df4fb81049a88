"""Which labelled galaxies teach, which decide when to stop, and which only judge. Imports no torch.

A galaxy that stands in several rows (one group, one published id, one image file, or one position on the sky) is never in two
parts. Each class has its share of each part. The split depends on the seed and the galaxy ids, not on the order of the rows.
"""

import csv
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gzviewer.core.errors import UserError
from gzviewer.core.image import unit_vectors
from gzviewer.ml.finetune.labels import Labels

PARTS = ("train", "validation", "test")
SAME_ARCSEC = 2.0  # two rows closer than this show one galaxy
LEAST_TRAIN, LEAST_VALIDATION, LEAST_TEST = 20, 5, 10  # per class in training; in all
FILE_NAME = "split.csv"

Rows = NDArray[np.int64]


def split(labels: Labels, shares: Sequence[float], seed: int) -> dict[str, Rows]:
    """Part -> places of its galaxies, ascending.

    Parameters
    ----------
    shares
        Of training, validation and test, in any unit.

    Raises
    ------
    UserError
        If the shares cannot be used, or too few galaxies come out; the numbers are named.
    """
    if len(shares) != len(PARTS) or min(shares) <= 0:
        raise UserError(
            f"A split {':'.join(map(str, shares))} cannot be used.", "Give three parts, such as 7:2:1."
        )
    found = _dealt(labels, shares, seed)
    check_enough(labels, found)
    return found


def _dealt(labels: Labels, shares: Sequence[float], seed: int) -> dict[str, Rows]:
    """Whole galaxies, stratum by stratum, in an order that is drawn from their ids."""
    members = _members(group_numbers(labels))
    strata = labels.strata
    stratum_of = [np.bincount(strata[rows]).argmax() for rows in members]
    order = sorted(
        range(len(members)), key=lambda group: _chance(seed, [labels.ids[row] for row in members[group]])
    )
    parts: dict[str, list[int]] = {name: [] for name in PARTS}
    for stratum in sorted(set(stratum_of)):
        inside = [group for group in order if stratum_of[group] == stratum]
        for name, chosen in _cut([members[group] for group in inside], shares).items():
            parts[name] += chosen
    return {name: np.array(sorted(rows), dtype=np.int64) for name, rows in parts.items()}


def group_numbers(labels: Labels) -> Rows:
    """(galaxy,) equal for rows that show one galaxy.

    These are rows of one group, of one published id, of one image file, or within `SAME_ARCSEC` of each other.
    """
    count = len(labels)
    files = [os.path.realpath(path) for path in labels.images]
    pairs = [*_equal(labels.groups), *_equal(labels.published), *_equal(files)]
    placed = np.flatnonzero(np.isfinite(labels.ra) & np.isfinite(labels.dec))
    if len(placed) > 1:
        tree = cKDTree(unit_vectors(labels.ra[placed], labels.dec[placed]))
        near = tree.query_pairs(2 * np.sin(np.radians(SAME_ARCSEC / 3600) / 2), output_type="ndarray")
        pairs += [(int(one), int(other)) for one, other in placed[near]]
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    numbers: Rows = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbers


def _equal(names: Sequence[str]) -> list[tuple[int, int]]:
    """Each row and the first one of the same name; "" is no name."""
    first: dict[str, int] = {}
    return [(row, first.setdefault(name, row)) for row, name in enumerate(names) if name]


def repeat_notes(labels: Labels) -> list[str]:
    """A sentence where galaxies stand in several rows."""
    repeats = len(labels) - len(np.unique(group_numbers(labels)))
    if not repeats:
        return []
    return [
        f"{repeats:,} rows show a galaxy of another row again; all rows of a galaxy are in one part of the split."
    ]


def _members(groups: Rows) -> list[Rows]:
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


def _chance(seed: int, ids: Sequence[str]) -> bytes:
    """Where a group stands in the drawing; by its own ids alone."""
    return hashlib.sha256(f"{seed} {min(ids)}".encode(errors="surrogatepass")).digest()


def _cut(groups: Sequence[Rows], shares: Sequence[float]) -> dict[str, list[int]]:
    """Deal groups in their order to test, validation and training, until each has its share; each has one if there are three."""
    total, parts = sum(len(rows) for rows in groups), {name: list[int]() for name in PARTS}
    left = list(groups)
    for needed_after, (name, share) in zip((2, 1), list(zip(PARTS, shares, strict=True))[:0:-1], strict=True):
        wanted = total * share / sum(shares)
        while len(left) > needed_after and (not parts[name] or len(parts[name]) + len(left[0]) / 2 <= wanted):
            parts[name] += left.pop(0).tolist()
    parts[PARTS[0]] = [int(row) for rows in left for row in rows]
    return parts


def check_enough(labels: Labels, parts: dict[str, Rows]) -> None:
    """Refuse what nothing can be learned from or judged by, naming the numbers."""
    train, least = parts["train"], len(labels)
    where = "galaxies to learn from"
    if labels.kind == "classify":
        counts = np.bincount(labels.numbers[train], minlength=len(labels.names))
        rarest = int(counts.argmin())
        least, where = int(counts[rarest]), f"galaxies of class {labels.names[rarest]} to learn from"
    else:
        least = len(train)
    checks = (
        (least, LEAST_TRAIN, where),
        (len(parts["validation"]), LEAST_VALIDATION, "galaxies for validation"),
        (len(parts["test"]), LEAST_TEST, "galaxies held out for the test"),
    )
    for count, needed, what in checks:
        if count < needed:
            raise UserError(
                f"Of {len(labels):,} labelled galaxies only {count:,} are {what}; {needed} are needed.",
                "Label more, or give that part a larger share with --split.",
            )


def write_split(path: Path, labels: Labels, parts: dict[str, Rows]) -> None:
    """A table of galaxy id, part, and label or stratum."""
    part_of = {int(row): name for name, rows in parts.items() for row in rows}
    strata, groups = labels.strata, group_numbers(labels)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "split", "stratum", "galaxy"))
        for row, name in enumerate(labels.ids):
            stratum = labels.names[strata[row]] if labels.kind == "classify" else str(strata[row])
            writer.writerow((name, part_of[row], stratum, int(groups[row])))
