"""What a table's columns say to be learned: votes of a tree, classes, or numbers. Imports no torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.errors import CatalogError, UserError
from gzviewer.core.schema import Schema
from gzviewer.core.votes import Votes, recognise
from gzviewer.io.manifest import OF_SCHEMA, Manifest, schema_of
from gzviewer.io.schemas import load_schema, load_schemas
from gzviewer.jobs.finetune_requests import FinetuneRequest

KINDS = ("tree", "classify", "regress")
MOST_CLASSES_GUESSED = 20  # a column of more different numbers than that is taken for one to regress
NAMES_SAID = 8


@dataclass(frozen=True, eq=False)
class Target:
    """Of every row of the table of labels; see `gzviewer.ml.finetune.labels.Labels`."""

    kind: str
    targets: NDArray[np.float32]
    is_known: NDArray[np.bool_]
    names: tuple[str, ...]
    schema: Schema | None = None
    notes: tuple[str, ...] = ()


def columns_of(table: Catalog) -> str:
    """What a table has, for a remedy."""
    more = " ..." if len(table.column_names) > NAMES_SAID else ""
    return f"It has {', '.join(table.column_names[:NAMES_SAID])}{more}."


def read_target(request: FinetuneRequest, table: Catalog, parent: Manifest) -> Target:
    """What is to be learned of every row of a table; errors as of `gzviewer.ml.finetune.labels.read_labels`."""
    if request.kind not in ("", *KINDS):
        raise UserError(f"There is no task {request.kind}.", f"Choose one of {', '.join(KINDS)}.")
    name = request.label_column
    if name and name not in table.column_names:
        raise CatalogError(f"{table.name} has no column {name}.", columns_of(table))
    if request.kind == "tree" or not (request.kind or name):
        return _tree(request, table, parent)
    if not name:
        raise UserError(
            "It was not said which column holds the labels.",
            f"Name it with --label-column. {columns_of(table)}",
        )
    values = table.column(name)
    is_regression = request.kind == "regress" or (not request.kind and _looks_continuous(values))
    return _values(name, values) if is_regression else _classes(name, values, request.classes)


def _looks_continuous(values: Column) -> bool:
    return values.dtype.kind in "iuf" and len(np.unique(values[~_is_missing(values)])) > MOST_CLASSES_GUESSED


def _is_missing(values: Column) -> NDArray[np.bool_]:
    if values.dtype.kind == "U":
        return np.array([value == "" for value in values.tolist()], dtype=np.bool_)
    if values.dtype.kind == "f":
        return np.isnan(values.astype(np.float64))
    return np.zeros(len(values), dtype=np.bool_)


def _classes(name: str, values: Column, wanted: tuple[str, ...]) -> Target:
    """Classes are called as in the table; bare numbers after their column too, ``ring_1``, as alone they say nothing."""
    is_known = ~_is_missing(values)
    known = values[is_known]
    if known.dtype.kind == "f" and not (known.astype(np.float64) % 1).any():
        known = known.astype(np.int64)
    there = [str(value) for value in np.unique(known).tolist()]
    names = wanted or tuple(there)
    if missing := [wish for wish in wanted if wish not in there]:
        raise UserError(
            f"The class {missing[0]} has no example in {name}.", f"There are {', '.join(there[:NAMES_SAID])}."
        )
    number = {of: place for place, of in enumerate(names)}
    texts = [str(value) for value in known.tolist()]
    targets = np.zeros((len(values), 1), dtype=np.float32)
    targets[is_known, 0] = [number.get(text, -1) for text in texts]
    is_known &= targets[:, 0] >= 0
    _check_differ(name, len(names), texts)
    is_bare = known.dtype.kind == "b" or all(_is_number(of) for of in names)
    return Target("classify", targets, is_known, tuple(f"{name}_{of}" for of in names) if is_bare else names)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _values(name: str, values: Column) -> Target:
    if values.dtype.kind not in "iufb":
        raise UserError(f"{name} does not hold numbers.", "Choose another column, or --task classify.")
    numbers: NDArray[np.float32] = np.asarray(values, dtype=np.float32)
    is_known = np.isfinite(numbers)
    _check_differ(name, len(np.unique(numbers[is_known])), [str(value) for value in numbers[is_known][:1]])
    return Target("regress", np.where(is_known, numbers, 0)[:, None].astype(np.float32), is_known, (name,))


def _check_differ(name: str, count: int, texts: list[str]) -> None:
    if count < 2:
        what = f"All labels in {name} are {texts[0]}" if texts else f"{name} holds no label"
        raise UserError(f"{what}: there is nothing to learn.", "Label galaxies of another kind too.")


def _tree(request: FinetuneRequest, table: Catalog, parent: Manifest) -> Target:
    schemas = _schemas(request, parent)
    found = next(
        (
            way
            for some in schemas
            if (way := recognise(table.column_names, some, is_chosen=bool(request.schema)))
        ),
        None,
    )
    if found is None:
        raise UserError(
            f"No columns of {table.name} were recognised as votes.",
            "Name their tree with --schema, or one column of classes or numbers with --label-column.",
        )
    votes = found.read(table.column)
    counts = vote_counts(votes, request.volunteers)
    is_known = counts.sum(axis=1) > 0
    missing = len(votes.schema.questions) - len(found.questions)
    notes = (f"{missing} questions of {votes.schema.name} have no votes here.",) if missing else ()
    if (counts[is_known] == counts[is_known][:1]).all():
        raise UserError(
            f"All votes in {table.name} are equal: there is nothing to learn.", "Label more galaxies."
        )
    return Target("tree", counts, is_known, votes.schema.label_columns, votes.schema, notes)


def _schemas(request: FinetuneRequest, parent: Manifest) -> list[tuple[Schema, ...]]:
    """The one that was named; else the parent's, then all."""
    if request.schema:
        is_file = Path(request.schema).is_file()
        return [(load_schema(Path(request.schema) if is_file else request.schema),)]
    own = [(schema_of(parent),)] if parent.head in OF_SCHEMA else []
    return [*own, load_schemas()]


