"""Where each question and answer sits when the decision tree is drawn: pure geometry, in pixels from the top left.

Reading order is top to bottom, indentation is descent. Each question is a *card*: a heading and one *row* an answer, or one
line where it is folded. A *trunk* leaves the answers of a card, runs down the gutter at its left, and branches into every
card that those answers lead to. Trunks of one card that start from different answers run in lanes of their own.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from gzviewer.core.schema import Question, Schema


@dataclass(frozen=True)
class TreeMetrics:
    """Sizes in pixels: `line` is the height of a heading line, `row` that of an answer."""

    indent: float = 18.0
    line: float = 17.0
    row: float = 19.0
    gap: float = 7.0
    padding: float = 7.0
    folded: float = 24.0


@dataclass(frozen=True)
class RowPlace:
    """One answer: its label column and the vertical span of its row."""

    label: str
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical centre of the row."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class CardPlace:
    """One question: its rectangle, how many lines its heading takes, and its answers (none while folded)."""

    question: Question
    depth: int
    x: float
    y: float
    width: float
    height: float
    heading_lines: int
    is_folded: bool
    rows: tuple[RowPlace, ...]

    def holds(self, x: float, y: float) -> bool:
        """True where the point lies on the card."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@dataclass(frozen=True)
class TrunkPlace:
    """The way from some answers of `parent` to the questions they lead to.

    `x` is the centre of its lane and `lane` the room it has; `starts` the heights it leaves from; `branches` the heights at
    which it turns right into a card whose left edge is at `branch_x`.
    """

    parent: Question
    children: tuple[Question, ...]
    x: float
    lane: float
    starts: tuple[float, ...]
    branches: tuple[float, ...]
    branch_x: float


@dataclass(frozen=True)
class TreeLayout:
    """The whole drawing."""

    cards: tuple[CardPlace, ...]
    trunks: tuple[TrunkPlace, ...]
    width: float
    height: float

    def card_at(self, x: float, y: float) -> CardPlace | None:
        """The card under a point."""
        return next((card for card in self.cards if card.holds(x, y)), None)

    def row_at(self, x: float, y: float) -> RowPlace | None:
        """The answer under a point."""
        card = self.card_at(x, y)
        rows = card.rows if card is not None else ()
        return next((row for row in rows if row.top <= y < row.top + row.height), None)


def lay_out(
    schema: Schema,
    width: float,
    *,
    folded: Collection[str] = (),
    heading_lines: Callable[[Question, float], int] = lambda question, room: 1,
    metrics: TreeMetrics = TreeMetrics(),
) -> TreeLayout:
    """Place every question of a schema.

    Parameters
    ----------
    width
        Pixels from the left edge of the roots to the right edge of every card.
    folded
        Names of the questions drawn as one line.
    heading_lines
        Number of lines that the wording of a question takes in that many pixels.
    """
    cards: list[CardPlace] = []
    y = 0.0
    for question in schema.reading_order:
        depth = schema.depth_of(question)
        room = width - depth * metrics.indent
        lines = heading_lines(question, room)
        card = _card(
            question, depth, y, room, lines=lines, is_folded=question.name in folded, metrics=metrics
        )
        cards.append(card)
        y += card.height + metrics.gap
    height = max(0.0, y - metrics.gap)
    return TreeLayout(tuple(cards), _trunks(schema, cards, metrics), width, height)


def _card(
    question: Question,
    depth: int,
    y: float,
    room: float,
    *,
    lines: int,
    is_folded: bool,
    metrics: TreeMetrics,
) -> CardPlace:
    x = depth * metrics.indent
    if is_folded:
        return CardPlace(question, depth, x, y, room, metrics.folded, 1, is_folded=True, rows=())
    top = y + metrics.padding + lines * metrics.line + 2
    rows = tuple(
        RowPlace(label, top + index * metrics.row, metrics.row)
        for index, label in enumerate(question.label_columns)
    )
    height = top + len(rows) * metrics.row + metrics.padding - 2 - y
    return CardPlace(question, depth, x, y, room, height, lines, is_folded=False, rows=rows)


def _trunks(schema: Schema, cards: list[CardPlace], metrics: TreeMetrics) -> tuple[TrunkPlace, ...]:
    """One trunk for every set of answers that leads anywhere, in lanes from the left of their card."""
    by_name = {card.question.name: card for card in cards}
    children: dict[tuple[str, frozenset[str]], list[CardPlace]] = {}
    for card in cards:
        parent = schema.parent_of(card.question)
        if parent is not None:
            children.setdefault((parent.name, card.question.asked_after), []).append(card)
    sets: dict[str, list[frozenset[str]]] = {}
    for parent_name, answers in children:
        sets.setdefault(parent_name, []).append(answers)
    trunks = []
    for (parent_name, answers), below in children.items():
        card, lanes = by_name[parent_name], sets[parent_name]
        # the set whose last child is furthest down runs furthest left, so that no branch crosses another trunk
        order = sorted(lanes, key=lambda lane: -children[parent_name, lane][-1].y)
        pitch = metrics.indent / len(lanes)
        trunks.append(
            _trunk(card, answers, below, x=card.x + (order.index(answers) + 0.5) * pitch, pitch=pitch)
        )
    return tuple(trunks)


def _trunk(
    card: CardPlace, answers: frozenset[str], below: list[CardPlace], *, x: float, pitch: float
) -> TrunkPlace:
    starts = tuple(row.middle for row in card.rows if row.label in answers) or (card.y + card.height / 2,)
    branches = tuple(child.y + (child.height / 2 if child.is_folded else 15.0) for child in below)
    questions = tuple(child.question for child in below)
    return TrunkPlace(card.question, questions, x, pitch, starts, branches, below[0].x)
