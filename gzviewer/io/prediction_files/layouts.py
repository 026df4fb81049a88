"""What the columns of a file of predictions mean: which tree they answer, and what kind of numbers they are.

Looked for, in this order: concentrations by their names (``_concentration``, ``_dirichlet``, ``_pred``); shares of all
volunteers (``_share``, Kaggle's columns); our own ``_probability`` and ``_value``; fractions (``_fraction``), with the edges of
their intervals; bare labels, of which the values tell what they are. Labels of no known tree become a tree without branches
where they go together as questions and answers; else probabilities of classes where they sum to 1; else values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from gzviewer.core.errors import CatalogError, SchemaError
from gzviewer.core.schema import Answer, NoTree, Question, Schema
from gzviewer.core.vote_columns import plain
from gzviewer.core.votes import VoteColumns, recognise
from gzviewer.io.prediction_files.source import Numbers, Source
from gzviewer.io.prediction_files.sources import NOTHING

LOOKED_AT = 2_000  # galaxies whose values decide
MOST_VALUES = 20_000_000  # read at once in search of them: 80 MB a member
SUMS_TO_ONE = 0.01
HIGHEST = 101.01  # concentration of a Zoobot model: they lie between 1 and 101
NOT_PREDICTIONS = ("ra", "dec", "id_str", "file_loc", "label_cols", "index", "simulated")
REMEDY = "Columns are known by names such as smooth-or-featured_smooth_fraction; name their tree if it has another."


@dataclass(frozen=True)
class Layout:
    """What the columns of a file mean.

    Parameters
    ----------
    schema, head, value_names
        As in `gzviewer.core.predictions.Predictions`.
    columns
        The column of each place on the answer axis; "" where the file has none.
    edges
        Columns of the lower and of the upper edges of 90 % intervals, as `columns`; empty where there are none.
    notes
        Sentences about what was decided.
    """

    schema: Schema
    head: str
    columns: tuple[str, ...]
    value_names: tuple[str, ...] = ()
    edges: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def layout_of(source: Source, schemas: Sequence[Schema], file_name: str, *, is_chosen: bool) -> Layout:
    """Find out what the columns mean.

    Parameters
    ----------
    schemas
        To choose from.
    is_chosen
        True where a person named the schema.

    Raises
    ------
    CatalogError
        If nothing there can be predictions.
    """
    return (
        _of_names(source, schemas, file_name, is_chosen=is_chosen)
        or _of_endings(source, file_name)
        or _of_labels(source, schemas, file_name, is_chosen=is_chosen)
        or _of_unknown_labels(source, file_name)
    )


def _of_names(source: Source, schemas: Sequence[Schema], file_name: str, *, is_chosen: bool) -> Layout | None:
    """Columns whose names say what they are; the kind that answers most, of equals concentrations."""
    shares = {name.removesuffix("_share"): name for name in source.names if name.endswith("_share")}
    ways = [
        ("dirichlet", "concentrations", {name: name for name in source.names}),
        ("shares", "counts", shares),
        ("shares", "cumulative", {name: name for name in source.names}),
        ("fractions", "fractions", {name: name for name in source.names}),
    ]
    best: Layout | None = None
    for head, kind, names in ways:
        found = recognise(names, schemas, is_chosen=is_chosen, kind=kind) if names else None
        if found is None or found.kind != kind:
            continue
        columns = tuple(
            names.get(found.columns.get(label, ""), NOTHING) for label in found.schema.label_columns
        )
        is_more = best is None or _answered(columns) > _answered(best.columns)
        if is_more:
            edges = _edges(source, columns) if head == "fractions" else ()
            best = Layout(found.schema, head, columns, (), edges, _notes(found, head, file_name))
    if best is None or best.head != "shares":
        return best
    return replace(best, notes=(*best.notes, *_scaled(source, best, file_name)))


def _scaled(source: Source, layout: Layout, file_name: str) -> tuple[str, ...]:
    """What is to be said where shares of the first question do not sum to 1, as of a regression."""
    first = layout.schema.questions[0]
    columns = layout.columns[layout.schema.slice_of(first)]
    sums = _some(source, columns).sum(axis=2)
    known = sums[np.isfinite(sums)]
    if not len(known) or np.abs(known - 1).max() <= SUMS_TO_ONE:
        return ()
    return (
        f"{file_name}: its shares of {first.name} sum to {known.min():.3f} to {known.max():.3f}, not to 1; what is shown is "
        "divided by the sum.",
    )


def _answered(columns: Sequence[str]) -> int:
    return sum(name != NOTHING for name in columns)


def _edges(source: Source, columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Columns of the edges of intervals beside those of fractions."""
    written = {plain(name): name for name in source.names}
    stems = [plain(name).removesuffix("_fraction") if name else "" for name in columns]
    ends = [
        tuple(written.get(f"{stem}{end}", NOTHING) for stem in stems)
        for end in ("_90pc_lower", "_90pc_upper")
    ]
    return tuple(ends) if all(any(end) for end in ends) else ()


