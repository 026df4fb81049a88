"""The room of the decision tree: which tree, what the colours mean, and the button that fills it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gzviewer.core.votes import Votes
from gzviewer.session.session import Session, Tree
from gzviewer.ui.theme import Icons, Theme, font_of_size
from gzviewer.ui.tree_view import TreeView

INTERVAL = ", 90 % interval"
SAID = {
    "counts": "volunteers",
    "fractions": "volunteers, raw",
    "weighted": "volunteers, weighted",
    "debiased": "volunteers, debiased",
    "cumulative": "volunteers",
    "concentrations": "catalog's predictions",
}


def said_by(votes: Votes, *, is_simulated: bool) -> str:
    """Whose the amber ticks are, in the words of the legend."""
    if is_simulated:
        return "simulated votes"
    return "catalog's predictions" if votes.is_predicted else SAID[votes.kind]


@dataclass(frozen=True)
class TreeLooks:
    """Title of the tree that is shown, whether trees are fitted, and title -> questions folded or unfolded by a person."""

    title: str
    fits: bool
    toggled: Mapping[str, frozenset[str]]


class TreePane(QWidget):
    """Every tree of a session, one at a time, under a legend."""

    def __init__(
        self, session: Session, predict: QAction, *, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._icons = icons
        self._before: Mapping[str, frozenset[str]] = {}
        self._views = [self._view(tree, theme) for tree in session.trees]
        self._stack = QStackedWidget()
        for view in self._views:
            self._stack.addWidget(view)
        self._choice = QComboBox()
        self._choice.addItems([tree.title for tree in session.trees])
        self._choice.setVisible(len(self._views) > 1)
        self._choice.currentIndexChanged.connect(self._choose)
        self._legend = Legend(theme)
        self._fit = QToolButton()
        self._fit.setCheckable(True)
        self._fit.setChecked(True)
        self._fit.setAutoRaise(True)
        self._fit.setToolTip("Fit the tree to the pane as far as it stays legible")
        self._fit.toggled.connect(self._set_fits)
        self._button = QPushButton()
        self._button.setProperty("accent", True)
        self._button.clicked.connect(predict.trigger)
        self._predict = predict
        self._set_out()
        self.set_theme(theme)
        predict.changed.connect(self._redraw)
        session.selection.current_changed.connect(self._redraw)
        if session.predictions is not None:
            session.predictions.changed.connect(self._redraw)
        session.prediction_began.connect(self.show_model)
        self._choice.setCurrentIndex(session.first_tree)
        self._choose(self._choice.currentIndex())

    @property
    def view(self) -> TreeView:
        """The tree that is shown; `IndexError` where there is none."""
        return self._views[self._stack.currentIndex()]

    @property
    def looks(self) -> TreeLooks:
        """How a person looks at the trees; those that are gone, or not here yet, included."""
        titles = [self._choice.itemText(place) for place in range(self._choice.count())]
        toggled = {title: view.toggled for title, view in zip(titles, self._views, strict=True)}
        return TreeLooks(self._choice.currentText(), self._fit.isChecked(), {**self._before, **toggled})

    def look_like(self, before: TreeLooks, *, chooses: bool) -> None:
        """Fit and fold as in the pane before; `chooses`: show the tree that it showed, where there is one of that title."""
        self._before = before.toggled
        for place, view in enumerate(self._views):
            view.set_toggled(before.toggled.get(self._choice.itemText(place), frozenset()))
        self._fit.setChecked(before.fits)
        place = self._choice.findText(before.title)
        if chooses and place >= 0:
            self._choice.setCurrentIndex(place)

    def show_model(self) -> None:
        """Show the tree of the model that is chosen here, where it answers one."""
        for place, tree in enumerate(self._session.trees):
            if tree.predictions is not None and tree.predictions is self._session.predictions:
                self._choice.setCurrentIndex(place)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        for view in self._views:
            view.set_theme(theme)
        self._legend.set_theme(theme)
        self._fit.setIcon(self._icons.icon("ui/fit", theme.quiet))

    def _view(self, tree: Tree, theme: Theme) -> TreeView:
        session = self._session
        return TreeView(
            tree.schema,
            session.selection,
            predictions=tree.predictions,
            votes=tree.votes,
            columns=session.columns,
            sort_by=session.sort_by,
            said_by=""
            if tree.votes is None
            else said_by(tree.votes, is_simulated=session.catalog.is_simulated),
            theme=theme,
            icons=self._icons,
        )

    def _set_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 4)
        head.addWidget(self._legend, 1)
        head.addWidget(self._fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if len(self._views) > 1:
            choice = QHBoxLayout()
            choice.setContentsMargins(10, 6, 10, 0)
            choice.addWidget(self._choice)
            column.addLayout(choice)
        column.addLayout(head)
        if self._views:
            column.addWidget(self._stack, 1)
        else:
            column.addWidget(
                _quiet(_why_none(self._session)),
                1,
            )
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 8, 10, 10)
        foot.addWidget(self._button)
        column.addLayout(foot)

    def _choose(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        if self._views:
            tree = self._session.trees[index]
            is_simulated = self._session.catalog.is_simulated
            ticks = "" if tree.votes is None else said_by(tree.votes, is_simulated=is_simulated)
            self._legend.set_shown(model=_whose(tree), ticks=ticks)
        self._redraw()

    def _set_fits(self, fits: bool) -> None:
        for view in self._views:
            view.set_fits(fits)

    def _redraw(self, _what: object = None) -> None:
        """The button stands here only while the galaxy being looked at has no prediction."""
        predictions, row = self._session.predictions, self._session.selection.current
        is_missing = predictions is not None and row >= 0 and not predictions.has_prediction(row)
        self._button.setText(self._predict.text())
        self._button.setEnabled(self._predict.isEnabled())
        trees = self._session.trees
        shown = trees[self._choice.currentIndex()].predictions if trees else None
        is_other = shown is not None and shown is not predictions
        self._button.setVisible(is_missing and self._predict.isEnabled() and not is_other)


class Legend(QWidget):
    """What bar, line and tick mean, drawn as they are drawn in the tree."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: list[tuple[str, Callable[[QPainter, float, float], None]]] = []
        self.setFont(font_of_size(11))
        self.setMinimumHeight(24)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self._theme = theme
        self.update()

    def set_shown(self, *, model: str, ticks: str) -> None:
        """Name only what can be seen in the tree: whose the bars are, whose the ticks; "" where there are none."""
        self._words = []
        if model:
            has_interval = model.endswith(INTERVAL)
            self._words.append((model, self._draw_bar if has_interval else self._draw_bare_bar))
        if ticks:
            self._words.append((ticks, self._draw_tick))
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(240, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - small enough to be drawn whole
        """Mark, words, mark, words."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            x, middle = 1.0, self.height() / 2
            share = (self.width() - 27 * len(self._words)) / max(1, len(self._words))
            for words, draw in self._words:
                draw(painter, x, middle)
                painter.setPen(QColor(self._theme.quiet))
                is_last = words == self._words[-1][0]
                width = int(self.width() - x - 27 if is_last else share)
                shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width)
                painter.drawText(
                    QRectF(x + 27, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, shown
                )
                x += 27 + painter.fontMetrics().horizontalAdvance(shown) + 12

    def _draw_bare_bar(self, painter: QPainter, x: float, middle: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.model))
        painter.drawRoundedRect(QRectF(x, middle - 4, 14, 8), 3, 3)

    def _draw_bar(self, painter: QPainter, x: float, middle: float) -> None:
        self._draw_bare_bar(painter, x, middle)
        painter.setBrush(QColor(self._theme.text))
        painter.drawRect(QRectF(x + 8, middle - 0.75, 13, 1.5))

    def _draw_tick(self, painter: QPainter, x: float, middle: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.volunteers))
        painter.drawRoundedRect(QRectF(x + 18, middle - 7, 3, 14), 1.2, 1.2)


def _whose(tree: Tree) -> str:
    """Whose the bars are, in the words of the legend."""
    if tree.predictions is None:
        return ""
    who = tree.predictions.beside or "model"
    return f"{who}{INTERVAL}" if tree.predictions.predictions.has_intervals else who


def _why_none(session: Session) -> str:
    """Why there is no tree to draw."""
    if session.predictions is not None or session.attached:
        return "What is shown here are values that answer no tree: they are columns of the gallery."
    if session.manifest is not None:
        return (
            f"The predictions of {session.manifest.title} cannot be shown, and the catalog holds no votes, so there is no "
            "tree to draw. The remarks on the catalog, below, tell why."
        )
    return "No model is installed and the catalog holds no votes, so there is no tree to draw."


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("quiet", True)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setContentsMargins(24, 24, 24, 24)
    return label
