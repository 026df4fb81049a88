import math

import numpy as np
import pytest
from astropy.io import fits
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from gzviewer.core.image import Image
from gzviewer.ui.galaxy_canvas import Brightness
from gzviewer.ui.galaxy_view import GalaxyView, value_text
from gzviewer.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # of the offscreen platform


@pytest.fixture
def open_view(make_catalog, make_loader, selection, qtbot):
    """The view of a catalog's galaxies, 300 x 300 pixels of canvas, looking at the first."""

    def open_view(count=3, **more):
        catalog = make_catalog(count, **more)
        images = make_loader(catalog)
        selection.set_current(0)
        view = GalaxyView(catalog, selection, images, DARK)
        view.images = images
        qtbot.addWidget(view)
        view.resize(300, 300)
        with qtbot.waitExposed(view):
            view.show()
        qtbot.waitUntil(lambda: images.full(0) is not None or bool(images.problem(0)))
        QApplication.sendPostedEvents()
        return view

    return open_view


@pytest.fixture
def measured(tmp_path):
    """A FITS image of 20 x 10 pixels whose values count from 0."""
    return _written(tmp_path / "measured.fits", np.arange(200).reshape(10, 20))


@pytest.fixture
def on_the_sky(tmp_path):
    """A FITS image of 3 bands, 20 x 20 pixels of a second of arc around RA 10 h 20 m, Dec +12."""
    cards = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 155.0, "CRVAL2": 12.0, "BANDS": "grz"}
    cards |= {"CRPIX1": 10.5, "CRPIX2": 10.5, "CDELT1": -1 / 3600, "CDELT2": 1 / 3600}
    return _written(tmp_path / "on_the_sky.fits", np.ones((3, 20, 20)), **cards)


def _written(path, pixels, **cards):
    hdu = fits.PrimaryHDU(pixels.astype(np.float32))
    hdu.header.update(cards)
    hdu.writeto(path)
    return str(path)


def colour(view, x=150, y=150):
    return view.canvas.grab().toImage().pixelColor(x, y)


def words(view):
    return view.canvas._overlay


def test_the_current_galaxy_is_shown_with_its_name_and_position(open_view, selection, qtbot):
    view = open_view()
    qtbot.waitUntil(lambda: colour(view) == QColor("#fa0000"))
    assert words(view).title == "g000000"
    assert words(view).left == ("RA 10:21:07.2  Dec +12:40:05",)
    selection.set_current(1)
    assert words(view).title == "g000001"
    qtbot.waitUntil(lambda: colour(view) == QColor("#00fa00"))


def test_lines_of_the_caller_stand_under_the_position(open_view):
    view = open_view(ra=np.full(3, np.nan))
    view.set_details(lambda row: (f"row {row}",))
    assert words(view).left == ("row 0",)


def test_a_simulated_galaxy_is_said_to_be_one(open_view):
    assert words(open_view(is_simulated=True)).badge == "simulated galaxy"
    assert words(open_view()).badge == ""


def test_an_image_that_is_not_there_leaves_black_and_says_what_was_tried(open_view):
    view = open_view(images=["", "", ""], tried=lambda row: f"/images/{row}.jpg")
    assert colour(view, 20, 280) == QColor("black")
    assert words(view).message == "No image to show"
    assert "/images/0.jpg" in words(view).reason
    assert words(view).reason.endswith("File ▸ Columns and image folder (Ctrl+L).")


def test_a_file_that_cannot_be_read_is_not_looked_for_elsewhere(open_view, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    view = open_view(1, images=[str(tmp_path / "broken.png")])
    assert "broken.png" in words(view).reason
    assert "Ctrl+L" not in words(view).reason


def test_an_old_image_is_dimmed_when_the_new_one_keeps_one_waiting(open_view, selection, qtbot, monkeypatch):
    view = open_view()
    monkeypatch.setattr(view.images, "request_full", lambda row: None)
    selection.set_current(1)
    assert colour(view) == QColor("#fa0000")
    qtbot.waitUntil(lambda: words(view).is_waiting)
    assert colour(view, 150, 60).red() < 80


def test_the_wheel_zooms_about_the_cursor_and_zero_fits_again(open_view, qtbot):
    view, at = open_view(), QPointF(40, 90)
    before = view.canvas.placing.to_image(at.x(), at.y())
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(at, at, QPoint(), QPoint(0, 240), none, Qt.KeyboardModifier.NoModifier, phase, False)
    QApplication.sendEvent(view.canvas, turn)
    assert view.canvas.placing.zoom == pytest.approx(300 / 64 * 1.25**2)
    assert view.canvas.placing.to_image(at.x(), at.y()) == pytest.approx(before)
    qtbot.keyClick(view.canvas, Qt.Key.Key_0)
    assert view.canvas.placing.is_fitted
    qtbot.keyClick(view.canvas, Qt.Key.Key_1)
    assert view.canvas.placing.zoom == 1


def test_dragging_moves_the_image_with_the_cursor(open_view, qtbot):
    view = open_view()
    before = view.canvas.placing.to_image(100, 100)
    drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(130, 90))
    assert view.canvas.placing.to_image(130, 90) == pytest.approx(before)


