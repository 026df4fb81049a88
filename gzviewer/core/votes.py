"""What volunteers answered, read out of a catalog's columns, whatever the survey called them.

A catalog publishes one column an answer: a count of votes, a fraction of those who were asked, or (Kaggle) of everybody.
Which columns mean which answer is recognised from their names; what is read always has the same form, `Votes`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.schema import Answer, Question, Schema

Floats = NDArray[np.float32]

# What follows the name of an answer in the name of its column, most telling first, and what such a column holds
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "counts": ("_count", ""),
    "fractions": ("_fraction", "_weighted_fraction"),
    "debiased": ("_debiased", "_fraction_debiased", "_debiased_fraction"),
    "concentrations": ("_dirichlet", "_pred"),
}
TOTALS = ("_total_votes", "_total")
OF_MODELS = ("_proportion_asked", "_90pc_lower", "_pred", "_dirichlet")


@dataclass(frozen=True, eq=False)
class Votes:
    """What is known of the answers to every question of a schema.

    Parameters
    ----------
    fractions : (row, answer) float32
        Fraction of those who were asked the question that gave the answer, 0 to 1; NaN where nobody was asked, or where
        it is not known. Answers stand in the order of ``schema.label_columns``.
    totals : (row, question) float32
        Volunteers who answered the question; NaN where only fractions are published.
    kind
        ``counts``, ``fractions``, ``debiased`` (corrected for distance; need not sum to 1), ``cumulative`` (Kaggle) or
        ``concentrations`` (of a model).
    """

    schema: Schema
    fractions: Floats
    totals: Floats
    kind: str


@dataclass(frozen=True)
class VoteColumns:
    """Which columns of a catalog hold the votes of which answers.

    Parameters
    ----------
    schema
        The tree they belong to.
    kind
        As in `Votes`; but columns that bear the bare name of an answer are called ``counts`` until they are read.
    columns
        Label column -> column of the catalog; only whole questions.
    totals
        Question -> column with the number of volunteers asked; where published.
    is_predicted
        True where other columns show that these are a model's expectations, not votes.
    """

    schema: Schema
    kind: str
    columns: Mapping[str, str]
    totals: Mapping[str, str]
    is_predicted: bool = False

    def read(self, column: Callable[[str], NDArray[np.generic]]) -> Votes:
        """Read the votes.

        Parameters
        ----------
        column
            Name -> (row,) numbers, as `Catalog.column`. Text that is no number counts as missing.
        """
        present = [
            question for question in self.schema.questions if question.label_columns[0] in self.columns
        ]
        read = {label: _numbers(column(name)) for label, name in self.columns.items()}
        rows = len(next(iter(read.values())))
        kind = _kind_by_values(self.kind, read.values())
        fractions = np.full((rows, len(self.schema.label_columns)), np.nan, dtype=np.float32)
        totals = np.full((rows, len(self.schema.questions)), np.nan, dtype=np.float32)
        for question in present:
            given = np.stack([read[label] for label in question.label_columns], axis=1)
            place = self.schema.questions.index(question)
            fractions[:, self.schema.slice_of(question)] = _fractions(given, kind)
            if kind == "counts":
                totals[:, place] = given.sum(axis=1)
            elif question.name in self.totals:
                totals[:, place] = _numbers(column(self.totals[question.name]))
        return Votes(self.schema, fractions, totals, kind)


def recognise(column_names: Iterable[str], schemas: Sequence[Schema]) -> VoteColumns | None:
    """Which schema's votes a catalog holds.

    Parameters
    ----------
    column_names
        Of the catalog. Letter case, and ``-`` or ``_``, do not matter.
    schemas
        To choose from. The one with the most answers found wins, of equals the one that misses fewest, then the first.

    Returns
    -------
    None where not one whole question of any schema was found.
    """
    written = {_plain(name): name for name in reversed(list(column_names))}
    best: VoteColumns | None = None
    for schema in schemas:
        found = _found(schema, written)
        if found is not None and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


def _rank(found: VoteColumns) -> tuple[int, int]:
    return len(found.columns), len(found.columns) - len(found.schema.label_columns)


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _found(schema: Schema, written: Mapping[str, str]) -> VoteColumns | None:
    """The kind of columns that covers most of a schema; counts before fractions before what is derived from them."""
    ways = [_of_kind(schema, written, kind) for kind in SUFFIXES]
    best = max(ways, key=len)
    if not best:
        return None
    kind = list(SUFFIXES)[ways.index(best)]
    if schema.cumulative and kind == "counts" and _is_by_other_names(schema, best):
        kind = "cumulative"
    totals = {
        question.name: written[_plain(question.name) + suffix]
        for question in schema.questions
        for suffix in reversed(TOTALS)
        if _plain(question.name) + suffix in written
    }
    is_predicted = any(name.endswith(OF_MODELS) for name in written)
    return VoteColumns(schema, kind, best, totals, is_predicted)


def _of_kind(schema: Schema, written: Mapping[str, str], kind: str) -> dict[str, str]:
    """Label column -> column, of every question all of whose answers have a column of this kind."""
    columns: dict[str, str] = {}
    for question in schema.questions:
        for suffix in SUFFIXES[kind]:
            found = {
                label: name
                for label, answer in zip(question.label_columns, question.answers, strict=True)
                if (name := _column_of(question, answer, suffix, written))
            }
            if len(found) == len(question.answers):
                columns |= found
                break
    return columns


def _column_of(question: Question, answer: Answer, suffix: str, written: Mapping[str, str]) -> str:
    stems = (f"{question.name}_{answer.name}", *answer.also)
    return next((written[name] for stem in stems if (name := _plain(stem) + suffix) in written), "")


def _is_by_other_names(schema: Schema, columns: Mapping[str, str]) -> bool:
    labels = {_plain(label) for label in schema.label_columns}
    return not any(_plain(name) in labels for name in columns.values())


def _numbers(values: NDArray[np.generic]) -> Floats:
    if values.dtype.kind in "iufb":
        return values.astype(np.float32)
    return np.array([_number(text) for text in values.astype(np.str_).tolist()], dtype=np.float32)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _kind_by_values(kind: str, columns: Iterable[Floats]) -> str:
    """Columns with bare names may hold fractions, or a model's concentrations, which are not whole."""
    if kind != "counts":
        return kind
    highest, is_whole = 0.0, True
    for values in columns:
        known = values[np.isfinite(values)]
        highest = max(highest, float(known.max(initial=0)))
        is_whole = is_whole and bool((known == np.round(known)).all())
    if is_whole:
        return "counts"
    return "fractions" if highest <= 1 else "concentrations"


def _fractions(given: Floats, kind: str) -> Floats:
    """(row, answer of one question) as published -> fractions; NaN where nobody was asked."""
    total = given.sum(axis=1, keepdims=True)
    never = ~(total > 0)  # also where a value is missing
    if kind in {"fractions", "debiased"}:
        return np.where(np.isfinite(total) & never, np.float32(np.nan), given)
    return np.where(never, np.float32(np.nan), given / np.where(never, np.float32(1), total))
