"""One tile of the gallery: a picture on black, its id, its value, a badge; or why there is no picture.

A tile is painted once into a pixmap, captions and all, and copied from there at every repaint.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from gzviewer.session.images import ImageLoader
from gzviewer.session.recently_used import RecentlyUsed
from gzviewer.ui.gallery_models import TileCaptions
from gzviewer.ui.theme import Theme, faded, font_of_size

RADIUS = 5.0
INSET = 6.0
CAPTION_HEIGHT = 20.0
LINE_HEIGHT = 13.0
CAPTION_FONT_PX = 11
SMALL_CAPTION_FONT_PX = 10
SMALLEST_WITH_LARGE_CAPTION = 120
SMALLEST_WITH_CAPTION = 56
PIXMAP_BYTES = 96 << 20


@dataclass(frozen=True, eq=False)
class Tile:
    """What a tile says; `image` None and no `problem`: it is still being read, or there is none to read."""

    image: QImage | None
    left: str = ""
    right: str = ""
    is_badged: bool = False
    problem: str = ""


class TileCache:
    """Painted tiles by row; the ones that were not on the screen for longest are forgotten."""

    def __init__(self, images: ImageLoader, captions: TileCaptions, theme: Theme) -> None:
        self._images, self._captions, self._theme = images, captions, theme
        self._pixmaps = RecentlyUsed[int, QPixmap](PIXMAP_BYTES)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self.clear()

    def clear(self) -> None:
        """Paint every tile anew."""
        self._pixmaps.clear()

    def forget(self, row: int) -> None:
        """Paint this tile anew."""
        self._pixmaps.remove(row)

    def at_hand(self, row: int, side: int, ratio: float) -> QPixmap | None:
        """The tile of a row if it is painted already."""
        known = self._pixmaps.get(row)
        is_right = known is not None and known.devicePixelRatio() == ratio
        return known if is_right and known is not None and known.width() == round(side * ratio) else None

    def pixmap(self, row: int, side: int, ratio: float) -> QPixmap:
        """The tile of a row, `side` logical pixels wide, at `ratio` device pixels to a logical one."""
        known = self.at_hand(row, side, ratio)
        if known is None:
            say = self._captions
            words = (say.caption_left(row), say.caption_right(row), say.is_badged(row))
            problem = self._images.problem(row) if self._images.has_file(row) else ""
            tile = Tile(self._images.thumbnail(row), *words, problem=problem)
            known = tile_pixmap(tile, side, ratio, self._theme)
            self._pixmaps.put(row, known, known.width() * known.height() * 4)
        return known


def tile_pixmap(tile: Tile, side: int, ratio: float, theme: Theme) -> QPixmap:
    """The tile, `side` logical pixels wide and high, at `ratio` device pixels to a logical one."""
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    area = QRectF(0, 0, side, side)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    _fill(painter, area, QColor(theme.image_ground))
    if tile.image is not None:
        _fill(painter, area, _brush_of(tile.image, side, ratio))
    else:
        _paint_absence(painter, area, tile.problem, theme)
    if side >= SMALLEST_WITH_CAPTION:
        _paint_captions(painter, area, tile, theme)
    if tile.is_badged:
        _paint_badge(painter, area, theme)
    painter.end()
    return pixmap


def paint_frame(
    painter: QPainter, area: QRectF, theme: Theme, *, is_current: bool, is_selected: bool, has_focus: bool
) -> None:
    """A light frame within a selected tile, one in the model's colour around the tile that is looked at.

    A ring around that says that keys go here.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_selected:
        painter.setPen(QPen(QColor(theme.on_image), 1.5))
        painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), RADIUS - 1.5, RADIUS - 1.5)
    if not is_current:
        return
    painter.setPen(QPen(QColor(theme.model), 2))
    painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
    if has_focus:
        painter.setPen(QPen(faded(theme.model, 0.4), 1.5))
        painter.drawRoundedRect(area.adjusted(-2.75, -2.75, 2.75, 2.75), RADIUS + 2.75, RADIUS + 2.75)


