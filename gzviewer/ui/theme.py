"""The colours, fonts and icons of the window, each named for what it means.

Views take a `Theme` and never name a colour themselves. Images stand on true black in both themes, so what is
written over an image has colours of its own (``on_image...``), the same in both.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFile, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from gzviewer.ui.style_sheet import style_sheet_of

BASE_FONT_PX = 13
FOLLOW_SYSTEM = "system"


@dataclass(frozen=True)
class Theme:
    """Named colours, ``#rrggbb``.

    `model`, `volunteers` and `experts` say whose word something is, everywhere; `accent` fills the one button
    that is the next thing to do, `on_accent` is written on it; `track` is the empty part of a bar or field.
    `ground`, `panel` and `card` lie on each other in that order, told apart by `line`.
    """

    name: str
    is_dark: bool
    ground: str
    panel: str
    card: str
    line: str
    text: str
    quiet: str
    model: str
    volunteers: str
    experts: str
    danger: str
    accent: str
    on_accent: str
    hover: str
    track: str
    image_ground: str = "#000000"
    on_image: str = "#eef1f5"
    on_image_quiet: str = "#9aa4b2"
    on_image_model: str = "#3fbfb0"
    on_image_experts: str = "#c78bd8"
    on_image_danger: str = "#ff8a80"


DARK = Theme(
    name="dark",
    is_dark=True,
    ground="#12151a",
    panel="#151920",
    card="#1b2029",
    line="#262c36",
    text="#dfe4ea",
    quiet="#8a94a3",
    model="#3fbfb0",
    volunteers="#e8a33d",
    experts="#c78bd8",
    danger="#ff7b72",
    accent="#3fbfb0",
    on_accent="#08211e",
    hover="#232a35",
    track="#0e1115",
)

LIGHT = Theme(
    name="light",
    is_dark=False,
    ground="#eceef2",
    panel="#f5f6f8",
    card="#ffffff",
    line="#d3d8e0",
    text="#1b2129",
    quiet="#57606c",
    model="#0b6f65",
    volunteers="#8a5300",
    experts="#8a3b9e",
    danger="#b3261e",
    accent="#0b6f65",
    on_accent="#ffffff",
    hover="#e3e7ec",
    track="#e2e6eb",
)


class ThemeModel(QObject):
    """Which theme the application wears: one a person chose, or the system's, followed when it changes."""

    changed = Signal(object)  # Theme

    def __init__(self, application: QApplication, choice: str = FOLLOW_SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._theme = self._wanted()
        apply_theme(application, self._theme)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def theme(self) -> Theme:
        """The theme that is worn."""
        return self._theme

    @property
    def choice(self) -> str:
        """``system``, ``dark`` or ``light``."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Wear the theme called ``dark`` or ``light``; ``system`` follows the system's."""
        self._choice = choice
        self._follow()

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted is not self._theme:
            self._theme = wanted
            apply_theme(self._application, wanted)
            self.changed.emit(wanted)

    def _wanted(self) -> Theme:
        if self._choice == FOLLOW_SYSTEM:
            return system_theme()
        return LIGHT if self._choice == LIGHT.name else DARK


def system_theme() -> Theme:
    """The theme that suits the system's colours; dark where the system does not tell."""
    is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    return LIGHT if is_light else DARK


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Give every widget of the application the theme's colours and the base font."""
    application.setStyle("Fusion")
    application.setPalette(palette_of(theme))
    application.setFont(font_of_size(BASE_FONT_PX))
    application.setStyleSheet(style_sheet_of(vars(theme)))


def palette_of(theme: Theme) -> QPalette:
    """The theme in the roles that Qt's own widgets ask for."""
    role = QPalette.ColorRole
    palette = QPalette()
    for colour, roles in {
        theme.panel: (role.Window, role.Mid),
        theme.ground: (role.Base,),
        theme.card: (role.AlternateBase, role.Button, role.ToolTipBase),
        theme.hover: (role.Light, role.Midlight),
        theme.line: (role.Dark, role.Shadow),
        theme.text: (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText),
        theme.accent: (role.Highlight, role.Link, role.Accent),
        theme.on_accent: (role.HighlightedText,),
        theme.quiet: (role.PlaceholderText, role.LinkVisited),
    }.items():
        for each in roles:
            palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, faded(theme.quiet, 0.6))
    return palette


def font_of_size(pixels: int, *, is_bold: bool = False) -> QFont:
    """The system's own font at a size in logical pixels, with figures that are all equally wide."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
    if hasattr(font, "setFeature"):  # since Qt 6.7
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def faded(colour: str, opacity: float) -> QColor:
    """The colour, letting through what is behind it; `opacity` in 0..1."""
    shade = QColor(colour)
    shade.setAlphaF(opacity)
    return shade


class Icons:
    """Drawings of a folder, in any colour and size.

    Each file is one shape, of which only the opacity counts: it is filled with the colour asked for.

    Parameters
    ----------
    folder
        Holds ``ui/open.svg`` for the icon named ``ui/open``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    def has(self, name: str) -> bool:
        """True where there is a drawing of that name."""
        return QFile.exists(self._path(name))

    def pixmap(self, name: str, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
        """The drawing, `size` logical pixels wide and high; empty and transparent where there is none.

        `ratio` is the number of device pixels to a logical one (``QWidget.devicePixelRatioF``).
        """
        key = (name, colour, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._drawn(*key)
        return self._pixmaps[key]

    def icon(self, name: str, colour: str, size: int = 16) -> QIcon:
        """The drawing for a button or an action, sharp on screens of one, two and three pixels to a point."""
        icon = QIcon()
        for ratio in (1.0, 2.0, 3.0):
            icon.addPixmap(self.pixmap(name, colour, size, ratio))
        return icon

    def _path(self, name: str) -> str:
        return str(self._folder / f"{name}.svg")

    def _drawn(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        if self.has(name):
            painter = QPainter(pixmap)
            QSvgRenderer(self._path(name)).render(painter, QRectF(pixmap.rect()))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(pixmap.rect(), QColor(colour))
            painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
