"""Decision trees as files: one TOML file a survey, in ``resources/schemas`` or where a person keeps them.

::

    name = "my_survey"
    title = "My Survey"
    source = "Me et al. 2030"

    [[question]]
    name = "smooth-or-featured"
    text = "Is the galaxy smooth?"
    answers = [
      { name = "smooth", text = "smooth", icon = "smooth", also = ["t01_smooth"] },
      { name = "featured", text = "features or disk" },
    ]

    [[question]]
    name = "bar"
    text = "Is there a bar?"
    asked_after = ["smooth-or-featured_featured"]
    answers = [{ name = "yes", text = "bar" }, { name = "no", text = "no bar" }]

A file may say ``concatenates = ["one", "another"]`` instead of having questions: the forest of several
surveys, in order. Whatever is wrong with a file is said with its line.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gzviewer.core.errors import SchemaError
from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.io.settings import resource_folder

SCHEMA_KEYS = {"name", "title", "source", "cumulative", "question", "concatenates"}
QUESTION_KEYS = {"name", "text", "asked_after", "answers"}
ANSWER_KEYS = {"name", "text", "icon", "also"}
HEADER = re.compile(r"^\s*\[\[\s*question\s*\]\]")
LOOK = "Look at a schema that ships with the program for the form."


def schema_names() -> tuple[str, ...]:
    """Names of the schemas that ship with the program, alphabetical."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load_schemas() -> tuple[Schema, ...]:
    """Every schema that ships with the program, in the order of `schema_names`."""
    return tuple(load_schema(name) for name in schema_names())


@cache
def load_schema(name_or_path: str | Path) -> Schema:
    """The schema of that name, or of that file; read once in the life of the process.

    Parameters
    ----------
    name_or_path
        A name from `schema_names`; or a `Path`, or text that ends in ``.toml``, for any other file.

    Raises
    ------
    SchemaError
        If there is no such schema or it cannot be one; the sentence names file and line.
    """
    is_file = isinstance(name_or_path, Path) or name_or_path.endswith(".toml")
    return _load(Path(name_or_path) if is_file else _path_of(str(name_or_path)), ())


def _folder() -> Path:
    return resource_folder() / "schemas"


def _path_of(name: str) -> Path:
    if name not in schema_names():
        near = difflib.get_close_matches(name, schema_names(), 3)
        remedy = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(schema_names())}."
        raise SchemaError(f"There is no schema {name}.", remedy, name)
    return _folder() / f"{name}.toml"


