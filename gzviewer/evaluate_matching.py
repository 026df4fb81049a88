"""Which galaxies of a file of predictions and of a table of votes are the same, and which of them a model was taught with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.comparison import joined
from gzviewer.core.errors import UserError
from gzviewer.core.held_out import HELD_OUT, percentile_of
from gzviewer.io.prediction_files import PredictionFile, repeated
from gzviewer.io.vote_files import VoteTable

GALAXY_ID = "GalaxyID"  # of the Galaxy Challenge: what the bundled model's galaxies were held out by
BUNDLED = "gz2_small"  # the model that they were held out from


@dataclass(frozen=True, eq=False)
class Matched:
    """Galaxies that both tables have: where they stand in each, and how many are in one of them only.

    `taught` is how many of them are of the part that the bundled model learned from; None where the predictions do not say that
    they are its, or no column has the ids by which that is told.
    """

    in_predictions: NDArray[np.int64]
    in_votes: NDArray[np.int64]
    unmatched_predictions: int
    unmatched_votes: int
    notes: tuple[str, ...]
    taught: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which galaxies are looked at: all where both are None."""

    ids: frozenset[str] | None
    held_out: int | None

    def __contains__(self, galaxy_id: str) -> bool:
        is_named = self.ids is None or galaxy_id in self.ids
        if self.held_out is None or not is_named:
            return is_named
        first = galaxy_id.partition("#")[0]  # of a repeated row, id#2
        return percentile_of(first) < self.held_out


def read_ids(path: Path | None) -> frozenset[str] | None:
    """The ids that a file lists; None without a file."""
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a list of ids: {error}.", "Give one id a line.") from error
    return frozenset(row for row in rows if row)


def match(file: PredictionFile, votes: VoteTable, wanted: Wanted) -> Matched:
    """Match by the columns of ids that have most in common."""
    best: Matched | None = None
    predicted_ids = {name: values.tolist() for name, values in file.source.ids().items()} or {
        "": file.ids.tolist()
    }
    for ours, theirs in _pairs(predicted_ids, votes.ids, wanted):
        first = [place for place, name in enumerate(ours) if name in wanted]
        second = [place for place, name in enumerate(theirs) if name in wanted]
        left, right = joined([ours[place] for place in first], [theirs[place] for place in second])
        if best is None or len(left) > len(best.in_votes):
            in_predictions, in_votes = (
                np.array(first, dtype=np.int64)[left],
                np.array(second, dtype=np.int64)[right],
            )
            counts = len(first) - len(left), len(second) - len(right)
            best = Matched(in_predictions, in_votes, *counts, _repeats(ours, in_predictions))
    if best is None or not len(best.in_votes):
        first_ids, second_ids = next(iter(predicted_ids.values())), next(iter(votes.ids.values()))
        raise UserError(
            f"No galaxy is in both tables: the predictions have {_some(first_ids)}, the votes {_some(second_ids)}.",
            "Name the votes' column of the same ids with --id, or see that --ids and --held-out leave some.",
        )
    taught = _taught(file, predicted_ids, votes.ids, best)
    return best if taught is None else replace(best, taught=taught)


def _taught(
    file: PredictionFile,
    predicted_ids: Mapping[str, Sequence[str]],
    vote_ids: Mapping[str, Sequence[str]],
    matched: Matched,
) -> int | None:
    """See `Matched`."""
    if file.source.model_name() != BUNDLED:
        return None
    for columns, rows in ((vote_ids, matched.in_votes), (predicted_ids, matched.in_predictions)):
        for name, ids in columns.items():
            if name.casefold() == GALAXY_ID.casefold():
                names = (ids[row].partition("#")[0] for row in rows.tolist())
                return sum(percentile_of(galaxy_id) >= HELD_OUT for galaxy_id in names)
    return None


def _pairs(
    predicted_ids: Mapping[str, Sequence[str]], vote_ids: Mapping[str, Sequence[str]], wanted: Wanted
) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Columns of ids that may be matched. Only the ids that the bundled model was trained by tell what it never saw."""
    pairs = list(product(predicted_ids.items(), vote_ids.items()))
    if wanted.held_out is not None:
        pairs = [pair for pair in pairs if any(name.casefold() == GALAXY_ID.casefold() for name, _ in pair)]
    if not pairs:
        raise UserError(
            f"Neither table has the column {GALAXY_ID}, by which galaxies were held out from training.",
            "Give a table that has it, or name the galaxies with --ids.",
        )
    return [(ours, theirs) for (_, ours), (_, theirs) in pairs]


def _repeats(ids: Sequence[str], matched: NDArray[np.int64]) -> tuple[str, ...]:
    """What is to be said of galaxies that stand twice among the predictions, of which the first row counts."""
    count = len(np.setdiff1d(repeated(ids), matched))
    return (f"{count:,} predictions repeat the id of an earlier row and are left out.",) if count else ()


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + " ..."
