"""``gzviewer evaluate``: how good predictions are beside votes of the same galaxies, told on the terminal."""

import argparse
import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.comparison import VOLUNTEERS, joined
from gzviewer.core.errors import UserError
from gzviewer.core.evaluation import ASKED, CONFIDENT, Evaluation, Figures, evaluate
from gzviewer.core.held_out import percentile_of
from gzviewer.core.shares_measure import SharesFigures, measure_shares
from gzviewer.io.schemas import load_schema
from gzviewer.io.vote_files import ObservedTable, PredictedTable, read_predicted, read_votes
from gzviewer.terminal import print_json, print_table, say

HELP = "how good predictions are beside votes"
HELD_OUT = 15
KAGGLE = "kaggle_37"

COLUMNS = (
    ("galaxies", "galaxies"),
    ("loss", "loss"),
    ("constant", "baseline_loss"),
    ("mean abs", "mean_absolute_error"),
    ("rmse", "rmse"),
    ("agree", "agreement"),
    ("confident", "confident"),
    ("accuracy", "accuracy"),
    ("constant", "baseline_accuracy"),
    ("in 50 %", "coverage_50"),
    ("in 90 %", "coverage_90"),
    ("posterior", "coverage_90_posterior"),
)


@dataclass(frozen=True, eq=False)
class Matched:
    """Galaxies that both tables have: where they stand in each, and how many are in one of them only."""

    in_predictions: NDArray[np.int64]
    in_votes: NDArray[np.int64]
    unmatched_predictions: int
    unmatched_votes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.add_argument(
        "predictions", type=Path, help="table that 'gzviewer predict' or another program wrote"
    )
    parser.add_argument(
        "--votes", required=True, type=Path, help="table of votes: Zoobot, GZ2 or Kaggle columns"
    )
    parser.add_argument("--schema", default="", help="decision tree of the votes (gzviewer schemas)")
    parser.add_argument("--id", default="", help="column of the galaxy ids in the table of votes")
    parser.add_argument(
        "--ids", type=Path, help="only these galaxies: one id a line, or the first column of a .csv"
    )
    parser.add_argument(
        "--held-out",
        nargs="?",
        type=int,
        const=HELD_OUT,
        metavar="PERCENT",
        help=f"only galaxies that the bundled model was not trained on: PERCENT of all, by id (default {HELD_OUT})",
    )
    parser.add_argument(
        "--volunteers",
        type=float,
        default=VOLUNTEERS,
        help=f"people who saw a galaxy, where only fractions are published (default {VOLUNTEERS:.0f})",
    )
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(options: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    if not options.volunteers >= 1:
        raise UserError(f"{options.volunteers} volunteers are too few.", "Give 1 or more.")
    model = read_predicted(options.predictions)
    votes = read_votes(
        options.votes, schema=options.schema, id_column=options.id, volunteers=options.volunteers
    )
    matched = _match(model, votes, _wanted(options.ids, options.held_out))
    said, expected = votes.observed.of(matched.in_votes), model.predicted.of(matched.in_predictions)
    evaluation = evaluate(said, expected)
    if not evaluation.questions:
        trees = f"{model.predicted.schema.title} and {votes.observed.schema.title}"
        raise UserError(
            f"No question is asked alike in {trees}.", "Give votes for the tree of the predictions."
        )
    shares = measure_shares(load_schema(KAGGLE), said, expected)
    for note in (*model.notes, *votes.notes):
        say(note)
    if options.json:
        assumed = None if said.are_counted else options.volunteers
        print_json(_told(evaluation, shares, matched, assumed))
        return 0
    _print_header(model, votes, matched, options.volunteers)
    _print_figures(evaluation)
    _print_shares(shares)
    return 0


def _wanted(ids: Path | None, held_out: int | None) -> "Wanted":
    return Wanted(None if ids is None else _read_ids(ids), held_out)


@dataclass(frozen=True)
class Wanted:
    """Which galaxies are looked at: all where both are None."""

    ids: frozenset[str] | None
    held_out: int | None

    def __contains__(self, galaxy_id: str) -> bool:
        is_named = self.ids is None or galaxy_id in self.ids
        return is_named and (self.held_out is None or percentile_of(galaxy_id) < self.held_out)


def _read_ids(path: Path) -> frozenset[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a list of ids: {error}.", "Give one id a line.") from error
    return frozenset(row for row in rows if row)


def _match(model: PredictedTable, votes: ObservedTable, wanted: Wanted) -> Matched:
    """Match by id."""
    first = [place for place, name in enumerate(model.ids) if name in wanted]
    second = [place for place, name in enumerate(votes.ids) if name in wanted]
    left, right = joined([model.ids[place] for place in first], [votes.ids[place] for place in second])
    if not len(left):
        raise UserError(
            f"No galaxy is in both tables: the predictions have {_some(model.ids, first)}, the votes {_some(votes.ids, second)}.",
            "Name the votes' column of the same ids with --id, or the right list with --ids.",
        )
    in_predictions, in_votes = np.array(first)[left], np.array(second)[right]
    return Matched(in_predictions, in_votes, len(first) - len(left), len(second) - len(right))


def _some(ids: Sequence[str], places: Sequence[int]) -> str:
    return ", ".join(ids[place] for place in places[:3]) + " ..." if places else "none of the wanted ones"


def _told(
    evaluation: Evaluation, shares: SharesFigures, matched: Matched, assumed_volunteers: float | None
) -> dict[str, object]:
    """What a program reads; described in docs/outputs.md."""
    is_whole = not shares.missing
    return {
        "matched": len(matched.in_votes),
        "unmatched_predictions": matched.unmatched_predictions,
        "unmatched_votes": matched.unmatched_votes,
        "assumed_volunteers": assumed_volunteers,
        **_plain(evaluation.over_all),
        "smooth_featured_agreement": _number(evaluation.first_agreement),
        "rmse_37": _number(shares.rmse) if is_whole else None,
        "rmse_37_rows": shares.rows if is_whole else 0,
        "rmse_37_constant": _number(shares.constant_rmse) if is_whole else None,
        "rmse_37_missing": list(shares.missing),
        "rmse_partial": _number(shares.rmse),
        "rmse_partial_constant": _number(shares.constant_rmse),
        "rmse_partial_columns": shares.columns,
        "rmse_partial_rows": shares.rows,
        "questions": {name: _plain(figures) for name, figures in evaluation.questions.items()},
    }


def _plain(figures: Figures) -> dict[str, float | int | None]:
    return {name: _number(value) for name, value in asdict(figures).items()}


def _number(value: float) -> float | int | None:
    """JSON has no NaN."""
    if isinstance(value, int):
        return value
    return None if math.isnan(value) else round(value, 6)


def _print_header(model: PredictedTable, votes: ObservedTable, matched: Matched, volunteers: float) -> None:
    print(f"predictions: {model.what}")
    print(f"votes: {votes.what}")
    print(
        f"{len(matched.in_votes):,} galaxies are in both; {matched.unmatched_predictions:,} more only predicted, "
        f"{matched.unmatched_votes:,} more only with votes"
    )
    if not votes.observed.are_counted:
        print(f"no counts are published: {volunteers:g} volunteers are assumed, fewer down the tree")
    print(
        f"fractions: of galaxies where more than {ASKED:.0%} of the volunteers were asked; loss in nats, of all"
    )
    print(f"accuracy: where one answer has more than {CONFIDENT:.0%} of the votes\n")


def _print_figures(evaluation: Evaluation) -> None:
    named = [*evaluation.questions.items(), ("all questions", evaluation.over_all)]
    rows = [[name, *(_cell(getattr(figures, key)) for _, key in COLUMNS)] for name, figures in named]
    print_table([["question", *(f"{title:>9}" for title, _ in COLUMNS)], *rows])
    print(f"\nsmooth or featured: {_cell(evaluation.first_agreement).strip()} agree")


def _cell(value: float) -> str:
    if isinstance(value, int):
        return f"{value:>9,}"
    return f"{'-':>9}" if math.isnan(value) else f"{value:>9.3f}"


def _print_shares(shares: SharesFigures) -> None:
    """The Kaggle measure, which is only called so where all 37 columns are there."""
    if math.isnan(shares.rmse):
        print("rmse_37: none, as no galaxy has all columns of the Kaggle tree.")
        return
    beside = (
        f"over {shares.rows:,} galaxies with all columns known; a constant gives {shares.constant_rmse:.4f}"
    )
    if not shares.missing:
        print(f"rmse_37: {shares.rmse:.4f} {beside}")
        return
    print(f"rmse_37: none, as {', '.join(shares.missing)} is missing.")
    print(f"Over the {shares.columns} columns that are there: {shares.rmse:.4f} {beside}")
