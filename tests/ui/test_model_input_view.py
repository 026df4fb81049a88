"""The panel that shows what the model sees: hard pixels, exact values, the square on the image."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel

from gzviewer.io.manifest import read_manifest
from gzviewer.io.settings import resource_folder
from gzviewer.session.model_input import ModelInput
from gzviewer.ui.galaxy_view import GalaxyView
from gzviewer.ui.model_input_view import ModelInputView
from gzviewer.ui.theme import DARK


@pytest.fixture
def manifest():
    manifest = read_manifest(next((resource_folder() / "models").glob("*/manifest.toml")).parent)
    return replace(manifest, side=32, crop_fraction=0.5)


@pytest.fixture
def shown(make_catalog, make_loader, selection, manifest, qtbot):
    """The galaxy, and beside it what the model sees of the first of three."""
    catalog = make_catalog(3)
    source = ModelInput(catalog, manifest)
    selection.set_current(0)
    galaxy = GalaxyView(catalog, selection, make_loader(catalog), DARK)
    view = ModelInputView(source, selection, galaxy.canvas, DARK)
    for widget in (galaxy, view):
        qtbot.addWidget(widget)
        widget.resize(300, 400)
    galaxy.show()
    with qtbot.waitSignals([source.ready, galaxy.canvas.placing_changed]):
        view.show()
    yield view
    source.close()


def point_at(widget, place):
    none = Qt.MouseButton.NoButton
    where = widget.mapToGlobal(place)
    widget.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, place, where, none, none, Qt.KeyboardModifier.NoModifier)
    )


def words(view):
    return " ".join(label.text() for label in view.findChildren(QLabel))


def test_each_pixel_is_a_square_of_whole_screen_pixels(shown):
    target = shown.pixels.target
    assert target.width() % 32 == 0
    image = shown.pixels.grab(target.toRect()).toImage()
    assert image.pixelColor(0, 0).getRgb()[:3] == (250, 0, 0)


def test_the_value_under_the_cursor_is_exact(shown):
    point_at(shown.pixels, shown.pixels.target.center())
    assert "x 16  y 16    0.980  0.000  0.000" in words(shown)
    point_at(shown.pixels, QPointF(0, 0))
    assert "32 × 32, 3 bands, of the middle 32 of 64 × 64" in words(shown)


def test_the_square_that_is_seen_lies_over_the_image(shown):
    canvas = shown.frame.parent()
    side = canvas.placing.zoom * 64
    expected = QRectF(0, 0, side / 2, side / 2)
    expected.moveCenter(QRectF(canvas.rect()).center())
    assert shown.frame.isVisible()
    assert shown.frame.square == expected
    assert shown.frame.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_the_recipe_is_told_in_words(shown):
    assert "central 50 % of the shorter side · bilinear to 32 × 32" in words(shown)
    assert "FITS" not in words(shown)  # the image is a picture


def test_it_follows_the_selection_and_asks_for_nothing_while_hidden(shown, selection, qtbot):
    with qtbot.waitSignal(shown._source.ready):
        selection.set_current(1)
    assert shown.pixels.grab(shown.pixels.target.toRect()).toImage().pixelColor(0, 0).green() == 250
    shown.hide()
    with qtbot.assertNotEmitted(shown._source.ready, wait=200):
        selection.set_current(2)
    assert shown._source.preview(2) is None
    assert not shown.frame.isVisible()


def test_why_there_is_nothing_to_see_is_written_in_its_place(shown, qtbot):
    problem = "/a/long/path/" + "deep/" * 40 + "broken.png cannot be read: it is cut short."
    shown.pixels.set_preview(None)
    empty = shown.pixels.grab().toImage()
    shown.pixels.set_preview(replace(shown._source.preview(0), problem=problem))
    assert shown.pixels.grab().toImage() != empty
    shown._value.setText(problem)
    assert shown._value.toolTip() == problem
    assert shown.minimumSizeHint().width() < 300