def _of_endings(source: Source, file_name: str) -> Layout | None:
    """Our own columns of classes and values."""
    classes = tuple(name for name in source.names if name.endswith("_probability"))
    values = tuple(name for name in source.names if name.endswith("_value"))
    head, columns, others = ("classes", classes, values) if len(classes) > 1 else ("values", values, classes)
    if not columns:
        return None
    names = tuple(name.removesuffix("_probability" if head == "classes" else "_value") for name in columns)
    layout = _flat(head, names, columns, file_name)
    if not others:
        return layout
    left = f"{file_name}: its other columns, {', '.join(others)}, are left out."
    return replace(layout, notes=(*layout.notes, left))


def _flat(head: str, names: tuple[str, ...], columns: tuple[str, ...], file_name: str) -> Layout:
    """Classes as one question, or values without any."""
    what = "probabilities of classes" if head == "classes" else "values"
    notes = (f"{file_name}: {len(columns)} columns are read as {what}.",)
    if head == "classes":
        answers = tuple(Answer(name, name) for name in names)
        tree = Schema(file_name, "Classes", (Question("class", "Class", answers),))
        return Layout(tree, head, columns, notes=notes)
    return Layout(NoTree(file_name, "Values", ()), head, columns, names, notes=notes)


def _of_labels(
    source: Source, schemas: Sequence[Schema], file_name: str, *, is_chosen: bool
) -> Layout | None:
    """Columns called by their bare labels, as of Zoobot 2.9: their values tell what they are."""
    found = recognise(source.names, schemas, is_chosen=is_chosen, kind="counts")
    if found is None or found.kind != "counts":
        return None
    columns = tuple(found.columns.get(label, NOTHING) for label in found.schema.label_columns)
    given = _some(source, columns)
    if not np.isfinite(given).any():
        raise CatalogError(
            f"{file_name} has the columns of predictions, but no number in them.", "Predict first."
        )
    head = _head_by_values(given)
    if not head:
        raise CatalogError(
            f"{file_name} holds whole numbers of votes, no predictions.", "Open it as a catalog, or as votes."
        )
    return Layout(found.schema, head, columns, notes=_notes(found, head, file_name))


def _of_unknown_labels(source: Source, file_name: str) -> Layout:
    """Columns of numbers that no known tree has."""
    taken = {*source.ids(), *NOT_PREDICTIONS}
    names = [name for name in source.names if name.lower() not in taken and name not in taken]
    names = [name for name in names if np.isfinite(_some(source, [name])).any()]
    if not names:
        raise CatalogError(f"{file_name} holds no columns of predictions that can be understood.", REMEDY)
    columns, given = tuple(names), _some(source, names)
    labels = tuple(name.removesuffix("_pred") for name in names)
    if labels[0].startswith("feat_"):
        raise CatalogError(f"{file_name} holds representations, no predictions.", "Open predictions.")
    sums = np.nansum(given, axis=2)[np.isfinite(given).any(axis=2)]  # of a row without numbers: 0
    is_one = np.abs(sums - 1).max(initial=0) < SUMS_TO_ONE
    if len(names) > 1 and is_one and np.nanmin(given) >= 0:
        return _flat("classes", labels, columns, file_name)
    schema = _tree_of(labels, file_name)
    if schema is not None and np.nanmin(given) >= 1 and np.nanmax(given) <= HIGHEST:
        note = f"{file_name}: its labels are of no known tree, so that its questions stand side by side."
        return Layout(schema, "dirichlet", columns, notes=(note,))
    return _flat("values", labels, columns, file_name)


def _tree_of(labels: Sequence[str], file_name: str) -> Schema | None:
    """Labels that share what stands before their last underscore, as the answers to one question."""
    groups: Mapping[str, list[str]] = {
        question: [label.rpartition("_")[2] for label in of_one]
        for question, of_one in groupby(labels, lambda label: label.rpartition("_")[0])
    }
    questions = (
        Question(name, name, tuple(Answer(answer, answer) for answer in answers))
        for name, answers in groups.items()
    )
    if "" in groups:
        return None
    try:
        return Schema(file_name, file_name, tuple(questions))
    except SchemaError:  # a question with one answer: these are no questions
        return None


def _some(source: Source, columns: Sequence[str]) -> Numbers:
    """(row, member, name): values of the first galaxies that have any; no galaxy where none has."""
    start, count = 0, LOOKED_AT
    while start < source.count:
        rows = np.arange(start, min(source.count, start + count), dtype=np.int64)
        values = source.read(columns, rows)
        known = np.flatnonzero(np.isfinite(values).any(axis=(1, 2)))
        if len(known):
            return values[known[:LOOKED_AT]]
        start, count = start + count, min(10 * count, max(LOOKED_AT, MOST_VALUES // len(columns)))
    return np.zeros((0, 1, len(columns)), dtype=np.float32)


def _head_by_values(given: Numbers) -> str:
    known = given[np.isfinite(given)]
    if (known == np.round(known)).all():
        return ""
    return "fractions" if known.max(initial=0) <= 1 else "dirichlet"


def _notes(found: VoteColumns, head: str, file_name: str) -> tuple[str, ...]:
    what = {"dirichlet": "concentrations", "shares": "shares of all volunteers", "fractions": "fractions"}[
        head
    ]
    note = f"{file_name}: {what} are read as answers to {found.schema.title}"
    others = " and ".join(schema.title for schema in found.also_fits)
    return (f"{note}; {others} would fit as well." if others else f"{note}.",)