def _load(path: Path, joining: tuple[Path, ...]) -> Schema:
    """Read one file; `joining` are the files whose ``concatenates`` led here."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SchemaError(
            f"{path.name}, line {line}: this is not UTF-8 text.", "Save the file as UTF-8."
        ) from error
    try:
        return _parse(text, path, joining)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, path) from error
    except _FaultError as fault:
        line = _line_of(text, fault.culprit, fault.question, fault.value)
        raise SchemaError(f"{path.name}, line {line}: {fault.what}", fault.remedy, fault.culprit) from fault


class _FaultError(Exception):
    """What is wrong, before its line is known.

    `question` is the number of the question around it, or -1; `value` a pattern of what the culprit's value begins with.
    """

    def __init__(self, what: str, remedy: str = LOOK, *, culprit: str = "", value: str = "") -> None:
        super().__init__(what)
        self.what, self.remedy, self.culprit, self.value, self.question = what, remedy, culprit, value, -1


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, path: Path) -> SchemaError:
    message, _, place = str(error).rpartition(" (at ")
    number = re.match(r"line (\d+)", place)
    lines = text.splitlines() or [""]
    line = min(int(number[1]), len(lines)) if number else len(lines)
    culprit = lines[line - 1].strip()
    return SchemaError(
        f"{path.name}, line {line}: this is not TOML: {message}.",
        "Mend that line or the one before it.",
        culprit,
    )


def _parse(text: str, path: Path, joining: tuple[Path, ...]) -> Schema:
    table = tomllib.loads(text)
    _check_top(table)
    name = _text(table, "name", "The schema") or path.stem
    if "concatenates" in table:
        questions = _concatenated(table, path, joining)
    else:
        entries = _tables(table.get("question", []), "question")
        questions = tuple(_question(entry, number) for number, entry in enumerate(entries))
    cumulative = table.get("cumulative", False)
    if not isinstance(cumulative, bool):
        raise _FaultError(f"cumulative is {cumulative!r}.", "Write true or false.", culprit="cumulative")
    title, source = _text(table, "title", "The schema") or name, _text(table, "source", "The schema")
    try:
        return Schema(name, title, questions, source, cumulative)
    except SchemaError as error:
        raise _FaultError(error.what, error.remedy, culprit=error.culprit) from error


def _check_top(table: Mapping[str, object]) -> None:
    for key in table:
        if key in {"answers", "answer", "asked_after", "text"}:
            raise _FaultError(
                f"{key} stands outside a question.", "Move it under its [[question]].", culprit=key
            )
        _check_key(key, SCHEMA_KEYS, "A schema")
    if "concatenates" in table and "question" in table:
        raise _FaultError(
            "A schema that concatenates others has no questions of its own.", culprit="concatenates"
        )


def _check_key(key: str, known: set[str], where: str) -> None:
    if key not in known:
        near = difflib.get_close_matches(key, known, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"It can have {', '.join(sorted(known))}."
        raise _FaultError(f"{where} has no {key}.", remedy, culprit=key)


def _concatenated(table: Mapping[str, object], path: Path, joining: tuple[Path, ...]) -> tuple[Question, ...]:
    chain = (*joining, path.resolve())
    questions: list[Question] = []
    for name in _texts(table, "concatenates", "The schema"):
        beside = path.parent / f"{name}.toml"
        try:
            part = beside if beside.is_file() else _path_of(name)
        except SchemaError as error:
            raise _FaultError(error.what, error.remedy, culprit=name) from error
        if part.resolve() in chain:
            raise _FaultError(f"{name} concatenates itself.", "Remove it from the list.", culprit=name)
        questions += _load(part, chain).questions
    return tuple(questions)


def _tables(value: object, what: str) -> list[Mapping[str, object]]:
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    raise _FaultError(f"{what} is not a list of tables.", culprit=what)


def _question(table: Mapping[str, object], number: int) -> Question:
    try:
        return _read_question(table)
    except _FaultError as fault:
        fault.question = number
        raise


def _read_question(table: Mapping[str, object]) -> Question:
    for key in table:
        _check_key(key, QUESTION_KEYS, "A question")
    name = _text(table, "name", "A question", needed=True)
    where = f"The question {name}"
    if "answers" not in table:
        raise _FaultError(f"{where} has no answers.", 'Give it answers = [ { name = "..." }, ... ].')
    answers = tuple(_answer(entry, name) for entry in _tables(table["answers"], "answers"))
    after = frozenset(_texts(table, "asked_after", where))
    return Question(name, _text(table, "text", where) or name, answers, after)


def _answer(table: Mapping[str, object], question: str) -> Answer:
    for key in table:
        _check_key(key, ANSWER_KEYS, f"An answer to {question}")
    name = _text(table, "name", f"An answer to {question}", needed=True)
    where = f"The answer {name} to {question}"
    also = _texts(table, "also", where)
    return Answer(name, _text(table, "text", where) or name, _text(table, "icon", where), also)


def _text(table: Mapping[str, object], key: str, where: str, *, needed: bool = False) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        what = f"{where} has {value!r} for its {key}, which is not a text."
        raise _FaultError(what, "Put it in quotes.", culprit=key, value=r"[^\s\"']")
    if needed and not value:
        raise _FaultError(
            f"{where} has no name.", 'Give it name = "...".', culprit=key if key in table else ""
        )
    return value


def _texts(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        what = f"{where} has a {key} that is not a list of texts."
        raise _FaultError(what, f'Write {key} = ["..."].', culprit=key, value=r"[^\s\[]")
    return tuple(value)


def _line_of(text: str, culprit: str, question: int, value: str = "") -> int:
    """The line, from 1, on which the culprit stands, in its question if known; the last of several."""
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if HEADER.match(line)]
    start, end = 0, len(lines)
    if question < 0 and re.search(rf"(?m)^{re.escape(culprit)}\s*=", "\n".join(lines[: (headers or [0])[0]])):
        end = headers[0]
    if 0 <= question < len(headers):
        start, end = headers[question], [*headers, len(lines)][question + 1]
    block = list(enumerate(lines[start:end], start=start + 1))
    quoted = re.escape(f'"{culprit}"')
    key = rf"(^|[{{,\s]){re.escape(culprit)}\s*=\s*{value}"
    for pattern in (rf"^\s*name\s*=\s*{quoted}", rf"^[^#]*{quoted}", key) if culprit else ():
        found = [number for number, line in block if re.search(pattern, line)]
        if found:
            return found[-1]
    owner, _, answer = culprit.rpartition("_")
    if owner:  # a label column is written in two pieces
        first = _line_of(text, owner, question)
        return next((number for number, line in block if number > first and f'"{answer}"' in line), first)
    return start + 1
