"""What volunteers answered, read out of a catalog's columns, whatever the survey called them.

A catalog publishes one column an answer: a count of votes, a fraction of those who were asked, or (Kaggle) of everybody.
Which columns mean which answer is recognised from their names; what is read always has the same form, `Votes`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.schema import Schema
from gzviewer.core.vote_columns import Naming, namings, plain

Floats = NDArray[np.float32]

IN_WORDS: Mapping[str, str] = {
    "counts": "counts",
    "weighted": "weighted fractions",
    "fractions": "raw fractions",
    "debiased": "debiased fractions",
    "cumulative": "cumulative fractions",
    "concentrations": "concentrations of a model",
}


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
        What was published, one for all questions: ``counts``, ``fractions`` (raw), ``weighted`` (by how far each
        volunteer agrees with the others), ``debiased`` (corrected for distance; need not sum to 1), ``cumulative``
        (Kaggle) or ``concentrations`` (of a model). `IN_WORDS` names them.
    is_predicted
        True where a model said it, not volunteers.
    """

    schema: Schema
    fractions: Floats
    totals: Floats
    kind: str
    is_predicted: bool = False


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
        Label column -> column of the catalog; only whole questions, all of this kind.
    totals
        Question -> columns whose sum is the number of volunteers who answered it; where published.
    is_predicted
        True where other columns show that these are a model's expectations, not votes.
    kinds
        Every kind that is there for at least one whole question; the one with most columns first.
    also_fits
        Other trees whose answers these columns may be just as well; only a person knows.
    """

    schema: Schema
    kind: str
    columns: Mapping[str, str]
    totals: Mapping[str, tuple[str, ...]]
    is_predicted: bool = False
    kinds: tuple[str, ...] = ()
    also_fits: tuple[Schema, ...] = ()

    @property
    def questions(self) -> tuple[str, ...]:
        """Names of the questions that are there."""
        return tuple(q.name for q in self.schema.questions if q.label_columns[0] in self.columns)

    def read(self, column: Callable[[str], NDArray[np.generic]]) -> Votes:
        """Read the votes.

        Parameters
        ----------
        column
            Name -> (row,) numbers, as `Catalog.column`. Text that is no number counts as missing.
        """
        read = {label: as_numbers(column(name)) for label, name in self.columns.items()}
        rows = len(next(iter(read.values())))
        is_bare = not all(plain(name).endswith("_count") for name in self.columns.values())
        kind = _kind_by_values(read.values()) if self.kind == "counts" and is_bare else self.kind
        fractions = np.full((rows, len(self.schema.label_columns)), np.nan, dtype=np.float32)
        totals = np.full((rows, len(self.schema.questions)), np.nan, dtype=np.float32)
        for place, question in enumerate(self.schema.questions):
            if question.name not in self.questions:
                continue
            given = np.stack([read[label] for label in question.label_columns], axis=1)
            fractions[:, self.schema.slice_of(question)] = _fractions(given, kind)
            if kind == "counts":
                totals[:, place] = given.sum(axis=1)
            elif question.name in self.totals:
                parts = [as_numbers(column(name)) for name in self.totals[question.name]]
                totals[:, place] = np.sum(parts, axis=0)
        is_predicted = kind == "concentrations" or (self.is_predicted and kind != "counts")
        return Votes(self.schema, fractions, totals, kind, is_predicted)


def recognise(
    column_names: Iterable[str], schemas: Sequence[Schema], *, is_chosen: bool = False, kind: str = ""
) -> VoteColumns | None:
    """Which schema's votes a catalog holds.

    Parameters
    ----------
    column_names
        Of the catalog. Letter case, and ``-`` or ``_``, do not matter.
    schemas
        To choose from. The one with the most answers found wins, of equals the one that misses fewest, then the first.
    is_chosen
        True where a person named the schemas: then their questions are also known by their names without the campaign
        (``bar`` for ``bar-dr5``), which is what all of them end in after the last ``-``.
    kind
        The kind to read; where it is empty or not there, the one with the most columns is read.

    Returns
    -------
    None where not one whole question of any schema was found.
    """
    written = {plain(name): name for name in reversed(list(column_names))}
    ways = [namings(schema, written, is_chosen=is_chosen) for schema in schemas]
    found = [_columns_of(kinds, kind) for kinds in ways if kinds]
    if not found:
        return None
    best = max(found, key=lambda way: (way.kind == kind, len(way.columns), -len(way.schema.label_columns)))
    others = tuple(way.schema for way in found if way is not best and _fits_as_well(way, best))
    return replace(best, also_fits=others)


def _columns_of(ways: Sequence[Naming], kind: str) -> VoteColumns:
    """The columns of the asked kind, else of the first."""
    shown = next((way for way in ways if way.kind == kind), ways[0])
    is_predicted = shown.is_beside_a_models and shown.kind not in {"weighted", "debiased"}
    kinds = tuple(way.kind for way in ways)
    return VoteColumns(shown.schema, shown.kind, shown.columns, shown.totals, is_predicted, kinds)


def _fits_as_well(other: VoteColumns, best: VoteColumns) -> bool:
    """Equally many columns and questions; but a tree that has all the answers of the best, and more, only misses more."""
    is_larger = set(best.schema.label_columns) < set(other.schema.label_columns)
    equal = len(other.columns) == len(best.columns) and len(other.questions) == len(best.questions)
    return equal and not is_larger


def as_numbers(values: NDArray[np.generic]) -> Floats:
    """A column's values (row,); text that is no number is NaN."""
    if values.dtype.kind in "iufb":
        return values.astype(np.float32)
    return np.array([_number(text) for text in values.astype(np.str_).tolist()], dtype=np.float32)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _kind_by_values(columns: Iterable[Floats]) -> str:
    """Columns with bare names may hold counts, fractions, or a model's concentrations, which are not whole."""
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
    if kind in {"fractions", "weighted", "debiased"}:
        return np.where(np.isfinite(total) & never, np.float32(np.nan), given)
    return np.where(never, np.float32(np.nan), given / np.where(never, np.float32(1), total))
