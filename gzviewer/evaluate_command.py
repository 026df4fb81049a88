"""``gzviewer evaluate``: how good predictions are beside votes of the same galaxies, told on the terminal."""

import argparse
from pathlib import Path

from gzviewer.core.comparison import OF_TREE, VOLUNTEERS, predicted
from gzviewer.core.errors import UserError
from gzviewer.core.evaluation import evaluate
from gzviewer.core.held_out import HELD_OUT
from gzviewer.core.shares_measure import measure_shares
from gzviewer.evaluate_matching import GALAXY_ID, Wanted, match, read_ids
from gzviewer.evaluate_printing import (
    HEADS_IN_WORDS,
    LEGEND,
    print_figures,
    print_header,
    print_shares,
    say_taught,
    told,
)
from gzviewer.io.prediction_files import PredictionFile, open_prediction_file
from gzviewer.io.schemas import load_schema
from gzviewer.io.vote_files import read_votes
from gzviewer.terminal import print_json, say

HELP = "how good predictions are beside votes"
KAGGLE = "kaggle_37"
KINDS = ("counts", "fractions", "weighted", "debiased", "cumulative")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "columns of the table:\n" + LEGEND
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
    matched = match(file, votes, Wanted(read_ids(options.ids), options.held_out))
    said, model = votes.observed.of(matched.in_votes), predicted(file.read(matched.in_predictions))
    evaluation = evaluate(said, model)
    if not evaluation.questions:
        trees = f"{model.schema.title} and {said.schema.title}"
        raise UserError(f"No question is answered alike in {trees}.", "Give votes for the predictions' tree.")
    shares = measure_shares(load_schema(KAGGLE), said, model)
    for note in (*file.notes, *matched.notes, *votes.notes):
        say(note)
    say_taught(matched)
    if options.json:
        print_json(told(evaluation, shares, matched, None if said.are_counted else options.volunteers))
    else:
        print_header(file, votes, matched, options.volunteers)
        print_figures(evaluation)
        print_shares(shares)
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
