from itertools import product

import pytest
from PySide6.QtGui import QColor, QFontMetricsF, QPalette

from gzviewer.ui.theme import DARK, LIGHT, Icons, ThemeModel, apply_theme, font_of_size, palette_of

WRITTEN = ("text", "quiet", "model", "volunteers", "experts", "danger")
GROUNDS = ("ground", "panel", "card", "track", "hover")
OVER_IMAGES = ("on_image", "on_image_quiet", "on_image_model", "on_image_experts", "on_image_danger")
DISC = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/></svg>'


@pytest.fixture
def icons(tmp_path, qapp):
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "disc.svg").write_text(DISC, encoding="utf-8")
    return Icons(tmp_path)


@pytest.fixture
def application(qapp):
    """The application, given back as it was."""
    palette, sheet, font = QPalette(qapp.palette()), qapp.styleSheet(), qapp.font()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


def luminance(colour):
    """Relative luminance, WCAG 2."""
    channels = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("written", "ground"), list(product(WRITTEN, GROUNDS)))
def test_whatever_is_written_can_be_read_on_every_ground(theme, written, ground):
    assert contrast(getattr(theme, written), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_an_accent_button_and_words_over_an_image_can_be_read(theme):
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert all(contrast(getattr(theme, name), theme.image_ground) >= 4.5 for name in OVER_IMAGES)


def test_images_stand_on_true_black_in_both_themes():
    assert DARK.image_ground == LIGHT.image_ground == "#000000"


def test_a_chosen_theme_is_worn_and_told_once(application, qtbot):
    model = ThemeModel(application, "dark")
    with qtbot.waitSignal(model.changed) as heard:
        model.choose("light")
    assert heard.args == [LIGHT]
    assert application.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.text)
    with qtbot.assertNotEmitted(model.changed):
        model.choose("light")
    model.deleteLater()


def test_the_theme_reaches_palette_and_style_sheet(application):
    apply_theme(application, DARK)
    assert DARK.line in application.styleSheet()
    assert "$" not in application.styleSheet()
    assert palette_of(DARK).color(QPalette.ColorRole.Window) == QColor(DARK.panel)


def test_figures_are_equally_wide(qapp):
    metrics = QFontMetricsF(font_of_size(13))
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1


def test_an_icon_is_drawn_in_the_colour_asked_for(icons):
    image = icons.pixmap("ui/disc", "#3fbfb0", 16, 2.0).toImage()
    assert (image.width(), image.devicePixelRatio()) == (32, 2.0)
    assert image.pixelColor(16, 16) == QColor("#3fbfb0")
    assert image.pixelColor(0, 0).alpha() == 0


def test_an_icon_is_drawn_once(icons):
    first = icons.pixmap("ui/disc", "#ffffff")
    assert icons.pixmap("ui/disc", "#ffffff").cacheKey() == first.cacheKey()
    assert icons.icon("ui/disc", "#ffffff").availableSizes()


def test_a_missing_icon_is_an_empty_picture(icons):
    assert not icons.has("ui/nothing")
    assert icons.pixmap("ui/nothing", "#ffffff").toImage().pixelColor(8, 8).alpha() == 0
