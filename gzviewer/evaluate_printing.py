"""What ``gzviewer evaluate`` says: a table for a person, or the same for a program."""

import math
from dataclasses import asdict

from gzviewer.core.evaluation import ASKED, CONFIDENT, Evaluation, Figures
from gzviewer.core.shares_measure import SharesFigures
from gzviewer.evaluate_matching import BUNDLED, Matched
from gzviewer.io.prediction_files import PredictionFile
from gzviewer.io.vote_files import VoteTable
from gzviewer.terminal import print_table, say

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
    ("loss0", "baseline_loss"),
    ("mean off", "mean_absolute_error"),
    ("rmse", "rmse"),
    ("agree", "agreement"),
    ("confident", "confident"),
    ("accuracy", "accuracy"),
    ("acc0", "baseline_accuracy"),
    ("in 50 %", "coverage_50"),
    ("in 90 %", "coverage_90"),
    ("true 90 %", "coverage_90_posterior"),
)


LEGEND = f"""\
galaxies   those behind the errors: predicted, and more than {ASKED:.0%} of their volunteers were asked
loss       minus the log probability of the votes, in nats a galaxy; of all galaxies with votes
loss0      the same for the one constant answer that fits these votes best
mean off   mean absolute difference of the fractions; rmse: root mean square difference
agree      share of the galaxies whose likeliest answer is the volunteers' likeliest
confident  galaxies of which one answer has more than {CONFIDENT:.0%} of the votes
accuracy   share of these whose likeliest answer is that one; acc0: what always the commonest answer reaches
in 50 %    share of the fractions inside the interval that should hold 50 % of them; in 90 %: likewise
true 90 %  share inside the release tables' 90 % interval, which is one of true shares: below 0.9 for any model"""


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
        "taught_galaxies": matched.taught,
        "unpredicted": evaluation.unpredicted,
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


def print_header(file: PredictionFile, votes: VoteTable, matched: Matched, volunteers: float) -> None:
    """What is compared with what."""
    print(f"predictions: {HEADS_IN_WORDS[file.layout.head]} of {file.layout.schema.title}")
    print(f"votes: {votes.what}")
    print(
        f"{len(matched.in_votes):,} galaxies are in both; {matched.unmatched_predictions:,} more only predicted, "
        f"{matched.unmatched_votes:,} more only with votes"
    )
    if not votes.observed.are_counted:
        print(f"no counts are published: {volunteers:g} volunteers are assumed, fewer down the tree")
    print()


def print_figures(evaluation: Evaluation) -> None:
    """A line a question, and what the columns are."""
    named = [*evaluation.questions.items(), ("all questions", evaluation.over_all)]
    rows = [[name, *(_cell(getattr(figures, key)) for _, key in COLUMNS)] for name, figures in named]
    print_table([["question", *(f"{title:>9}" for title, _ in COLUMNS)], *rows])
    if evaluation.unpredicted:
        left = ", ".join(f"{name} {count:,}" for name, count in evaluation.unpredicted.items())
        print(f"\ngalaxies not counted, as they are not predicted though volunteers were asked: {left}")
        print("A table without such gaps judges these questions on more galaxies.")
    print(f"\n{LEGEND}")
    print(f"\nsmooth or featured: {_cell(evaluation.first_agreement).strip()} agree")


def _cell(value: float) -> str:
    if isinstance(value, int):
        return f"{value:>9,}"
    return f"{'-':>9}" if math.isnan(value) else f"{value:>9.3f}"


def print_shares(shares: SharesFigures) -> None:
    """The Kaggle measure, which is only called so where all 37 columns are there."""
    if math.isnan(shares.rmse):
        print("Kaggle's measure (rmse_37): none, as no galaxy has all columns of the Kaggle tree.")
        return
    beside = (
        f"over {shares.rows:,} galaxies with all columns known; a constant gives {shares.constant_rmse:.4f}"
    )
    if not shares.missing:
        print(
            f"Kaggle's measure, the rmse of 37 shares of all volunteers (rmse_37): {shares.rmse:.4f} {beside}"
        )
        return
    lacking = ", ".join(shares.missing)
    print(f"Kaggle's measure (rmse_37): none, as the predictions or the votes do not answer {lacking}.")
    print(f"The same over the {shares.columns} columns that are there: {shares.rmse:.4f} {beside}")


def say_taught(matched: Matched) -> None:
    """What makes figures look better than they are."""
    if matched.taught:
        say(
            f"{matched.taught:,} of these galaxies are of the part that taught {BUNDLED}: these figures flatter it. "
            "--held-out leaves them out."
        )
