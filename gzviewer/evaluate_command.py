"""``gzviewer evaluate``: how good predictions are beside votes of the same galaxies, told on the terminal."""

import argparse
import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.comparison import OF_TREE, VOLUNTEERS, joined, predicted
from gzviewer.core.errors import UserError
from gzviewer.core.evaluation import ASKED, CONFIDENT, Evaluation, Figures, evaluate
from gzviewer.core.held_out import percentile_of
from gzviewer.core.shares_measure import SharesFigures, measure_shares
from gzviewer.io.prediction_files import PredictionFile, open_prediction_file, repeated
from gzviewer.io.schemas import load_schema
from gzviewer.io.vote_files import VoteTable, read_votes
from gzviewer.terminal import print_json, print_table, say

HELP = "how good predictions are beside votes"
HELD_OUT = 15
GALAXY_ID = "GalaxyID"  # of the Galaxy Challenge: what the bundled model's galaxies were held out by
KAGGLE = "kaggle_37"
KINDS = ("counts", "fractions", "weighted", "debiased", "cumulative")
HEADS_IN_WORDS = {
    "dirichlet": "concentrations",
    "shares": "fractions of all volunteers",
    "fractions": "fractions",
    "classes": "probabilities of classes",
    "values": "values",
    "unit-values": "values",
}

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
    notes: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.add_argument(
        "predictions", type=Path, help="table that 'gzviewer predict' or another program wrote"
    )
    parser.add_argument(
        "--votes", required=True, type=Path, help="table of votes: Zoobot, GZ2 or Kaggle columns"
    )
    parser.add_argument("--schema", default="", help="decision tree of the votes (gzviewer schemas)")
    parser.add_argument(
        "--kind", choices=KINDS, default="", help="which of the published kinds of votes is read"
    )
    parser.add_argument("--model-schema", default="", help="decision tree of the predictions")
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
        help=f"only galaxies that the bundled model was not trained on: PERCENT of all, by {GALAXY_ID} (default {HELD_OUT})",
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
        raise UserError(f"{options.volunteers:g} volunteers are too few.", "Give 1 or more.")
    file = _open(options.predictions, options.model_schema)
    votes = read_votes(
        options.votes,
        volunteers=options.volunteers,
        schema=options.schema,
        kind=options.kind,
        id_column=options.id,
        beside=file.layout.schema,
    )
    matched = _match(file, votes, Wanted(_read_ids(options.ids), options.held_out))
    said, model = votes.observed.of(matched.in_votes), predicted(file.read(matched.in_predictions))
    evaluation = evaluate(said, model)
    if not evaluation.questions:
        trees = f"{model.schema.title} and {said.schema.title}"
        raise UserError(f"No question is answered alike in {trees}.", "Give votes for the predictions' tree.")
    shares = measure_shares(load_schema(KAGGLE), said, model)
    for note in (*file.notes, *matched.notes, *votes.notes):
        say(note)
    if options.json:
        print_json(told(evaluation, shares, matched, None if said.are_counted else options.volunteers))
    else:
        _print_header(file, votes, matched, options.volunteers)
        _print_figures(evaluation)
        _print_shares(shares)
    return 0


def _open(path: Path, schema: str) -> PredictionFile:
    """Predictions that votes can tell something of."""
    file = open_prediction_file(path, schema)
    if file.layout.head not in OF_TREE:
        raise UserError(
            f"{file.name} holds {HEADS_IN_WORDS[file.layout.head]}, which votes do not tell.",
            "Give predictions of a decision tree's answers.",
        )
    return file


@dataclass(frozen=True)
class Wanted:
    """Which galaxies are looked at: all where both are None."""

    ids: frozenset[str] | None
    held_out: int | None

    def __contains__(self, galaxy_id: str) -> bool:
        is_named = self.ids is None or galaxy_id in self.ids
        if self.held_out is None or not is_named:
            return is_named
        return (
            percentile_of(galaxy_id.partition("#")[0]) < self.held_out
        )  # of a repeated row, id#2, as of the first


def _read_ids(path: Path | None) -> frozenset[str] | None:
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a list of ids: {error}.", "Give one id a line.") from error
    return frozenset(row for row in rows if row)


def _match(file: PredictionFile, votes: VoteTable, wanted: Wanted) -> Matched:
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
    return best


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


def told(
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


def _print_header(file: PredictionFile, votes: VoteTable, matched: Matched, volunteers: float) -> None:
    print(f"predictions: {HEADS_IN_WORDS[file.layout.head]} of {file.layout.schema.title}")
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
