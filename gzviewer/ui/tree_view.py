"""The decision tree of the galaxy being looked at: what the model expects and what volunteers said, question by question.

It fits itself to its pane where that stays legible, and scrolls where it does not. Questions that hardly anybody would be
asked fold to one line; a click on a heading folds or unfolds, a click on an answer offers what can be done with it.
"""

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QStyle, QToolTip, QWidget

from gzviewer.core.schema import Schema
from gzviewer.core.tree_figures import TreeFigures, blended, tree_figures
from gzviewer.core.tree_layout import TreeLayout, lay_out
from gzviewer.core.votes import Votes
from gzviewer.session.columns import Columns
from gzviewer.session.selection import Selection
from gzviewer.session.shown_predictions import ShownPredictions
from gzviewer.ui.answer_menu import AnswerMenu, SortBy
from gzviewer.ui.theme import Icons, Theme
from gzviewer.ui.tree_painter import TreePainter

FOLD_BELOW = 0.05
SMALLEST_SCALE = 0.78
SCALE_STEPS = 5
EASING_MS = 120
MARGIN = 10


class TreeView(QAbstractScrollArea):
    """The tree of one schema for the current galaxy of a `Selection`."""

    def __init__(
        self,
        schema: Schema,
        selection: Selection,
        *,
        predictions: ShownPredictions | None,
        votes: Votes | None,
        columns: Columns,
        sort_by: SortBy,
        said_by: str = "volunteers",
        theme: Theme,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._schema, self._selection = schema, selection
        self._predictions, self._votes = predictions, votes
        self._menu = AnswerMenu(
            lambda label: columns.fraction_name(label, predictions), sort_by, self.exact_figures, self
        )
        self._icons, self._said_by = icons, said_by
        self._toggled: set[str] = set()
        self._fits = True
        self._hovered = ""
        self._scale = 1.0
        self._figures: TreeFigures = {}
        self._from: TreeFigures = {}
        self._easing = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=EASING_MS)
        self._easing.valueChanged.connect(self.viewport().update)
        self._layout = TreeLayout((), (), 0, 0)
        self._joined = QTimer(self)
        self._joined.setSingleShot(True)
        self._joined.timeout.connect(self._redraw)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Decision tree")
        self.setMinimumWidth(320)
        self.set_theme(theme)
        selection.current_changed.connect(self._later)
        if predictions is not None:
            predictions.changed.connect(self._later)

    @property
    def figures(self) -> TreeFigures:
        """The numbers that are drawn."""
        return self._figures

    @property
    def toggled(self) -> frozenset[str]:
        """Questions that a person folded, or unfolded, against what they would be by themselves."""
        return frozenset(self._toggled)

    def set_toggled(self, questions: frozenset[str]) -> None:
        """Fold and unfold as `toggled` was elsewhere."""
        self._toggled = set(questions)
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        has_counts = self._votes is not None and bool(np.isfinite(self._votes.totals).any())
        self._painter = TreePainter(self._schema, theme, self._icons, has_votes=has_counts)
        self._redraw()

    def set_fits(self, fits: bool) -> None:
        """Shrink the tree to its pane as far as it stays legible, or draw it at full size."""
        self._fits = fits
        self._redraw()

    def _later(self, _what: object) -> None:
        """Join a burst of changes into one redraw."""
        self._joined.start(0)

    def _redraw(self) -> None:
        predictions = self._predictions.predictions if self._predictions is not None else None
        self._from = self._shown_figures()
        self._figures = tree_figures(
            self._schema, predictions=predictions, votes=self._votes, row=self._selection.current
        )
        self._place()
        if self._from and self._from != self._figures and self._may_move():
            self._easing.start()

    def _shown_figures(self) -> TreeFigures:
        """What is painted now: on the way to `figures` for a moment after another galaxy was chosen."""
        if self._easing.state() is QVariantAnimation.State.Stopped:
            return self._figures
        return blended(self._from, self._figures, float(self._easing.currentValue()))

    def _may_move(self) -> bool:
        """False where the system asks for less motion, and while nobody sees it."""
        return self.isVisible() and self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0

    def _place(self) -> None:
        """Lay the tree out for the size of the pane."""
        room = self.viewport().height() - 2 * MARGIN
        self._layout, self._scale = self._at_scale(1.0), 1.0
        if self._fits and self._layout.height > room:
            self._layout, self._scale = self._fitted(room)
        bar = self.verticalScrollBar()
        bar.setRange(
            0, max(0, math.ceil(self._layout.height * self._scale) + 2 * MARGIN - self.viewport().height())
        )
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(24)
        self.setAccessibleDescription(self._in_words())
        self.viewport().update()

    def _at_scale(self, scale: float) -> TreeLayout:
        """The layout that fills the width of the pane when it is drawn at `scale`."""
        width = (self.viewport().width() - 2 * MARGIN) / scale
        folded = {name for name in self._figures if self._is_folded(name)}
        return lay_out(self._schema, width, folded=folded, heading_lines=self._painter.heading_lines)

    def _fitted(self, room: float) -> tuple[TreeLayout, float]:
        """The layout at the largest scale at which it is no higher than `room`, or at the smallest that is legible."""
        small, large = SMALLEST_SCALE, 1.0
        for _ in range(SCALE_STEPS):
            middle = (small + large) / 2
            if self._at_scale(middle).height * middle <= room:
                small = middle
            else:
                large = middle
        return self._at_scale(small), small

    def _is_folded(self, name: str) -> bool:
        hardly_asked = self._figures[name].asked < FOLD_BELOW  # False for NaN: an unknown share folds nothing
        return hardly_asked != (name in self._toggled)

    def _in_words(self) -> str:
        """The likeliest path, for a screen reader."""
        answers = [
            f"{question.text} {answer.text}"
            for question in self._schema.reading_order
            for label, answer in zip(question.label_columns, question.answers, strict=True)
            if self._figures[question.name].answers[label].is_likeliest
        ]
        return "; ".join(answers)

    def _at(self, point: QPoint | QPointF) -> tuple[float, float]:
        """A point of the viewport in the coordinates of the layout."""
        return (point.x() - MARGIN) / self._scale, (
            point.y() - MARGIN + self.verticalScrollBar().value()
        ) / self._scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the part that is scrolled to."""
        with QPainter(self.viewport()) as painter:
            painter.setClipRect(event.rect())
            painter.translate(MARGIN, MARGIN - self.verticalScrollBar().value())
            painter.scale(self._scale, self._scale)
            self._painter.paint(painter, self._layout, self._shown_figures(), self._hovered)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._place()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the answer under the mouse."""
        row = self._layout.row_at(*self._at(event.position()))
        hovered = row.label if row is not None else ""
        if hovered != self._hovered:
            self._hovered = hovered
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        super().leaveEvent(event)
        self._hovered = ""
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A heading folds or unfolds; an answer offers what can be done with it."""
        place = self._at(event.position())
        card, row = self._layout.card_at(*place), self._layout.row_at(*place)
        if row is not None:
            self._menu.offer(row.label, event.globalPosition().toPoint())
        elif card is not None and event.button() is Qt.MouseButton.LeftButton:
            self._toggled ^= {card.question.name}
            self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus unfolds every question, minus returns to folding those hardly asked."""
        if event.key() == Qt.Key.Key_Plus:
            self._toggled = {name for name, figures in self._figures.items() if figures.asked < FOLD_BELOW}
            self._place()
        elif event.key() == Qt.Key.Key_Minus:
            self._toggled = set()
            self._place()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Exact figures on hover."""
        if event.type() == QEvent.Type.ToolTip:
            assert isinstance(event, QHelpEvent)
            row = self._layout.row_at(*self._at(event.pos()))
            QToolTip.showText(
                event.globalPos(), self.exact_figures(row.label) if row is not None else "", self
            )
            return True
        return super().viewportEvent(event)

    def exact_figures(self, label: str) -> str:
        """All that is known of one answer, with three digits, one fact a line."""
        question = self._schema.question_of(label)
        figures = self._figures[question.name]
        shown = figures.answers[label]
        lines = [label]
        if not math.isnan(shown.fraction):
            has_interval = not math.isnan(shown.lower)
            interval = f", 90 % interval {shown.lower:.3f} to {shown.upper:.3f}" if has_interval else ""
            lines.append(f"model: {shown.fraction:.3f}{interval}")
        if not math.isnan(shown.volunteers):
            votes = f" of {figures.votes:.0f} votes" if figures.votes > 0 else ""
            lines.append(f"{self._said_by}: {shown.volunteers:.3f}{votes}")
        if not math.isnan(figures.asked):
            lines.append(f"question asked of {100 * figures.asked:.1f} %")
        return "\n".join(lines)
