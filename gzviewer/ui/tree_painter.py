"""Draws a laid-out decision tree with its figures: cards, ribbons, bars, intervals, volunteers' ticks.

Model is a teal bar, its credible interval a thin line over it, volunteers an amber tick: told apart by shape as well as by
colour. A ribbon leaves the row of an answer and is as wide as the share of volunteers expected to take that way.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from gzviewer.core.schema import Question, Schema
from gzviewer.core.tree_figures import AnswerFigures, QuestionFigures, TreeFigures
from gzviewer.core.tree_layout import CardPlace, RowPlace, TreeLayout, TreeMetrics, TrunkPlace
from gzviewer.ui.theme import Icons, Theme, faded, font_of_size

METRICS = TreeMetrics()
QUIET_BELOW = 0.5  # published tables leave out answers to questions asked of fewer than half
ICON_SIZE = 16
NUMBER_WIDTH = 76.0
RIBBON_WIDTH = 9.0
BAR_HEIGHT = 8.0
HEADING_PX = 13
ROW_PX = 13
SMALL_PX = 11
GAP = 8.0


@dataclass(frozen=True)
class _Columns:
    """Where the parts of a row stand in one card: left edges of icon, word and bar, right edge of the bar."""

    icon: float
    word: float
    bar: float
    bar_end: float


class TreePainter:
    """Paints trees of one schema in one theme; holds fonts and text measures, no state.

    `has_votes` keeps room in every heading for the number of volunteers.
    """

    def __init__(self, schema: Schema, theme: Theme, icons: Icons, *, has_votes: bool = False) -> None:
        self._schema = schema
        self._theme = theme
        self._icons = icons
        self._heading = font_of_size(HEADING_PX, is_bold=True)
        self._row = font_of_size(ROW_PX)
        self._row_bold = font_of_size(ROW_PX, is_bold=True)
        self._small = font_of_size(SMALL_PX)
        small = QFontMetricsF(self._small).horizontalAdvance
        self._below = small("asked of 100 %") + GAP
        self._beside = self._below + (small("0000 votes") + GAP if has_votes else 0)
        self._lines: dict[tuple[str, int], int] = {}
        self._answers = {
            label: answer
            for question in schema.questions
            for label, answer in zip(question.label_columns, question.answers, strict=True)
        }
        advance = QFontMetricsF(self._row_bold).horizontalAdvance
        # one width for every card, so that bars of the same depth begin below each other
        self._word_width = min(190.0, max(advance(answer.text) for answer in self._answers.values()))

    def heading_lines(self, question: Question, room: float) -> int:
        """Lines that the wording of a question takes in a card `room` pixels wide; remembered, as text is slow to measure."""
        key = question.name, round(room)
        if key not in self._lines:
            self._lines[key] = self._measured_lines(question, room)
        return self._lines[key]

    def _measured_lines(self, question: Question, room: float) -> int:
        metrics, inner = QFontMetricsF(self._heading), _heading_width(room)
        if metrics.horizontalAdvance(question.text) <= inner - self._beside:
            return 1
        space = QRectF(0, 0, inner - self._below, 1000)
        wrapped = metrics.boundingRect(space, Qt.TextFlag.TextWordWrap, question.text)
        return max(2, round(wrapped.height() / metrics.lineSpacing()))

    def paint(self, painter: QPainter, layout: TreeLayout, figures: TreeFigures, hovered: str = "") -> None:
        """Draw what the painter's clip lets through of a tree; `hovered` is the label column under the mouse."""
        seen = (
            painter.clipBoundingRect() if painter.hasClipping() else QRectF(0, 0, layout.width, layout.height)
        )
        cards = [
            card for card in layout.cards if card.y <= seen.bottom() and card.y + card.height >= seen.top()
        ]
        by_name = {card.question.name: card for card in layout.cards}
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for card in cards:
            self._paint_card(painter, card, figures[card.question.name])
        for trunk in layout.trunks:
            if min(trunk.starts) <= seen.bottom() and max(trunk.branches) >= seen.top():
                self._paint_trunk(painter, by_name[trunk.parent.name], trunk, figures[trunk.children[0].name])
        for card in cards:
            shown = figures[card.question.name]
            self._paint_heading(painter, card, shown)
            columns = self._columns(card)
            for row in card.rows:
                self._paint_row(painter, columns, row, shown, is_hovered=row.label == hovered)

    def _is_quiet(self, figures: QuestionFigures) -> bool:
        return not math.isnan(figures.asked) and figures.asked < QUIET_BELOW

    def _paint_card(self, painter: QPainter, card: CardPlace, figures: QuestionFigures) -> None:
        theme = self._theme
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(
            faded(theme.card, 0.45) if card.is_folded or self._is_quiet(figures) else QColor(theme.card)
        )
        painter.drawRoundedRect(QRectF(card.x + 0.5, card.y + 0.5, card.width - 1, card.height - 1), 6, 6)

    def _paint_trunk(
        self, painter: QPainter, parent: CardPlace, trunk: TrunkPlace, figures: QuestionFigures
    ) -> None:
        """One continuous ribbon: from the rows of the answers, down the lane, into the cards they lead to."""
        start_x = parent.x + METRICS.indent - 1 if parent.is_folded else self._columns(parent).icon - 3
        share = figures.asked if not math.isnan(figures.asked) else 0.0
        width = max(1.0, share * min(RIBBON_WIDTH, trunk.lane - 1.5))
        is_model = any(not math.isnan(shown.fraction) for shown in figures.answers.values())
        said_by = self._theme.model if is_model else self._theme.volunteers
        colour = _mixed(said_by, self._theme.card, 0.15 + 0.4 * share)
        if math.isnan(figures.asked):
            colour = _mixed(self._theme.quiet, self._theme.card, 0.45)
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        first, last = min(trunk.starts), max(trunk.branches)
        for height in trunk.starts:
            painter.drawPath(_bend(QPointF(start_x, height), trunk.x, max(height + 8, first + 8)))
        painter.drawLine(QPointF(trunk.x, first + 8), QPointF(trunk.x, last - 8))
        for height in trunk.branches:
            painter.drawPath(_bend(QPointF(trunk.branch_x, height), trunk.x, height - 8))

    def _columns(self, card: CardPlace) -> _Columns:
        icon = card.x + METRICS.indent + 3
        word = icon + ICON_SIZE + 6
        bar_end = card.x + card.width - NUMBER_WIDTH - METRICS.padding
        return _Columns(icon, word, word + min(self._word_width, 0.5 * (bar_end - word)) + 8, bar_end)

    def _paint_heading(self, painter: QPainter, card: CardPlace, figures: QuestionFigures) -> None:
        """The wording, and at the right the share asked and the votes: beside each other, or below where lines wrap."""
        theme, left, width = self._theme, card.x + METRICS.indent + 3, _heading_width(card.width)
        top = card.y + (card.height - METRICS.line) / 2 if card.is_folded else card.y + METRICS.padding
        is_wrapped = card.heading_lines > 1
        used = self._paint_asked(
            painter, QRectF(left, top, width, METRICS.line), figures, is_stacked=is_wrapped
        )
        is_quiet = card.is_folded or self._is_quiet(figures)
        painter.setFont(self._row if card.is_folded else self._heading)
        painter.setPen(QColor(theme.quiet if is_quiet else theme.text))
        if is_wrapped:
            room = QRectF(left, top, width - self._below, METRICS.line * card.heading_lines + 4)
            painter.drawText(room, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, card.question.text)
        else:
            room = QRectF(left, top, width - used, METRICS.line)
            text = painter.fontMetrics().elidedText(
                card.question.text, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_asked(
        self, painter: QPainter, room: QRectF, figures: QuestionFigures, *, is_stacked: bool
    ) -> float:
        """Write the share asked and the number of votes at the right end; the width they took, with a margin."""
        painter.setFont(self._small)
        used = 0.0
        for text, colour in self._asked_words(figures):
            painter.setPen(QColor(colour))
            right_aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room.adjusted(0, 0, -used, 0), right_aligned, text)
            if is_stacked:
                room.translate(0, METRICS.line - 1)
            else:
                used += QFontMetricsF(self._small).horizontalAdvance(text) + GAP
        return used

    def _asked_words(self, figures: QuestionFigures) -> Iterable[tuple[str, str]]:
        """From the right: the share asked, then the votes."""
        if not math.isnan(figures.asked) and len(self._schema.questions) > 1:
            share = "all" if figures.asked == 1 else percent(figures.asked) + " %"
            yield f"asked of {share}", self._theme.quiet
        if figures.votes > 0:
            yield f"{figures.votes:.0f} vote{'' if figures.votes == 1 else 's'}", self._theme.volunteers

    def _paint_row(
        self,
        painter: QPainter,
        columns: _Columns,
        row: RowPlace,
        figures: QuestionFigures,
        *,
        is_hovered: bool,
    ) -> None:
        theme, shown = self._theme, figures.answers[row.label]
        is_quiet = self._is_quiet(figures)
        if is_hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(theme.text, 0.06))
            left = columns.icon - 3
            painter.drawRoundedRect(
                QRectF(left, row.top, columns.bar_end + NUMBER_WIDTH + 4 - left, row.height), 4, 4
            )
        colour = theme.text if shown.is_likeliest and not is_quiet else theme.quiet
        answer = self._answers[row.label]
        picture = self._icons.pixmap(
            f"answers/{answer.icon}", colour, ICON_SIZE, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(QPointF(columns.icon, row.middle - ICON_SIZE / 2), picture)
        painter.setFont(self._row_bold if shown.is_likeliest and not is_quiet else self._row)
        painter.setPen(QColor(colour))
        word = QRectF(columns.word, row.top, columns.bar - columns.word - 4, row.height)
        text = painter.fontMetrics().elidedText(
            answer.text, Qt.TextElideMode.ElideRight, math.ceil(word.width())
        )
        painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, text)
        self._paint_bar(painter, columns, row, shown, is_quiet=is_quiet)
        self._paint_numbers(painter, columns, row, shown, colour)

    def _paint_bar(
        self, painter: QPainter, columns: _Columns, row: RowPlace, shown: AnswerFigures, *, is_quiet: bool
    ) -> None:
        theme, start, room = self._theme, columns.bar, columns.bar_end - columns.bar
        top = row.middle - BAR_HEIGHT / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.track))
        painter.drawRoundedRect(QRectF(start, top, room, BAR_HEIGHT), 4, 4)
        if not math.isnan(shown.fraction):
            strength = (1.0 if shown.is_likeliest else 0.55) * (0.5 if is_quiet else 1.0)
            painter.setBrush(faded(theme.model, strength))
            painter.drawRoundedRect(QRectF(start, top, max(2.0, shown.fraction * room), BAR_HEIGHT), 4, 4)
        if not math.isnan(shown.lower):
            low, high = (
                QPointF(start + shown.lower * room, row.middle),
                QPointF(start + shown.upper * room, row.middle),
            )
            halo = faded(theme.card, 0.3 if theme.is_dark else 0.6)  # dark text on a dark bar needs one
            for shade, width in ((halo, 3.0), (faded(theme.text, 0.5 if is_quiet else 1.0), 1.5)):
                painter.setPen(QPen(shade, width))
                painter.drawLine(low, high)
        if not math.isnan(shown.volunteers):
            tick = start + shown.volunteers * room
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(theme.volunteers, 0.6 if is_quiet else 1.0))
            painter.drawRoundedRect(QRectF(tick - 1.5, row.middle - 7, 3, 14), 1.2, 1.2)

    def _paint_numbers(
        self, painter: QPainter, columns: _Columns, row: RowPlace, shown: AnswerFigures, colour: str
    ) -> None:
        """The expected fraction in percent and its interval; the volunteers' fraction where no model speaks."""
        value = shown.volunteers if math.isnan(shown.fraction) else shown.fraction
        if math.isnan(value):
            return
        left = columns.bar_end + 8
        painter.setFont(self._row_bold if shown.is_likeliest else self._row)
        painter.setPen(QColor(colour if not math.isnan(shown.fraction) else self._theme.volunteers))
        number = QRectF(left, row.top, 26, row.height)
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent(value))
        if not math.isnan(shown.lower):
            painter.setFont(self._small)
            painter.setPen(QColor(self._theme.quiet))
            interval = f"{percent(shown.lower)}–{percent(shown.upper)}"
            room = QRectF(left + 30, row.top, NUMBER_WIDTH - 28, row.height)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, interval)


def percent(value: float) -> str:
    """A fraction in whole percent, for a place too small for more digits."""
    return f"{100 * value:.0f}"


def _heading_width(room: float) -> float:
    """Pixels for the heading inside a card that is `room` pixels wide."""
    return room - METRICS.indent - METRICS.padding - 5


def _bend(point: QPointF, lane: float, height: float) -> QPainterPath:
    """A quarter turn between a point beside the lane and the lane at `height`."""
    path = QPainterPath(point)
    path.lineTo(min(point.x(), lane + 8), point.y())
    path.quadTo(lane, point.y(), lane, height)
    return path


def _mixed(colour: str, ground: str, share: float) -> QColor:
    """`share` of a colour over a ground, opaque: ribbons that overlap must not show it."""
    front, back = QColor(colour), QColor(ground)
    pairs = ((front.redF(), back.redF()), (front.greenF(), back.greenF()), (front.blueF(), back.blueF()))
    return QColor.fromRgbF(*(share * over + (1 - share) * under for over, under in pairs))
