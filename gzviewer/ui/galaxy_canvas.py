"""The surface on which one image is zoomed, dragged and brightened; what it shows is decided by the galaxy view.

Zoomed out, it paints from a smaller copy of the image; from `PIXELS_FROM` on it shows the pixels as squares, because
smoothing would invent a structure that was never measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from gzviewer.ui.galaxy_overlay import Overlay, paint_overlay
from gzviewer.ui.galaxy_zoom import Placing
from gzviewer.ui.theme import Theme

PIXELS_FROM = 4.0
"""Logical pixels to an image pixel."""
ZOOM_STEP = 1.25
DIMMED = 0.25
DRAG_FOR_CONTRAST = 150.0
"""Logical pixels of dragging that multiply the contrast by e."""


@dataclass(frozen=True)
class Brightness:
    """DS9's contrast and bias: brightness x, 0 to 1, becomes ``(x - bias) * contrast + 0.5``."""

    contrast: float = 1.0
    bias: float = 0.5

    def applied(self, image: QImage) -> QImage:
        """The image (RGB32) with this contrast and bias."""
        if self == Brightness():
            return image
        level = (np.arange(256) / 255 - self.bias) * self.contrast + 0.5
        table = (np.clip(level, 0, 1) * 255 + 0.5).astype(np.uint8)
        pixels = table[np.frombuffer(image.constBits(), dtype=np.uint8)]
        changed = QImage(pixels.data, image.width(), image.height(), image.bytesPerLine(), image.format())
        return changed.copy()  # memory of its own


class GalaxyCanvas(QWidget):
    """One image on true black under an overlay."""

    pointed = Signal(object)  # QPointF of the image under the cursor, or None
    brightness_changed = Signal()
    placing_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._levels: tuple[QImage, ...] = ()
        self._placing = Placing(1, 1, 1.0, 1.0)
        self._brightness = Brightness()
        self._overlay = Overlay()
        self._dragged_from: QPointF | None = None
        self._cursor: QPointF | None = None  # in the view
        self._are_pixels_shown = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)  # the right button drags
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 120)

    @property
    def placing(self) -> Placing:
        """How the image lies in the view."""
        return self._placing

    @property
    def brightness(self) -> Brightness:
        """Contrast and bias."""
        return self._brightness

    def set_image(self, levels: Sequence[QImage]) -> None:
        """Show an image, given in its own size and at 1/2, 1/4 ...; nothing shows black."""
        self._levels = tuple(levels)
        if self._levels:
            self._place(self._placing.of_image(self._levels[0].width(), self._levels[0].height()))
        self._point()
        self.update()

    def set_overlay(self, overlay: Overlay) -> None:
        """Write this over the image."""
        if overlay != self._overlay:
            self._overlay = overlay
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.update()

    def set_brightness(self, brightness: Brightness) -> None:
        """Show the image with another contrast and bias."""
        if brightness != self._brightness:
            self._brightness = brightness
            self.brightness_changed.emit()
            self.update()

    def set_pixels_shown(self, are_shown: bool) -> None:
        """Show pixels as squares where they are large, or smooth them at every zoom."""
        self._are_pixels_shown = are_shown
        self.update()

    def fit(self) -> None:
        """Show the whole image as large as it can be."""
        self._place(self._placing.fitted())

    def zoom_to(self, zoom: float, around: QPointF | None = None) -> None:
        """Show an image pixel `zoom` logical pixels wide, keeping the point `around` (default: the middle)."""
        point = QRectF(self.rect()).center() if around is None else around
        self._place(self._placing.zoomed(zoom, point.x(), point.y()))

    def _place(self, placing: Placing) -> None:
        if placing != self._placing:
            self._placing = placing
            self.placing_changed.emit()
            self._point()
            self.update()

    def _point(self) -> None:
        """Say what is under the cursor, be it that the cursor moved or the image."""
        at = self._cursor
        self.pointed.emit(None if at is None else QPointF(*self._placing.to_image(at.x(), at.y())))

    # events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.image_ground))
        if self._levels:
            painter.setOpacity(DIMMED if self._overlay.is_waiting else 1.0)
            self._paint_image(painter)
            painter.setOpacity(1.0)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        zoom = self._placing.zoom if self._levels else 0.0
        paint_overlay(painter, QRectF(self.rect()), self._overlay, self._theme, zoom=zoom)

    def _paint_image(self, painter: QPainter) -> None:
        level = self._level()
        scale = level.width() / self._placing.width
        left, top = self._placing.to_image(0, 0)
        right, bottom = self._placing.to_image(self.width(), self.height())
        seen = QRectF(QPointF(left, top) * scale, QPointF(right, bottom) * scale).toAlignedRect()
        source = seen.adjusted(-1, -1, 1, 1) & level.rect()
        if source.isEmpty():
            return
        is_smooth = not self._are_pixels_shown or self._placing.zoom < PIXELS_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        if self._brightness == Brightness():
            painter.drawImage(self._target_of(source, scale), level, QRectF(source))
        else:
            part = self._brightness.applied(level.copy(source))
            painter.drawImage(self._target_of(source, scale), part)

    def _level(self) -> QImage:
        """The smallest copy of the image that still has a pixel for every pixel of the screen."""
        needed = self._placing.zoom * self._placing.width * self.devicePixelRatioF()
        return next((level for level in reversed(self._levels) if level.width() >= needed), self._levels[0])

    def _target_of(self, source: QRect, scale: float) -> QRectF:
        corner = self._placing.to_view(source.left() / scale, source.top() / scale)
        size = source.size().toSizeF() * (self._placing.zoom / scale)
        return QRectF(QPointF(*corner), size)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._place(self._placing.in_view(float(self.width()), float(self.height())))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        steps = event.angleDelta().y() / 120
        self.zoom_to(self._placing.zoom * ZOOM_STEP**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self._dragged_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, D102
        self._dragged_from = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        point = self._cursor = event.position()
        if self._dragged_from is not None:
            way = point - self._dragged_from
            self._dragged_from = point
            if event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
                self._place(self._placing.panned(way.x(), way.y()))
            elif event.buttons() & Qt.MouseButton.RightButton:
                self._brighten(way)
        self._point()

    def _brighten(self, way: QPointF) -> None:
        contrast = self._brightness.contrast * float(np.exp(-way.y() / DRAG_FOR_CONTRAST))
        bias = self._brightness.bias - way.x() / max(1, self.width())
        self.set_brightness(Brightness(min(max(contrast, 0.1), 20.0), min(max(bias, 0.0), 1.0)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() is Qt.MouseButton.RightButton:
            self.set_brightness(Brightness())
        else:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        super().leaveEvent(event)
        self._cursor = None
        self._point()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        match event.text():
            case "0":
                self.fit()
            case "1":
                self.zoom_to(1.0)
            case "+" | "=":
                self.zoom_to(self._placing.zoom * ZOOM_STEP)
            case "-":
                self.zoom_to(self._placing.zoom / ZOOM_STEP)
            case _:
                super().keyPressEvent(event)
