import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from gzviewer.ui.galaxy_overlay import Overlay, compass_arms, paint_overlay, scale_bar
from gzviewer.ui.galaxy_zoom import Placing
from gzviewer.ui.theme import DARK

SIDE = 300


@pytest.fixture
def on_ground(qapp):
    """A picture of one colour with title, lines, scale bar and compass over it."""

    def on_ground(colour):
        picture = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
        picture.fill(colour)
        overlay = Overlay("NGC 1300", ("left",), ("right",), arcsec_per_pixel=0.25, north_deg=0.0)
        painter = QPainter(picture)
        paint_overlay(painter, QRectF(picture.rect()), overlay, DARK, zoom=1.0)
        painter.end()
        return picture

    return on_ground


def lightness(picture, area):
    columns, lines = range(area.left(), area.right()), range(area.top(), area.bottom())
    return sorted(picture.pixelColor(x, y).lightness() for x in columns for y in lines)


@pytest.mark.parametrize("ground", [Qt.GlobalColor.white, Qt.GlobalColor.black, Qt.GlobalColor.gray])
def test_what_is_written_is_white_on_dark_whatever_is_under_it(on_ground, ground):
    picture = on_ground(ground)
    title, right = QRect(14, 14, 70, 18), QRect(250, 14, 36, 14)
    bar, compass = QRect(14, 262, 70, 14), QRect(240, 240, 46, 46)
    for area in (title, right, bar, compass):
        levels = lightness(picture, area)
        assert levels[0] < 110
        assert levels[-1] > 200
    assert picture.pixelColor(150, 150) == ground


def test_the_scale_bar_is_the_longest_round_length_that_fits():
    bar = scale_bar(arcsec_per_pixel=0.25, zoom=2.0, view_width=800)
    assert (bar.text, bar.length) == ("20″", 160)
    assert scale_bar(60.0, 1.0, 800).text == "3°" or scale_bar(60.0, 1.0, 800).text == "2°"
    assert scale_bar(float("nan"), 1.0, 800) is None


@pytest.mark.parametrize(
    ("north_deg", "is_mirrored", "north", "east"),
    [(0, False, (0, -1), (-1, 0)), (0, True, (0, -1), (1, 0)), (90, False, (-1, 0), (0, 1))],
)
def test_the_compass_points_north_and_east(north_deg, is_mirrored, north, east):
    arms = compass_arms(north_deg, is_mirrored=is_mirrored)
    assert [(round(arm.x(), 6), round(arm.y(), 6)) for arm in arms] == [north, east]


def test_points_go_to_the_image_and_back():
    placing = Placing(100, 50, 400.0, 300.0).fitted().zoomed(7.0, 30.0, 40.0).panned(11.0, -5.0)
    assert placing.to_view(*placing.to_image(12.0, 34.0)) == pytest.approx((12.0, 34.0))
