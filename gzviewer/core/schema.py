"""A Galaxy Zoo decision tree: questions, their answers, and which answers lead to which question.

A *label column* is ``{question}_{answer}`` (``bar-gz2_yes``): the name under which votes and predictions of that answer
are published. Label columns stand in the order of the questions; everything that holds a value an answer (votes,
concentrations, fractions) has that order on its last axis.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gzviewer.core.errors import SchemaError


@dataclass(frozen=True)
class Answer:
    """One answer to one question.

    `text` is what volunteers read, `icon` the stem of a drawing in ``resources/icons/answers``, `also` further published
    stems of this answer's columns (``t01_smooth_or_features_a01_smooth``, ``Class1.1``).
    """

    name: str
    text: str
    icon: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question, and the answers of one earlier question after which it is asked (empty: always)."""

    name: str
    text: str
    answers: tuple[Answer, ...]
    asked_after: frozenset[str] = frozenset()

    @property
    def label_columns(self) -> tuple[str, ...]:
        """``{question}_{answer}`` for every answer, in order."""
        return tuple(f"{self.name}_{answer.name}" for answer in self.answers)


@dataclass(frozen=True)
class Schema:
    """An ordered forest of questions. Making an invalid one raises `SchemaError`.

    Parameters
    ----------
    cumulative
        True where the columns named by ``Answer.also`` hold the fraction of *all* volunteers who gave the answer
        (Kaggle's Galaxy Challenge) rather than of those who were asked the question.
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    source: str = ""
    cumulative: bool = False

    def __post_init__(self) -> None:
        _check_names(self)
        _check_parents(self)

    @cached_property
    def label_columns(self) -> tuple[str, ...]:
        """Every label column, in order: the answer axis of votes and predictions."""
        return tuple(label for question in self.questions for label in question.label_columns)

    @cached_property
    def _by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def _slices(self) -> Mapping[str, slice]:
        slices, start = {}, 0
        for question in self.questions:
            slices[question.name] = slice(start, start + len(question.answers))
            start += len(question.answers)
        return slices

    @cached_property
    def _question_of_label(self) -> Mapping[str, Question]:
        return {label: question for question in self.questions for label in question.label_columns}

    def question(self, name: str) -> Question:
        """The question of that name; `KeyError` if there is none."""
        return self._by_name[name]

    def slice_of(self, question: Question) -> slice:
        """Where the answers of `question` stand on the answer axis."""
        return self._slices[question.name]

    def question_of(self, label: str) -> Question:
        """The question that a label column answers."""
        return self._question_of_label[label]

    def parent_of(self, question: Question) -> Question | None:
        """The question whose answers lead to `question`; None where it is always asked."""
        return next((self.question_of(label) for label in question.asked_after), None)

    def questions_after(self, label: str) -> tuple[Question, ...]:
        """The questions asked of a volunteer who gave this answer, in order."""
        return tuple(question for question in self.questions if label in question.asked_after)

    def depth_of(self, question: Question) -> int:
        """Number of answers between the start of the tree and `question`; 0 for a root."""
        parent = self.parent_of(question)
        return 0 if parent is None else 1 + self.depth_of(parent)

    @cached_property
    def reading_order(self) -> tuple[Question, ...]:
        """Every question right after the part of the tree that leads to it: depth first, children in column order."""
        ordered: list[Question] = []

        def visit(question: Question) -> None:
            ordered.append(question)
            for child in self.questions:
                if self.parent_of(child) == question:
                    visit(child)

        for root in self.questions:
            if not root.asked_after:
                visit(root)
        return tuple(ordered)


class NoTree(Schema):
    """What stands for the tree of a model that gives values and answers no question."""

    def __post_init__(self) -> None:
        """There is nothing to check."""


def _check_names(schema: Schema) -> None:
    """Questions there are, each with two or more answers, and no column name twice."""
    if not schema.questions:
        raise SchemaError(f"The schema {schema.name} has no questions.", "Give it at least one [[question]].")
    seen: set[str] = set()
    for question in schema.questions:
        if len(question.answers) < 2:
            raise SchemaError(
                f"The question {question.name} has {len(question.answers)} answers.",
                "Give it two or more.",
                question.name,
            )
        for name in (question.name, *question.label_columns):
            if name in seen:
                raise SchemaError(
                    f"{name} stands twice in the schema {schema.name}.", "Rename one of them.", name
                )
            seen.add(name)


def _check_parents(schema: Schema) -> None:
    """Every `asked_after` names answers of exactly one other question, and nothing leads back to itself."""
    for question in schema.questions:
        for label in sorted(question.asked_after):
            if label not in schema.label_columns:
                raise SchemaError(
                    f"{question.name} is asked after {label}, which is no answer of the schema {schema.name}.",
                    "Name a label column, {question}_{answer}, of another question.",
                    label,
                )
        parents = {schema.question_of(label).name for label in question.asked_after}
        if len(parents) > 1:
            raise SchemaError(
                f"{question.name} is asked after answers of several questions: {', '.join(sorted(parents))}.",
                "Keep the answers of one question only.",
                sorted(question.asked_after)[0],
            )
    for question in schema.questions:
        _check_no_cycle(schema, question)


def _check_no_cycle(schema: Schema, start: Question) -> None:
    seen = [start.name]
    question = schema.parent_of(start)
    while question is not None:
        if question.name in seen:
            chain = " ← ".join([*seen, question.name])
            raise SchemaError(
                f"The questions go round in a circle: {chain}.", "Let one of them start the tree.", start.name
            )
        seen.append(question.name)
        question = schema.parent_of(question)
