"""What is written over a large image: lines of text, the scale bar, the compass; and the arithmetic behind them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QTextOption

from gzviewer.ui.theme import Theme, faded, font_of_size

MARGIN = 14.0
LINE_HEIGHT = 17.0
TITLE_FONT_PX = 15
FONT_PX = 12
COMPASS_ARM = 30.0
NICE_ARCSEC = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000)
HALO_WIDTH, HALO_OPACITY, HALO_BLUR = 6.0, 0.65, 4
"""Of the black line around everything that is written: logical pixels, 0..1, and how many logical pixels become one
and many again to make it soft."""
LONGEST_BAR = 0.25
"""Of the width of the view."""


@dataclass(frozen=True)
class Overlay:
    """What is written over an image.

    Parameters
    ----------
    title, left, right
        The galaxy id, lines under it at the top left, and lines at the top right.
    badge
        What must not be overlooked ("simulated"); "" for nothing.
    message, reason
        In the middle, in place of an image: what is the matter, and why.
    arcsec_per_pixel, north_deg, is_mirrored
        Of the image; NaN where unknown.
    is_waiting
        True while the image under the words is still that of another galaxy: it is dimmed.
    """

    title: str = ""
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    badge: str = ""
    message: str = ""
    reason: str = ""
    arcsec_per_pixel: float = float("nan")
    north_deg: float = float("nan")
    is_mirrored: bool = False
    is_waiting: bool = False


@dataclass(frozen=True)
class ScaleBar:
    """A length on the sky: what it says, and how long it is in logical pixels."""

    text: str
    length: float


def scale_bar(arcsec_per_pixel: float, zoom: float, view_width: float) -> ScaleBar | None:
    """The longest round length that fits; None where the scale is unknown or no round length is near.

    Parameters
    ----------
    arcsec_per_pixel
        Of the image; NaN where unknown.
    zoom
        Logical pixels to an image pixel.
    """
    if not arcsec_per_pixel > 0:
        return None
    arcsec_per_point = arcsec_per_pixel / zoom
    fitting = [nice for nice in NICE_ARCSEC if nice <= LONGEST_BAR * view_width * arcsec_per_point]
    if not fitting:
        return None
    return ScaleBar(angle_text(fitting[-1]), fitting[-1] / arcsec_per_point)


def angle_text(arcsec: float) -> str:
    """``10″``, ``2′`` or ``1°``."""
    for size, sign in ((3600, "°"), (60, "′")):
        if arcsec >= size:
            return f"{arcsec / size:g}{sign}"
    return f"{arcsec:g}″"


def compass_arms(north_deg: float, *, is_mirrored: bool) -> tuple[QPointF, QPointF]:
    """Unit vectors to north and east in the view (y down), `north_deg` counter-clockwise from up."""
    east_deg = north_deg - 90 if is_mirrored else north_deg + 90
    return _direction(north_deg), _direction(east_deg)


def _direction(degrees: float) -> QPointF:
    path = QPainterPath()
    path.arcMoveTo(QRectF(-1, -1, 2, 2), degrees + 90)  # Qt counts from the right, counter-clockwise
    return path.currentPosition()


def paint_overlay(painter: QPainter, area: QRectF, overlay: Overlay, theme: Theme, *, zoom: float) -> None:
    """Write everything; `zoom` in logical pixels to an image pixel, 0 where there is no image."""
    half = QRectF(area.left(), area.top(), area.width() * 0.6, area.height())
    paint_lines(painter, half, overlay.left, theme, title=overlay.title)
    paint_lines(painter, half.translated(area.width() * 0.4, 0), overlay.right, theme, is_right=True)
    if overlay.badge:
        paint_badge(painter, area, overlay.badge, theme)
    if overlay.message:
        paint_message(painter, area, overlay, theme)
    if not zoom or overlay.is_waiting:
        return
    bar = scale_bar(overlay.arcsec_per_pixel, zoom, area.width())
    if bar is not None:
        paint_scale_bar(painter, area, bar, theme)
    if math.isfinite(overlay.north_deg):
        paint_compass(painter, area, overlay.north_deg, theme, is_mirrored=overlay.is_mirrored)


def paint_message(painter: QPainter, area: QRectF, overlay: Overlay, theme: Theme) -> None:
    """The message in the middle, its reason under it, broken wherever it must be."""
    room = QRectF(0, 0, min(area.width() - 4 * MARGIN, 460.0), area.height() / 3)
    room.moveCenter(area.center())
    top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    painter.setFont(font_of_size(TITLE_FONT_PX))
    painter.setPen(QColor(theme.on_image_quiet if overlay.is_waiting else theme.on_image))
    painter.drawText(room.translated(0, room.height() / 3), top, overlay.message)
    painter.setFont(font_of_size(FONT_PX))
    painter.setPen(QColor(theme.on_image_quiet))
    below = room.translated(0, room.height() / 3 + 26)
    wrapping = QTextOption(Qt.AlignmentFlag.AlignHCenter)
    wrapping.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # a path may have no word's end
    painter.drawText(below, overlay.reason, wrapping)


def paint_halo(painter: QPainter, shape: QPainterPath) -> None:
    """Darken softly what lies around a shape that will be painted in white.

    Painted small and enlarged, which is soft and costs a tenth of painting it several times.
    """
    reach = HALO_WIDTH / 2 + HALO_BLUR
    area = shape.boundingRect().adjusted(-reach, -reach, reach, reach)
    small = QImage(
        QSize(math.ceil(area.width() / HALO_BLUR), math.ceil(area.height() / HALO_BLUR)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    small.fill(Qt.GlobalColor.transparent)
    brush = QPainter(small)
    brush.setRenderHint(QPainter.RenderHint.Antialiasing)
    brush.scale(1 / HALO_BLUR, 1 / HALO_BLUR)
    brush.translate(-area.topLeft())
    pen = QPen(faded("#000000", HALO_OPACITY), HALO_WIDTH)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    brush.strokePath(shape, pen)
    brush.end()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(area.topLeft(), small.size().toSizeF() * HALO_BLUR), small)


def paint_text(painter: QPainter, place: QPointF, text: str, font: QFont, colour: QColor) -> None:
    """Text on a soft shadow, readable on anything; `place` is the left end of its base line."""
    outline = QPainterPath()
    outline.addText(place, font, text)
    paint_halo(painter, outline)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(place, text)


def paint_lines(
    painter: QPainter,
    area: QRectF,
    lines: Sequence[str],
    theme: Theme,
    *,
    title: str = "",
    is_right: bool = False,
) -> None:
    """Lines of text from the top of `area` down, at its left or right side, under a title."""
    y = area.top() + MARGIN
    room = area.width() - 2 * MARGIN
    for text, size in ((title, TITLE_FONT_PX), *((line, FONT_PX) for line in lines)):
        if not text:
            continue
        font = font_of_size(size, is_bold=size == TITLE_FONT_PX)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        left = area.right() - MARGIN - metrics.horizontalAdvance(shown) if is_right else area.left() + MARGIN
        y += metrics.ascent()
        paint_text(painter, QPointF(left, y), shown, font, QColor(theme.on_image))
        y += LINE_HEIGHT + (size - FONT_PX) - metrics.ascent()


def paint_badge(painter: QPainter, area: QRectF, text: str, theme: Theme) -> None:
    """A pill in the middle of the top, saying what must not be overlooked."""
    font = font_of_size(FONT_PX - 1)
    width = QFontMetricsF(font).horizontalAdvance(text) + 20
    pill = QRectF(area.center().x() - width / 2, area.top() + MARGIN - 2, width, 20)
    painter.setPen(QPen(QColor(theme.on_image_quiet), 1))
    painter.setBrush(faded(theme.image_ground, 0.7))
    painter.drawRoundedRect(pill, 10, 10)
    painter.setFont(font)
    painter.setPen(QColor(theme.on_image))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def paint_scale_bar(painter: QPainter, area: QRectF, bar: ScaleBar, theme: Theme) -> None:
    """The bar at the bottom left, its length under it."""
    y = area.bottom() - MARGIN - LINE_HEIGHT
    ends = QPointF(area.left() + MARGIN, y), QPointF(area.left() + MARGIN + bar.length, y)
    line = QPainterPath(ends[0])
    line.lineTo(ends[1])
    paint_halo(painter, line)
    painter.strokePath(line, QPen(QColor(theme.on_image), 2, c=Qt.PenCapStyle.FlatCap))
    font = font_of_size(FONT_PX)
    paint_text(painter, ends[0] + QPointF(0, LINE_HEIGHT - 1), bar.text, font, QColor(theme.on_image))


def paint_compass(
    painter: QPainter, area: QRectF, north_deg: float, theme: Theme, *, is_mirrored: bool
) -> None:
    """North and east as arrows at the bottom right."""
    arms = compass_arms(north_deg, is_mirrored=is_mirrored)
    reach = COMPASS_ARM + 14
    middle = QPointF(
        area.right() - MARGIN, area.bottom() - MARGIN
    )  # leave room on the sides the arms point to
    middle -= QPointF(*(max(8.0, *(side(arm) * reach for arm in arms)) for side in (QPointF.x, QPointF.y)))
    font = font_of_size(FONT_PX - 1)
    metrics = QFontMetricsF(font)
    shape = _arrow(middle, arms[0])
    shape.addPath(_arrow(middle, arms[1]))
    paint_halo(painter, shape)
    painter.strokePath(shape, QPen(QColor(theme.on_image), 1.5))
    for arm, letter in zip(arms, "NE", strict=True):
        centre = middle + arm * (COMPASS_ARM + 9)
        corner = QPointF(metrics.horizontalAdvance(letter) / 2, -metrics.capHeight() / 2)
        paint_text(painter, centre - corner, letter, font, QColor(theme.on_image))


def _arrow(start: QPointF, arm: QPointF) -> QPainterPath:
    tip, side = start + arm * COMPASS_ARM, QPointF(-arm.y(), arm.x())
    path = QPainterPath(start)
    path.lineTo(tip)
    path.moveTo(tip - arm * 5 + side * 4)
    path.lineTo(tip)
    path.lineTo(tip - arm * 5 - side * 4)
    return path
