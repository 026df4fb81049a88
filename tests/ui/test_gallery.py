import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from gzviewer.session.captions import Captions
from gzviewer.ui.gallery import Gallery
from gzviewer.ui.gallery_layout import GridLayout
from gzviewer.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # of the offscreen platform


@pytest.fixture
def open_gallery(make_catalog, make_loader, make_rows, selection, qtbot):
    """A gallery of that many galaxies on the screen, 4 columns wide."""

    def open_gallery(count, **more):
        catalog = make_catalog(count, **more)
        rows, images = make_rows(np.arange(count)), make_loader(catalog)
        gallery = Gallery(rows, selection, images, Captions(catalog), DARK)
        gallery.rows, gallery.images = rows, images
        qtbot.addWidget(gallery)
        gallery.resize(400, 300)
        with qtbot.waitExposed(gallery):
            gallery.show()
        return gallery

    return open_gallery


def tile(gallery, position):
    """Middle of a tile in the viewport."""
    return gallery._area_of(position).center()


def colour_at(gallery, position):
    return gallery.grab().toImage().pixelColor(tile(gallery, position) - QPoint(0, 12))


def click(qtbot, gallery, position, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, modifier, tile(gallery, position))


def wheel(gallery, steps, modifier):
    at = QPointF(50, 50)
    buttons, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, at, QPoint(), QPoint(0, 120 * steps), buttons, modifier, phase, False)
    QApplication.sendEvent(gallery.viewport(), event)


def test_tiles_show_their_images_once_they_are_read(open_gallery, qtbot):
    gallery = open_gallery(3)
    for position, colour in enumerate(("#fa0000", "#00fa00", "#0000fa")):
        qtbot.waitUntil(lambda: colour_at(gallery, position) == QColor(colour))  # noqa: B023 - waited for here


def test_only_what_is_near_the_screen_is_asked_for(open_gallery, qtbot):
    gallery = open_gallery(100_000)
    qtbot.waitUntil(lambda: gallery.images.thumbnail(0) is not None)
    assert len(gallery._places) < 30
    gallery.verticalScrollBar().setValue(gallery.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: gallery.images.thumbnail(99_999) is not None)
    assert gallery.images.thumbnail(50_000) is None


def test_ten_million_large_tiles_can_be_scrolled_to_their_end(open_gallery, qtbot):
    gallery = open_gallery(3)
    gallery.resize(200, 300)
    gallery.set_tile_size(320)
    gallery.rows.show(np.zeros(10_000_000, dtype=np.int64))
    assert gallery._layout.height > 1 << 30
    gallery.verticalScrollBar().setValue(gallery.verticalScrollBar().maximum())
    assert 9_999_999 in gallery._seen()


def test_painting_costs_the_same_for_any_number_of_galaxies(open_gallery, qtbot):
    def cost(gallery):
        times = []
        for _ in range(20):
            start = time.perf_counter()
            gallery.grab()
            times.append(time.perf_counter() - start)
        return min(times)

    assert cost(open_gallery(1_000_000)) < 5 * cost(open_gallery(100)) + 0.005


