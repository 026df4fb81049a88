"""The tree of the galaxy being looked at."""

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu

from gzviewer.core.predictions import Predictions
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import resource_folder
from gzviewer.session.selection import Selection
from gzviewer.ui.theme import DARK, LIGHT, Icons
from gzviewer.ui.tree_view import TreeView


class Predicted(QObject):
    """Stands for a PredictionModel whose store is not of interest here."""

    changed = Signal(object)

    def __init__(self, predictions):
        super().__init__()
        self.predictions = predictions


class Sortable(QObject):
    """Remembers what it was asked to sort by."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def fraction_name(self, label, model=None):
        return f"{label}_fraction"

    def sort_by(self, column, *, descending=False):
        self.asked.append((column, descending))


def predicted(schema, rows=3):
    shape = (rows, 1, len(schema.label_columns))
    return Predicted(Predictions(schema, "m", np.random.default_rng(1).uniform(1, 30, shape).astype("f4")))


@pytest.fixture
def make(qtbot):
    def make(name="gz2_ortho_schema", model=None, theme=DARK, size=(460, 900)):
        schema, selection, sortable = load_schema(name), Selection(), Sortable()
        view = TreeView(
            schema,
            selection,
            predictions=model,
            votes=None,
            columns=sortable,
            sort_by=sortable.sort_by,
            theme=theme,
            icons=Icons(resource_folder() / "icons"),
        )
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        return view, selection, sortable

    return make


def picture(view):
    image = QImage(view.viewport().size(), QImage.Format.Format_RGB32)
    view.viewport().render(image)
    return image


def test_another_current_galaxy_brings_other_numbers(make, qtbot):
    view, selection, _ = make(model=predicted(load_schema("gz2_ortho_schema")))
    selection.set_current(0)
    qtbot.waitUntil(lambda: view.figures["bar-gz2"].asked > 0)
    first = view.figures
    selection.set_current(1)
    qtbot.waitUntil(lambda: view.figures != first)


def test_a_stored_part_is_drawn_without_being_asked(make, qtbot):
    model = predicted(load_schema("gz2_ortho_schema"))
    numbers = model.predictions.concentrations.copy()
    model.predictions.concentrations[:] = np.nan
    view, selection, _ = make(model=model)
    selection.set_current(0)
    qtbot.waitUntil(lambda: np.isnan(view.figures["bar-gz2"].asked))
    before = picture(view)
    model.predictions.concentrations[:] = numbers
    model.changed.emit(np.arange(3))
    qtbot.waitUntil(lambda: picture(view) != before)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("name", schema_names())
def test_every_tree_is_drawn_from_narrow_to_wide(make, name, theme):
    view, _, _ = make(name, predicted(load_schema(name)), theme)
    for width in (320, 460, 900):
        view.resize(width, 700)
        assert picture(view).constBits() is not None
    assert view.verticalScrollBar().maximum() >= 0


def test_a_tall_pane_shows_the_whole_tree_and_a_low_one_scrolls(make):
    view, _, _ = make(size=(460, 1400))
    assert view.verticalScrollBar().maximum() == 0
    view.resize(460, 300)
    assert view.verticalScrollBar().maximum() > 0


def test_fitting_shrinks_the_tree_into_a_pane_that_is_a_little_low(make):
    view, _, _ = make(size=(460, 860))
    view.set_fits(False)
    assert view.verticalScrollBar().maximum() > 0
    view.set_fits(True)
    assert view.verticalScrollBar().maximum() == 0


def test_hovering_an_answer_gives_its_exact_figures(make, qtbot):
    view, selection, _ = make(model=predicted(load_schema("gz2_ortho_schema")))
    selection.set_current(2)
    qtbot.waitUntil(lambda: view.figures["bar-gz2"].asked > 0)
    shown = view.figures["bar-gz2"].answers["bar-gz2_yes"]
    words = view.exact_figures("bar-gz2_yes")
    assert f"model: {shown.fraction:.3f}, 90 % interval {shown.lower:.3f} to {shown.upper:.3f}" in words
    assert "bar-gz2_yes" in words


def test_a_click_on_an_answer_offers_to_sort_by_it(make, qtbot):
    view, _, sortable = make(size=(460, 1400))
    place = QPoint(200, 60)  # a row of the first card
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    menu = view.findChild(QMenu)
    menu.actions()[0].trigger()
    menu.close()
    assert sortable.asked == [("smooth-or-featured-gz2_smooth_fraction", True)]


def test_a_click_on_a_question_folds_it_and_another_unfolds_it(make, qtbot):
    view, _, _ = make(size=(460, 1400))
    before = picture(view)
    heading = QPoint(120, 20)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert picture(view) != before
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert picture(view) == before


def test_a_screen_reader_is_told_the_likeliest_path(make, qtbot):
    view, selection, _ = make(model=predicted(load_schema("gz2_ortho_schema")))
    selection.set_current(0)
    qtbot.waitUntil(lambda: "Is the galaxy" in view.accessibleDescription())