def vote_counts(votes: Votes, volunteers: float) -> NDArray[np.float32]:
    """Votes for each answer.

    Parameters
    ----------
    volunteers
        How many are taken to have answered the first questions where only fractions are known; fewer answer a later one, by
        the fractions that lead to it. 0: fractions alone are refused.

    Returns
    -------
    (row, answer); 0 where nobody was asked or nothing is known. Whole where counts are published.
    """
    if votes.is_predicted:
        raise UserError("These columns are what a model said, not votes.", "Give the volunteers' votes.")
    is_without_counts = not np.isfinite(votes.totals).any()
    if is_without_counts and not volunteers:
        raise UserError(
            "Only fractions are published here, and a loss needs numbers of votes.",
            "Say with --volunteers how many people looked at a galaxy (40 in Galaxy Zoo 2).",
        )
    if is_without_counts:
        return np.clip(_multiplied(votes, volunteers), 0, None)
    counts = np.clip(_multiplied(votes, None), 0, None)
    return np.where(np.abs(counts - np.round(counts)) < 1e-3, np.round(counts), counts)


def _multiplied(votes: Votes, volunteers: float | None) -> NDArray[np.float32]:
    """Fractions times the votes of their question: those published, or `volunteers` at the roots and what leads on."""
    schema, counts = votes.schema, np.zeros_like(votes.fractions)
    for question in schema.reading_order:
        part = schema.slice_of(question)
        total = votes.totals[:, schema.questions.index(question)]
        if volunteers is not None:
            leads = [schema.label_columns.index(label) for label in question.asked_after]
            total = (
                counts[:, leads].sum(axis=1) if leads else np.full(len(counts), volunteers, dtype=np.float32)
            )
        counts[:, part] = np.nan_to_num(votes.fractions[:, part] * total[:, None])
    return counts