def drag(qtbot, view, button, start, end):
    qtbot.mousePress(view.canvas, button, pos=start)
    qtbot.mouseMove(view.canvas, end)
    qtbot.mouseRelease(view.canvas, button, pos=end)


def test_the_next_galaxy_is_shown_at_the_same_zoom_and_place(open_view, selection, qtbot):
    view = open_view()
    view.canvas.zoom_to(10.0, QPointF(0, 0))
    placing = view.canvas.placing
    selection.set_current(1)
    qtbot.waitUntil(lambda: colour(view) == QColor("#00fa00"))
    assert view.canvas.placing == placing


def test_only_measurements_have_a_strip_for_their_stretch(open_view, selection, measured, qtbot):
    view = open_view(2, images=[measured, ""])
    assert view._bar.isVisible()
    assert words(view).right[0] == "ASINH · 99.5 %"
    selection.set_current(1)
    assert not view._bar.isVisible()


def test_the_strip_chooses_the_stretch_in_the_words_of_ds9(open_view, measured, qtbot):
    view = open_view(1, images=[measured])
    words_shown = [action.text() for action in view._bar._scale.menu().actions()]
    assert words_shown[:2] == ["Linear", "Log"]
    with qtbot.waitSignal(view.images.full_ready):
        view._bar._scale.menu().actions()[0].trigger()
    assert view.images.stretch.kind == "Linear"
    assert words(view).right[0] == "Linear · 99.5 %"


def test_limits_of_ones_own_begin_with_those_in_use(open_view, measured, qtbot):
    view = open_view(1, images=[measured])
    view._bar._limits.menu().actions()[0].trigger()
    view._bar._limits.menu().actions()[-1].trigger()
    assert (view.images.stretch.low, view.images.stretch.high) == (0, 199)
    view._bar._high.setText("100")
    with qtbot.waitSignal(view.images.full_ready):
        view._bar._high.editingFinished.emit()
    assert (view.images.stretch.limits, view.images.stretch.high) == ("User", 100)


def point_at(qtbot, view, x, y):
    qtbot.mouseMove(view.canvas, QPoint(*map(round, view.canvas.placing.to_view(x, y))))


def test_the_value_under_the_cursor_is_read_out(open_view, measured, qtbot):
    view = open_view(1, images=[measured])
    point_at(qtbot, view, 2.5, 9.5)
    assert view._bar._readout.text() == "x 3.0  y 1.0    2"
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert view._bar._readout.text() == ""


def test_the_sky_under_the_cursor_is_read_out_beside_the_values_of_all_bands(open_view, on_the_sky, qtbot):
    view = open_view(1, images=[on_the_sky])
    view.canvas.pointed.emit(QPointF(10, 10))
    value, sky = view._bar._readout.text().splitlines()
    assert value == "x 10.5  y 10.5    g 1  r 1  z 1"
    assert sky == "RA 10:20:00.000  Dec +12:00:00.00"
    view.canvas.pointed.emit(QPointF(10, 5))
    assert view._bar._readout.text().endswith("Dec +12:00:05.00")


def test_the_readout_follows_an_image_that_changes_under_a_still_cursor(
    open_view, measured, on_the_sky, selection, qtbot
):
    view = open_view(2, images=[measured, on_the_sky])
    point_at(qtbot, view, 10, 5)
    selection.set_current(1)
    qtbot.waitUntil(lambda: "RA 10:" in view._bar._readout.text())
    before = view._bar._readout.text()
    view.canvas.zoom_to(60.0, QPointF(0, 0))
    assert view._bar._readout.text() not in ("", before)


