"""What the model sees of the galaxy: hard pixels with their values, the recipe in words, and the square on the image."""

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gzviewer.session.model_input import ModelInput, Preview
from gzviewer.session.selection import NO_ROW, Selection
from gzviewer.ui.elided_label import ElidedLabel
from gzviewer.ui.galaxy_canvas import GalaxyCanvas
from gzviewer.ui.theme import Theme, faded, font_of_size

SMALLEST_SIDE = 128
FRAME_FONT_PX = 11
MARGIN = 8
GROWN = 1.05  # an image that is brought to so many times its size counts as magnified
NO_MODEL = "No model is installed."


class ModelInputView(QWidget):
    """Follows the selection while it is to be seen; otherwise it asks for nothing.

    Parameters
    ----------
    canvas
        Where the image is shown: the square that the model sees is drawn over it.
    """

    def __init__(
        self,
        source: ModelInput,
        selection: Selection,
        canvas: GalaxyCanvas,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._source, self._selection = source, selection
        self.pixels = InputPixels(theme)
        self.frame = SeenFrame(canvas, theme)
        self._value = ElidedLabel()
        self._value.setProperty("quiet", True)
        self._value.setFixedHeight(self._value.fontMetrics().height())
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._recipe = _label()
        self._recipe.setText(" · ".join(source.recipe) or NO_MODEL)
        self._arrange()
        selection.current_changed.connect(self._follow)
        source.ready.connect(self._show)
        self.pixels.pointed.connect(self._read_out)

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self.pixels.set_theme(theme)
        self.frame.set_theme(theme)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(6)
        column.addWidget(self.pixels, 1)
        column.addWidget(self._value)
        column.addWidget(self._recipe)

    def _follow(self) -> None:
        row = self._selection.current
        if not self.isVisible() or row == NO_ROW:
            return
        self._source.request(row)
        self._show(row)

    def _show(self, row: int) -> None:
        """Show the preview of the current row; until it is there, nothing, or it might be taken for the new galaxy's."""
        if row != self._selection.current or not self.isVisible():
            return
        preview = self._source.preview(row)
        self.pixels.set_preview(preview)
        self.frame.set_preview(preview)
        self._value.setText("" if preview is None else preview.problem or _size_in_words(preview))
        recipe = self._source.recipe if preview is None else preview.recipe or self._source.recipe
        self._recipe.setText(" · ".join(recipe) or NO_MODEL)

    def _read_out(self, x: int, y: int) -> None:
        preview = self._source.preview(self._selection.current)
        if preview is None or preview.problem:
            return
        side = preview.picture.shape[0]
        self._value.setText(
            _values_in_words(preview, x, y) if 0 <= x < side and 0 <= y < side else _size_in_words(preview)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words that wrap take the height that they need; a layout alone would let them lie over the picture."""
        super().resizeEvent(event)
        margins = self.contentsMargins().left() + MARGIN
        self._recipe.setFixedHeight(self._recipe.heightForWidth(self.width() - 2 * margins))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102
        super().hideEvent(event)
        self.frame.set_preview(None)


class InputPixels(QWidget):
    """The picture, each of its pixels a square of as many screen pixels as there is room for."""

    pointed = Signal(int, int)  # column and line under the cursor, or -1, -1

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image: QImage | None = None
        self._message = ""
        self.setMouseTracking(True)
        self.setMinimumSize(SMALLEST_SIDE, SMALLEST_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("What the model sees")

    def set_preview(self, preview: Preview | None) -> None:
        """Show this; None: nothing yet."""
        is_there = preview is not None and not preview.problem
        self._image = _image_of(preview.picture) if preview is not None and is_there else None
        self._message = preview.problem if preview is not None else ""
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.update()

    @property
    def target(self) -> QRectF:
        """Where the picture is drawn, logical pixels: at a whole number of screen pixels to a pixel where it fits."""
        if self._image is None:
            return QRectF()
        ratio = self.devicePixelRatioF()
        room, side = min(self.width(), self.height()) * ratio, self._image.width()
        drawn = (room // side * side if room >= side else room) / ratio
        left, top = ((length - drawn) / 2 for length in (self.width(), self.height()))
        return QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, drawn, drawn)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.image_ground))
        if self._image is not None:
            target = self.target
            is_smaller = target.width() * self.devicePixelRatioF() < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
            painter.drawImage(target, self._image)
        elif self._message:
            painter.setPen(QColor(self._theme.on_image_quiet))
            room = QRectF(self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN))
            option = QTextOption(Qt.AlignmentFlag.AlignCenter)
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # paths are long words
            painter.drawText(room, self._message, option)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        target = self.target
        if self._image is None or not target.contains(event.position()):
            self.pointed.emit(-1, -1)
            return
        place = (event.position() - target.topLeft()) * (self._image.width() / target.width())
        self.pointed.emit(int(place.x()), int(place.y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        super().leaveEvent(event)
        self.pointed.emit(-1, -1)


class SeenFrame(QWidget):
    """The square that the model sees, drawn over the image; lets every mouse event through."""

    def __init__(self, canvas: GalaxyCanvas, theme: Theme) -> None:
        super().__init__(canvas)
        self._canvas, self._theme = canvas, theme
        self._preview: Preview | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(canvas.size())
        self.hide()
        canvas.installEventFilter(self)
        canvas.placing_changed.connect(self.update)

    def set_preview(self, preview: Preview | None) -> None:
        """Draw the square of this; None: nothing."""
        self._preview = preview
        self.setVisible(preview is not None and not preview.problem)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.update()

    @property
    def square(self) -> QRectF:
        """Where it lies in the view, logical pixels."""
        if self._preview is None:
            return QRectF()
        placing = self._canvas.placing
        left, top, right, bottom = self._preview.box
        corner = QPointF(*placing.to_view(left * placing.width, top * placing.height))
        return QRectF(corner, QPointF(*placing.to_view(right * placing.width, bottom * placing.height)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the canvas."""
        if watched is self._canvas and isinstance(event, QResizeEvent):
            self.resize(event.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, D102
        square = self.square
        placing = self._canvas.placing
        if (placing.width, placing.height) == (1, 1):  # no image is there yet to draw it on
            return
        painter = QPainter(self)
        for pen in (
            QPen(faded(self._theme.image_ground, 0.7), 3),
            QPen(QColor(self._theme.on_image_model), 1),
        ):
            painter.setPen(pen)
            painter.drawRect(square)
        painter.setFont(font_of_size(FRAME_FONT_PX))
        room = QRectF(square.left() + 6, square.bottom() - 20, square.width() - 12, 16)
        for shift, colour in ((1, self._theme.image_ground), (0, self._theme.on_image_model)):
            painter.setPen(QColor(colour))
            painter.drawText(room.translated(shift, shift), Qt.AlignmentFlag.AlignLeft, "model input")


def _image_of(picture: np.ndarray) -> QImage:
    height, width = picture.shape[:2]
    return QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _size_in_words(preview: Preview) -> str:
    channels, side = preview.values.shape[0], preview.values.shape[1]
    bands = "1 band" if channels == 1 else f"{channels} bands"
    width, height = preview.size
    seen = (preview.box[2] - preview.box[0]) * width
    part = "" if round(seen) == width == height else f"the middle {seen:.0f} of "
    grown = f", magnified {side / seen:.1f} times" if side > GROWN * seen else ""
    return f"{side} × {side}, {bands}, of {part}{width} × {height}{grown}"


def _values_in_words(preview: Preview, x: int, y: int) -> str:
    values = "  ".join(f"{value:.3f}" for value in preview.values[:, y, x])
    return f"x {x}  y {y}    {values}"


def _label() -> QLabel:
    label = QLabel()
    label.setProperty("quiet", True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
