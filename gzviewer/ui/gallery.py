"""The visible galaxies as a grid of tiles, painted by hand: what is not on the screen costs nothing."""

from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from gzviewer.session.images import ImageLoader
from gzviewer.session.selection import Selection
from gzviewer.ui.gallery_cursor import NOWHERE, GalleryCursor
from gzviewer.ui.gallery_keys import is_letter, press_key
from gzviewer.ui.gallery_layout import GridLayout
from gzviewer.ui.gallery_models import TileCaptions, VisibleRows
from gzviewer.ui.gallery_tile import TileCache, paint_frame
from gzviewer.ui.theme import Theme, font_of_size

TILE_SIZES = (48, 320)
"""Smallest and largest tile, logical pixels."""
FIRST_TILE_SIZE = 88
EMPTY_TEXT = "No galaxies to show"
PAINT_BUDGET_MS = 8
"""Time for painting new tiles at once: half a frame, so that scrolling never stutters."""
SCROLL_MAX = 1 << 30
"""Steps that a scroll bar can count; in a longer gallery a step is more than a pixel."""
FRAME_WIDTH = 5
"""How far the frame of the current tile reaches beyond it."""


class Gallery(QAbstractScrollArea):
    """Tiles of the visible rows, in their order."""

    tile_size_changed = Signal(int)  # wanted side of a tile, logical pixels
    activated = Signal(int)  # row that was double clicked, or on which Enter was pressed

    def __init__(
        self,
        rows: VisibleRows,
        selection: Selection,
        images: ImageLoader,
        captions: TileCaptions,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._visible, self._selection, self._images, self._captions = rows, selection, images, captions
        self._theme = theme
        self._cursor = GalleryCursor(selection, captions, rows.visible)
        self._tile_size = FIRST_TILE_SIZE
        self._layout = GridLayout(0, 1, FIRST_TILE_SIZE)
        self._view_height = 0  # for which the tiles were placed
        self._scroll_unit = 1  # logical pixels to a step of the scroll bar
        self._tiles = TileCache(images, captions, theme)
        self._places: dict[int, int] = {}  # rows on the screen -> their positions
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._paint_rest = QTimer(self, singleShot=True, interval=0)
        self._set_up()
        self._connect()
        self._lay_out()

    @property
    def tile_size(self) -> int:
        """Wanted side of a tile, logical pixels; tiles are a little larger or smaller, to fill the width."""
        return self._tile_size

    def set_tile_size(self, size: int) -> None:
        """Make tiles larger or smaller, within `TILE_SIZES`; the current tile stays in view."""
        size = min(max(size, TILE_SIZES[0]), TILE_SIZES[1])
        if size != self._tile_size:
            self._tile_size = size
            self._lay_out()
            self.tile_size_changed.emit(size)

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self._tiles.set_theme(theme)
        self.viewport().update()

    def _set_up(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Gallery of galaxies")
        self.setMinimumSize(TILE_SIZES[0] + 32, TILE_SIZES[0] + 32)

    def _connect(self) -> None:
        self._visible.changed.connect(self._take_rows)
        self._selection.changed.connect(self.viewport().update)
        self._selection.current_changed.connect(self._show_current)
        self._images.ready.connect(self._paint_tile_anew)
        self._images.stretch_changed.connect(self._ask_later)
        self._captions.changed.connect(self._paint_anew)
        self.verticalScrollBar().valueChanged.connect(self._ask_later)
        self._ask_soon.timeout.connect(self._ask_for_images)
        self._paint_rest.timeout.connect(self.viewport().update)

    # what is where

    @property
    def _top(self) -> int:
        """What part of the grid is at the top of the viewport, logical pixels."""
        return self.verticalScrollBar().value() * self._scroll_unit

    def _set_top(self, top: int) -> None:
        self.verticalScrollBar().setValue(top // self._scroll_unit)

    def _seen(self) -> range:
        return self._layout.seen(self._top, self.viewport().height())

    def _area_of(self, position: int) -> QRect:
        """A tile in the viewport."""
        x, y = self._layout.corner(position)
        return QRect(x, y - self._top, self._layout.side, self._layout.side)

    def _position_at(self, point: QPoint) -> int:
        return self._layout.position_at(point.x(), point.y() + self._top)

    def _take_rows(self) -> None:
        self._cursor.set_rows(self._visible.visible)
        self._place_tiles()
        self.verticalScrollBar().setValue(0)
        self._show_current()

    def _lay_out(self) -> None:
        """Place the tiles, keeping the current one, if it is seen, or else the first seen, where it was."""
        seen, here = self._layout.seen(self._top, self._view_height), self._cursor.position
        anchor = here if here in seen else seen.start
        height_before = self._area_of(anchor).top()
        self._place_tiles()
        self._set_top(self._layout.corner(anchor)[1] - height_before)
        if here in seen:
            self._scroll_to(here)

    def _place_tiles(self) -> None:
        bar = self.verticalScrollBar()
        width, view = self.width() - bar.sizeHint().width(), self.viewport().height()
        self._view_height = view
        self._layout = GridLayout(len(self._cursor.rows), width, self._tile_size)
        self._scroll_unit = 1 + self._layout.height // SCROLL_MAX
        bar.setRange(0, -(-max(0, self._layout.height - view) // self._scroll_unit))
        bar.setPageStep(view // self._scroll_unit)
        bar.setSingleStep(self._layout.pitch // 2 // self._scroll_unit)
        self._ask_later()
        self.viewport().update()

    def _scroll_to(self, position: int) -> None:
        view = self.viewport().height()
        self._set_top(self._layout.top_that_shows(position, self._top, view))

    def _show_current(self) -> None:
        """Bring the current tile into view, and tell it to screen readers."""
        self._cursor.follow()
        position, rows = self._cursor.position, self._cursor.rows
        if position != NOWHERE:
            self._scroll_to(position)
            self._tell_current(position, int(rows[position]))
            around = [place for place in (position + 1, position - 1) if 0 <= place < len(rows)]
            self._images.prefetch(int(row) for row in rows[around])
        self.viewport().update()

    def _tell_current(self, position: int, row: int) -> None:
        words = (self._captions.caption_left(row), self._captions.caption_right(row))
        place = f"{position + 1} of {self._layout.count}"
        self.setAccessibleDescription(", ".join([*filter(None, words), place]))

    # pictures

    def _ask_later(self) -> None:
        """Ask once for all that happens before the window is painted again."""
        self._ask_soon.start()

    def _ask_for_images(self) -> None:
        """Wish for the tiles on the screen, top left first, then for those a screen above and below."""
        height, ratio = self.viewport().height(), self.devicePixelRatioF()
        seen, rows = self._seen(), self._cursor.rows
        near = self._layout.seen(self._top - height, 3 * height)
        self._places = {int(rows[position]): position for position in seen}
        beyond = [int(rows[position]) for position in near if position not in seen]
        self._images.keep_only([*beyond, *self._places])
        for row in (*beyond, *reversed(self._places)):  # the newest wish comes first
            self._images.request(row, round(self._layout.side * ratio))
        self.viewport().update()

    def _paint_tile_anew(self, row: int) -> None:
        self._tiles.forget(row)
        if row in self._places:
            self.viewport().update(self._area_of(self._places[row]))

    def _paint_anew(self) -> None:
        self._tiles.clear()
        self.viewport().update()

    # events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(self._theme.panel))
        if not self._layout.count:
            painter.setPen(QColor(self._theme.quiet))
            painter.setFont(font_of_size(13))
            centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 16, -16, -16), centred, EMPTY_TEXT)
            return
        painted = self._layout.seen(self._top + event.rect().top() - FRAME_WIDTH, event.rect().height() + 10)
        self._paint_tiles(painter, painted)
        self._paint_frames(painter, painted)

    def _paint_tiles(self, painter: QPainter, painted: range) -> None:
        """Copy the tiles to the screen; new ones that would take too long follow in the next paint."""
        ratio, side, spent = self.devicePixelRatioF(), self._layout.side, QElapsedTimer()
        spent.start()
        for position in painted:
            row, area = int(self._cursor.rows[position]), self._area_of(position)
            is_late = spent.elapsed() > PAINT_BUDGET_MS
            pixmap = (self._tiles.at_hand if is_late else self._tiles.pixmap)(row, side, ratio)
            if pixmap is not None:
                painter.drawPixmap(area.topLeft(), pixmap)
            else:
                painter.fillRect(area, QColor(self._theme.image_ground))
                self._paint_rest.start()

    def _paint_frames(self, painter: QPainter, painted: range) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        are_several = len(self._selection.rows) > 1
        for position in painted:
            is_current = position == self._cursor.position
            is_selected = int(self._cursor.rows[position]) in self._selection
            paint_frame(
                painter,
                QRectF(self._area_of(position)),
                self._theme,
                is_current=is_current,
                is_selected=is_selected and (are_several or not is_current),
                has_focus=self.hasFocus(),
            )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_tile_size(round(self._tile_size * 1.15 ** (event.angleDelta().y() / 120)))
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        position = self._position_at(event.position().toPoint())
        if position == NOWHERE:
            if event.button() is Qt.MouseButton.LeftButton and not event.modifiers():
                self._selection.clear()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._cursor.extend(position)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._cursor.toggle(position)
        else:
            self._cursor.click(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        event.accept()  # it belongs to the press

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        position = self._position_at(event.position().toPoint())
        if position != NOWHERE:
            self.activated.emit(int(self._cursor.rows[position]))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        lines = max(1, self.viewport().height() // self._layout.pitch)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor.position != NOWHERE:
            self.activated.emit(self._selection.current)
        elif not self._layout.count or not press_key(event, self._cursor, self._layout, page_lines=lines):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:  # noqa: D102
        is_shortcut = event.type() is QEvent.Type.ShortcutOverride
        if is_shortcut and isinstance(event, QKeyEvent) and self._cursor.is_searching and is_letter(event):
            event.accept()  # the next letter of an id, not a shortcut of the window
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: D102
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            position = self._position_at(event.pos())
            text = self._hint(int(self._cursor.rows[position])) if position != NOWHERE else ""
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def _hint(self, row: int) -> str:
        lines = (
            self._captions.caption_left(row),
            self._captions.caption_right(row),
            self._images.problem(row),
        )
        return "\n".join(filter(None, lines))
