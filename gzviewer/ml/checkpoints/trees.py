"""Finds the decision tree whose answers a head gives: what the checkpoint tells of it, against the trees that are installed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.errors import ModelError, SchemaError
from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.io.schemas import load_schema, load_schemas, schema_names
from gzviewer.io.toml_text import toml_text
from gzviewer.ml.checkpoints.reading import Checkpoint, Inert

CORRECT = "Name the tree that it was trained on with --schema."


@dataclass(frozen=True)
class Tree:
    """A tree, how it was found, and whether it must be kept with the model because it is not installed."""

    schema: Schema
    how: str
    is_own: bool


def find_tree(checkpoint: Checkpoint, outputs: int, wanted: str, assumed: str = "") -> Tree:
    """The tree of a head with so many outputs.

    Parameters
    ----------
    wanted
        Name or file that a person gives; empty: what the checkpoint says.
    assumed
        Name of the installed tree that is taken where nobody names one, by the number of outputs.

    Raises
    ------
    ModelError
        If no tree can be found, or it has another number of answers.
    SchemaError
        If `wanted` cannot be read.
    """
    path = checkpoint.path
    if wanted:
        schema = load_schema(wanted)
        tree = Tree(schema, f"{schema.name}, as you said", wanted not in schema_names())
    elif assumed:
        tree = Tree(load_schema(assumed), f"{assumed}, by the number of its outputs", is_own=False)
    elif pairs := _pairs(_told(checkpoint, "question_answer_pairs")):
        tree = _of_pairs(pairs, _told(checkpoint, "dependencies"), path)
    else:
        tree = _of_size(checkpoint.settings.get("question_index_groups"), outputs, path)
    columns = len(tree.schema.label_columns)
    if columns != outputs:
        raise ModelError(
            f"{path} gives {outputs} numbers, but the schema {tree.schema.name} has {columns} answers.",
            CORRECT,
        )
    return tree


def _told(checkpoint: Checkpoint, name: str) -> object:
    """A setting of a network with a tree, or the same of the schema object among its settings."""
    schema = checkpoint.settings.get("schema")
    return schema.value(name) if isinstance(schema, Inert) else checkpoint.settings.get(name)


def _pairs(value: object) -> Mapping[str, Sequence[str]]:
    """Question -> answers, where that is what was stored."""
    if not isinstance(value, dict):
        return {}
    return {
        question: [answer.removeprefix("_") for answer in answers if isinstance(answer, str)]
        for question, answers in value.items()
        if isinstance(question, str) and isinstance(answers, list | tuple)
    }


def _of_pairs(pairs: Mapping[str, Sequence[str]], dependencies: object, path: Path) -> Tree:
    parents = _parents(dependencies, path)
    columns = tuple(f"{question}_{answer}" for question, answers in pairs.items() for answer in answers)
    same = [schema for schema in load_schemas() if schema.label_columns == columns]
    if same:
        how = f"{same[0].name}, by its label columns{_corrected(same[0], parents)}"
        return Tree(same[0], how, is_own=False)
    lost = [name for name in pairs if parents.get(name) and parents[name] not in columns]
    if lost:
        raise ModelError(
            f"{path} holds a tree that cannot be used: {lost[0]} is asked after {parents[lost[0]]}, which is no answer.",
            CORRECT,
        )
    try:
        questions = tuple(_question(name, answers, parents.get(name)) for name, answers in pairs.items())
        schema = Schema(f"{path.stem}_schema", path.stem, questions)
    except SchemaError as error:
        raise ModelError(f"{path} holds a tree that cannot be used: {error.what}", CORRECT) from error
    how = f"its own, which is not installed: kept with the model{_unsaid(pairs, parents)}"
    return Tree(schema, how, is_own=True)


def _parents(dependencies: object, path: Path) -> Mapping[str, str | None]:
    """Question -> the answer that it is asked after, None for one that everybody is asked."""
    parents: dict[str, str | None] = {}
    for question, parent in dependencies.items() if isinstance(dependencies, dict) else ():
        if not isinstance(question, str) or not (parent is None or isinstance(parent, str)):
            raise ModelError(
                f"{path} holds a tree that cannot be used: its questions have no names.", CORRECT
            )
        parents[question] = parent
    return parents


def _question(name: str, answers: Sequence[str], parent: str | None) -> Question:
    asked_after = frozenset({parent} if parent else ())
    return Question(name, name, tuple(Answer(answer, answer) for answer in answers), asked_after)


def _unsaid(pairs: Mapping[str, Sequence[str]], parents: Mapping[str, str | None]) -> str:
    """Which questions are taken to be asked of everybody only because nothing else is said."""
    unsaid = [name for name in pairs if name not in parents]
    if not unsaid or len(pairs) == 1:
        return ""
    return f"; it does not say who is asked {', '.join(unsaid)}: taken as everybody"


def _corrected(schema: Schema, parents: Mapping[str, str | None]) -> str:
    """What the installed tree says otherwise than the file of who is asked what."""
    differing = [
        question.name
        for question in schema.questions
        if question.name in parents
        and frozenset({parents[question.name]} - {None}) != question.asked_after
        and question.asked_after
    ]
    if not differing:
        return ""
    return f"; its parents of {', '.join(differing)} are corrected after the real questionnaire"


def _of_size(groups: object, outputs: int, path: Path) -> Tree:
    """An old network does not name its answers: it may say where the answers to each question begin and end."""
    bounds = _bounds(groups)
    fitting = [
        schema
        for schema in load_schemas()
        if len(schema.label_columns) == outputs
        and not schema.cumulative
        and (not bounds or bounds == _bounds_of(schema))
    ]
    if not fitting:
        raise ModelError(
            f"{path} does not name its {outputs} answers, and no installed schema has as many.", CORRECT
        )
    shapes = {_bounds_of(schema) for schema in fitting}
    if len(shapes) > 1:
        raise ModelError(
            f"{path} does not name its {outputs} answers; they may be those of {_titled(fitting)}.", CORRECT
        )
    chosen = min(fitting, key=lambda schema: ("dr5" not in schema.name, schema.name))
    others = _titled([schema for schema in fitting if schema is not chosen])
    how = f"{chosen.name}, by the number of answers to each question"
    return Tree(chosen, f"{how}; could be {others}" if others else how, is_own=False)


def _titled(schemas: Sequence[Schema]) -> str:
    """Names to be typed, with what they are in words."""
    return ", ".join(f"{schema.name} ({schema.title})" for schema in schemas)


def _bounds(groups: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(groups, list | tuple):
        return ()
    pairs = [tuple(group) for group in groups if isinstance(group, list | tuple) and len(group) == 2]
    return tuple(
        (int(first), int(last)) for first, last in pairs if isinstance(first, int) and isinstance(last, int)
    )


def _bounds_of(schema: Schema) -> tuple[tuple[int, int], ...]:
    slices = [schema.slice_of(question) for question in schema.questions]
    return tuple((part.start, part.stop - 1) for part in slices)


def schema_text(schema: Schema) -> str:
    """A tree as the text of a file that `gzviewer.io.schemas.load_schema` reads."""
    questions = [
        {
            "name": question.name,
            "text": question.text,
            "asked_after": sorted(question.asked_after),
            "answers": [_answer(answer) for answer in question.answers],
        }
        for question in schema.questions
    ]
    top = {
        "name": schema.name,
        "title": schema.title,
        "source": schema.source,
        "cumulative": schema.cumulative,
    }
    return toml_text({**top, "question": questions})


def _answer(answer: Answer) -> dict[str, object]:
    return {"name": answer.name, "text": answer.text, "icon": answer.icon, "also": list(answer.also)}