def test_keys_move_as_in_a_file_manager(open_gallery, selection, qtbot):
    gallery = open_gallery(50)
    columns = gallery._layout.columns
    key = Qt.Key
    journey = ((key.Key_Right, 0), (key.Key_Right, 1), (key.Key_Down, 1 + columns), (key.Key_Left, columns))
    for pressed, row in (
        *journey,
        (key.Key_Up, 0),
        (key.Key_End, 49),
        (key.Key_Right, 49),
        (key.Key_Home, 0),
    ):
        qtbot.keyClick(gallery, pressed)
        assert (selection.current, selection.rows.tolist()) == (row, [row])
    qtbot.keyClick(gallery, key.Key_PageDown)
    assert selection.current == columns * (gallery.viewport().height() // gallery._layout.pitch)


def test_shift_selects_the_way_from_where_one_stood(open_gallery, selection, qtbot):
    gallery = open_gallery(50)
    click(qtbot, gallery, 2)
    qtbot.keyClick(gallery, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(gallery, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert selection.rows.tolist() == [2, 3, 4]
    click(qtbot, gallery, 1, Qt.KeyboardModifier.ShiftModifier)
    assert selection.rows.tolist() == [1, 2]


def test_control_click_and_space_toggle_one_galaxy(open_gallery, selection, qtbot):
    gallery = open_gallery(50)
    click(qtbot, gallery, 2)
    click(qtbot, gallery, 5, Qt.KeyboardModifier.ControlModifier)
    assert selection.rows.tolist() == [2, 5]
    qtbot.keyClick(gallery, Qt.Key.Key_Space)
    assert (selection.rows.tolist(), selection.current) == ([2], 5)


def test_everything_visible_is_selected_and_given_up(open_gallery, selection, qtbot):
    gallery = open_gallery(50)
    gallery.rows.show([3, 1, 4])
    qtbot.keyClick(gallery, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert selection.rows.tolist() == [1, 3, 4]
    qtbot.keyClick(gallery, Qt.Key.Key_Escape)
    assert len(selection.rows) == 0


def test_looking_at_members_of_a_lasso_does_not_lose_it(open_gallery, selection, qtbot):
    gallery = open_gallery(50)
    selection.replace([1, 2, 9])
    click(qtbot, gallery, 2)
    qtbot.keyClick(gallery, Qt.Key.Key_Right)
    qtbot.keyClick(gallery, Qt.Key.Key_N)
    assert (selection.current, selection.rows.tolist()) == (4, [1, 2, 9])
    click(qtbot, gallery, 6)
    assert selection.rows.tolist() == [6]


def test_typing_the_beginning_of_an_id_goes_there(open_gallery, selection, qtbot):
    gallery = open_gallery(3000)
    qtbot.keyClicks(gallery, "G00104")
    assert selection.current == 1040
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier, "2")
    event.ignore()
    QApplication.sendEvent(gallery, event)
    assert event.isAccepted()  # not a shortcut of the window while an id is being typed
    qtbot.keyClicks(gallery, "2")
    assert selection.current == 1042


def test_a_galaxy_chosen_elsewhere_is_scrolled_into_view(open_gallery, selection):
    gallery = open_gallery(5000)
    selection.set_current(4321)
    assert gallery.viewport().rect().contains(gallery._area_of(4321))
    assert gallery.accessibleDescription() == "g004321, 4322 of 5000"


def test_resizing_keeps_the_current_tile_in_view(open_gallery, selection):
    gallery = open_gallery(5000)
    selection.set_current(4321)
    for size in ((900, 500), (200, 150), (400, 300)):
        gallery.resize(*size)
        assert gallery.viewport().rect().contains(gallery._area_of(4321))


def test_control_and_wheel_make_tiles_larger(open_gallery, qtbot):
    gallery = open_gallery(50)
    side = gallery._layout.side
    with qtbot.waitSignal(gallery.tile_size_changed):
        wheel(gallery, 4, Qt.KeyboardModifier.ControlModifier)
    assert gallery._layout.side > side
    gallery.set_tile_size(10_000)
    assert gallery.tile_size == 320


def test_other_rows_are_shown_in_their_order(open_gallery, qtbot):
    gallery = open_gallery(50)
    gallery.rows.show([2, 1])
    qtbot.waitUntil(lambda: colour_at(gallery, 0) == QColor("#0000fa"))
    gallery.rows.show([])
    assert gallery.grab().toImage().pixelColor(4, 4) == QColor(DARK.panel)


def test_a_tile_without_an_image_says_what_was_tried(open_gallery, qtbot):
    gallery = open_gallery(2, images=["", ""], tried=lambda row: f"/images/{row}.jpg")
    at = tile(gallery, 1)
    QApplication.sendEvent(
        gallery.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, gallery.viewport().mapToGlobal(at))
    )
    assert QToolTip.text().splitlines() == ["g000001", "No image was found. Tried /images/1.jpg"]
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_missing_image_is_quiet_and_only_an_unreadable_one_warns(open_gallery, tmp_path, qtbot):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    gallery = open_gallery(2, images=["", str(broken)])
    qtbot.waitUntil(lambda: bool(gallery.images.problem(1)))
    QApplication.sendPostedEvents()
    picture = gallery.grab().toImage()
    brightest = [_brightest(picture, gallery._area_of(place).adjusted(8, 8, -8, -24)) for place in (0, 1)]
    assert 10 < brightest[0] < 80
    assert brightest[1] > 120


def _brightest(picture, area):
    corners = ((x, y) for x in range(area.left(), area.right()) for y in range(area.top(), area.bottom()))
    return max(picture.pixelColor(x, y).lightness() for x, y in corners)


def test_enter_and_double_click_open_a_galaxy(open_gallery, qtbot):
    gallery = open_gallery(5)
    click(qtbot, gallery, 3)
    with qtbot.waitSignal(gallery.activated) as heard:
        qtbot.keyClick(gallery, Qt.Key.Key_Return)
    assert heard.args == [3]
    with qtbot.waitSignal(gallery.activated) as heard:
        qtbot.mouseDClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=tile(gallery, 1))
    assert heard.args == [1]


def test_the_ground_follows_the_theme(open_gallery):
    gallery = open_gallery(1)
    gallery.set_theme(LIGHT)
    assert gallery.grab().toImage().pixelColor(3, 200) == QColor(LIGHT.panel)


@pytest.mark.parametrize("width", [60, 100, 392, 1234])
def test_the_grid_fills_the_width_with_tiles_near_the_wanted_size(width):
    layout = GridLayout(count=100, width=width, wanted_side=88)
    right = layout.corner(layout.columns - 1)[0] + layout.side
    assert width - layout.margin - layout.columns < right <= width - layout.margin
    assert width < 100 or 0.65 < layout.side / 88 < 1.5


def test_every_tile_is_found_under_its_middle_and_none_between():
    layout = GridLayout(count=10, width=300, wanted_side=60)
    for position in range(10):
        x, y = layout.corner(position)
        assert layout.position_at(x + layout.side // 2, y + layout.side // 2) == position
        assert layout.position_at(x - 1, y) == -1
    x, y = layout.corner(9)
    assert layout.position_at(x + layout.pitch, y) == -1


def test_the_seen_tiles_are_those_that_overlap_the_window():
    layout = GridLayout(count=1000, width=300, wanted_side=60)
    for top in (0, 7, 8, 100, 5000, layout.height - 200):
        corners = [layout.corner(position)[1] for position in range(1000)]
        overlapping = [place for place, y in enumerate(corners) if y < top + 200 and y + layout.side > top]
        seen = layout.seen(top, 200)
        assert set(overlapping) <= set(seen)
        assert len(seen) <= len(overlapping) + layout.columns