def _fill(painter: QPainter, area: QRectF, brush: QBrush | QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRoundedRect(area, RADIUS, RADIUS)


def _brush_of(image: QImage, side: int, ratio: float) -> QBrush:
    """The image in the middle of a tile, whole, as a brush that fills the tile's rounded shape."""
    room = QSize(side, side) * ratio
    smooth = Qt.TransformationMode.SmoothTransformation
    fitted = image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    canvas = QImage(room, QImage.Format.Format_RGB32)
    canvas.fill(Qt.GlobalColor.black)
    painter = QPainter(canvas)
    painter.drawImage((room.width() - fitted.width()) // 2, (room.height() - fitted.height()) // 2, fitted)
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return QBrush(canvas)


def _paint_captions(painter: QPainter, area: QRectF, tile: Tile, theme: Theme) -> None:
    """The id at the bottom left, the value beside it, or above it where the id needs the whole width."""
    is_small = area.width() < SMALLEST_WITH_LARGE_CAPTION
    font = font_of_size(SMALL_CAPTION_FONT_PX if is_small else CAPTION_FONT_PX)
    metrics = QFontMetricsF(font)
    line = QRectF(INSET, area.bottom() - CAPTION_HEIGHT, area.width() - 2 * INSET, CAPTION_HEIGHT)
    value_room = metrics.horizontalAdvance(tile.right) + INSET if tile.right else 0.0
    is_beside = metrics.horizontalAdvance(tile.left) <= line.width() - value_room
    name = metrics.elidedText(tile.left, Qt.TextElideMode.ElideMiddle, line.width())
    _paint_shade(painter, area, CAPTION_HEIGHT if is_beside else CAPTION_HEIGHT + LINE_HEIGHT, theme)
    painter.setFont(font)
    painter.setPen(QColor(theme.on_image))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
    painter.setPen(QColor(theme.on_image_model))
    value_line = line if is_beside else line.translated(0, -LINE_HEIGHT)
    painter.drawText(value_line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tile.right)


def _paint_shade(painter: QPainter, area: QRectF, height: float, theme: Theme) -> None:
    """Darken the foot of the tile, so that captions can be read on a bright picture."""
    shade = QLinearGradient(0, area.bottom() - 1.5 * height, 0, area.bottom())
    for place, opacity in ((0.0, 0.0), (0.5, 0.6), (1.0, 0.85)):
        shade.setColorAt(place, faded(theme.image_ground, opacity))
    _fill(painter, area, QBrush(shade))


def _paint_absence(painter: QPainter, area: QRectF, problem: str, theme: Theme) -> None:
    """A faint galaxy where none is at hand; a warning where a file that is there cannot be read."""
    middle, size = area.center() - QPointF(0, CAPTION_HEIGHT / 4), max(8.0, area.width() / 7)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not problem:
        painter.setPen(QPen(faded(theme.on_image_quiet, 0.35), 1.5))
        painter.drawEllipse(middle, size, size * 0.45)
        return
    pen = QPen(QColor(theme.on_image_quiet), 1.5)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    corners = (QPointF(0, -size), QPointF(1.1 * size, 0.9 * size), QPointF(-1.1 * size, 0.9 * size))
    painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))
    painter.drawLine(middle + QPointF(0, -0.35 * size), middle + QPointF(0, 0.3 * size))
    painter.drawPoint(middle + QPointF(0, 0.6 * size))


def _paint_badge(painter: QPainter, area: QRectF, theme: Theme) -> None:
    pill = QRectF(area.right() - 5 - 16, area.top() + 5, 16, 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.on_image_experts))
    painter.drawRoundedRect(pill, 6, 6)
    tick = QPainterPath(pill.center() + QPointF(-2.6, 0.1))
    tick.lineTo(pill.center() + QPointF(-0.8, 1.9))
    tick.lineTo(pill.center() + QPointF(2.8, -1.9))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.image_ground), 1.4))
    painter.drawPath(tick)