def test_the_position_of_an_image_stands_in_where_the_catalog_has_none(open_view, on_the_sky):
    unknown = {"ra": np.full(1, np.nan), "dec": np.full(1, np.nan)}
    assert words(open_view(1, images=[on_the_sky])).left == ("RA 10:21:07.2  Dec +12:40:05",)
    view = open_view(1, images=[on_the_sky], **unknown)
    assert words(view).left == ("centre RA 10:20:00.0  Dec +12:00:00",)


def test_size_and_extension_of_measurements_are_told(open_view, real_data):
    names = ("astropy_test0.fits", "M51.fits")
    view = open_view(1, images=[str(real_data / "fits" / names[0])])
    assert words(view).right == ("ASINH · 99.5 %", "40 × 40", "SCI, 1 of 4")
    view = open_view(1, images=[str(real_data / "fits" / names[1])])
    assert words(view).right == ("ASINH · 99.5 %", "512 × 512")


def test_limits_of_ones_own_are_for_one_band_and_say_so(open_view, measured, on_the_sky, selection, qtbot):
    view = open_view(2, images=[measured, on_the_sky])
    own = view._bar._limits.menu().actions()[-1]
    own.trigger()
    assert view._bar._low.isVisible() and view._bar._low.isEnabled()
    selection.set_current(1)
    qtbot.waitUntil(lambda: not own.isEnabled())
    assert "one band" in own.toolTip()
    assert not view._bar._low.isEnabled()


@pytest.mark.parametrize("key", ["Left", "Right", "Up", "Down", "N", "P"])
def test_keys_that_the_image_has_no_use_for_reach_the_window(open_view, key, qtbot):
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key[f"Key_{key}"], Qt.KeyboardModifier.NoModifier, key.lower())
    event.accept()
    view = open_view()
    window, heard = view.window(), []
    window.keyPressEvent = lambda event: heard.append(event.key())
    QApplication.sendEvent(view.canvas, event)
    assert heard == [Qt.Key[f"Key_{key}"]]


def test_values_of_several_bands_are_named():
    image = Image(np.array([[[1.5, 2.5]]], np.float32), bands=("g", "r"), unit="nanomaggy")
    assert value_text(image, 0.2, 0.2) == "x 0.7  y 1.3    g 1.5  r 2.5 nanomaggy"
    assert value_text(image, 1.2, 0.2) == ""


def test_dragging_right_changes_contrast_and_bias_until_given_up(open_view, qtbot):
    view = open_view()
    drag(qtbot, view, Qt.MouseButton.RightButton, QPoint(100, 200), QPoint(130, 50))
    assert view.canvas.brightness.contrast == pytest.approx(math.e)
    assert view.canvas.brightness.bias == pytest.approx(0.4)
    qtbot.mouseDClick(view.canvas, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    assert view.canvas.brightness == Brightness()


def test_a_changed_contrast_is_seen_and_given_up_under_a_picture_too(open_view, qtbot):
    view = open_view()
    view.canvas.set_brightness(Brightness(contrast=2.0))
    assert view._bar.isVisible()
    assert not view._bar._scale.isVisible()
    view._bar._contrast.click()
    assert view.canvas.brightness == Brightness()
    assert not view._bar.isVisible()


def test_contrast_and_bias_act_on_every_pixel(open_view, qtbot):
    view = open_view()
    qtbot.waitUntil(lambda: colour(view) == QColor("#fa0000"))
    view.canvas.set_brightness(Brightness(contrast=1.0, bias=0.7))
    assert colour(view) == QColor(199, 0, 0)
    view.canvas.set_brightness(Brightness(contrast=-1.0, bias=0.5))
    assert colour(view) == QColor(5, 255, 255)


def test_large_pixels_are_squares_unless_smoothing_is_wanted(open_view, measured):
    view = open_view(1, images=[measured])
    view.canvas.zoom_to(50.0)
    x, y = (math.floor(side) for side in view.canvas.placing.to_view(10, 5.5))
    assert colour(view, x + 3, y) == colour(view, x + 45, y)
    view.canvas.set_pixels_shown(False)
    assert colour(view, x + 3, y) != colour(view, x + 45, y)


def test_the_image_stays_on_black_in_the_light_theme(open_view):
    view = open_view()
    view.set_theme(LIGHT)
    view.canvas.zoom_to(1.0)
    assert colour(view, 20, 280) == QColor("black")
