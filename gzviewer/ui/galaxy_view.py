"""The galaxy that is being looked at, large: its image, name and position, and the sky's measure and directions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gzviewer.core.catalog import Catalog
from gzviewer.core.coordinates import sexagesimal
from gzviewer.core.image import Image
from gzviewer.session.images import ImageLoader, Picture
from gzviewer.session.selection import NO_ROW, Selection
from gzviewer.ui.galaxy_canvas import Brightness, GalaxyCanvas
from gzviewer.ui.galaxy_overlay import Overlay
from gzviewer.ui.stretch_bar import StretchBar
from gzviewer.ui.theme import Theme

PATIENCE_MS = 150
"""After so long without the new galaxy's image the old one is dimmed: it must not pass for the new one."""
SIMULATED = "simulated galaxy"
NO_FILE_REMEDY = "Name the folder of the images: File ▸ Columns and image folder (Ctrl+L)."


class GalaxyView(QWidget):
    """The current galaxy of a selection."""

    def __init__(
        self,
        catalog: Catalog,
        selection: Selection,
        images: ImageLoader,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog, self._selection, self._images = catalog, selection, images
        self._details: Callable[[int], Sequence[str]] = _no_details
        self._shown_row = NO_ROW
        self._picture: Picture | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._canvas = GalaxyCanvas(theme, self)
        self._bar = StretchBar(images, self)
        self._arrange()
        self._patience.timeout.connect(self._redraw)
        selection.current_changed.connect(self._take_current)
        images.full_ready.connect(self._take_ready)
        images.ready.connect(self._take_ready)
        images.stretch_changed.connect(self._take_current)
        self._canvas.pointed.connect(self._read_out)
        self._canvas.placing_changed.connect(self._redraw_words)
        self._canvas.brightness_changed.connect(self._redraw_bar)
        self._bar.reset_wanted.connect(self._reset_brightness)
        self._take_current()

    @property
    def canvas(self) -> GalaxyCanvas:
        """The surface with the image: zoom, contrast and bias are its."""
        return self._canvas

    def set_theme(self, theme: Theme) -> None:
        """Wear another theme."""
        self._canvas.set_theme(theme)

    def set_details(self, details: Callable[[int], Sequence[str]]) -> None:
        """Write these lines under the position of every galaxy; called with its row."""
        self._details = details
        self._redraw_words()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._canvas, stretch=1)
        column.addWidget(self._bar)
        self._bar.hide()
        self.setFocusProxy(self._canvas)
        self._canvas.setAccessibleName("Image of the galaxy")

    def _take_current(self) -> None:
        row = self._selection.current
        if row != NO_ROW:
            self._images.request_full(row)
            self._patience.start()
        self._redraw()

    def _take_ready(self, row: int) -> None:
        if row == self._selection.current:
            self._redraw()

    def _redraw(self) -> None:
        """Show the image of the current galaxy, as much of it as is at hand."""
        row = self._selection.current
        picture = None if row == NO_ROW else self._images.full(row)
        if picture is not None:
            self._show(row, picture)
        elif row == NO_ROW or self._images.problem(row):
            self._show(row, None)
        elif row != self._shown_row:
            self._show_tile(row)
        self._redraw_words()

    def _show(self, row: int, picture: Picture | None) -> None:
        self._patience.stop()
        self._shown_row, self._picture = row, picture
        self._canvas.set_image(() if picture is None else picture.levels)
        self._redraw_bar()

    def _redraw_bar(self) -> None:
        """Show the strip where there is something to choose, or something that was changed and must be seen."""
        brightness = self._canvas.brightness
        image = self._picture.image if self._picture is not None and self._picture.image.is_measured else None
        self._bar.set_image(image)
        self._bar.set_brightness(brightness.contrast, brightness.bias)
        self._bar.setVisible(image is not None or brightness != Brightness())

    def _show_tile(self, row: int) -> None:
        """Until the image is read, the gallery's small one will do, where the whole of it is to be seen."""
        tile = self._images.thumbnail(row)
        if tile is not None and self._canvas.placing.is_fitted:
            self._patience.stop()
            self._shown_row, self._picture = row, None
            self._canvas.set_image([tile])

    def _redraw_words(self) -> None:
        row = self._selection.current
        if row == NO_ROW:
            self._canvas.set_overlay(Overlay(message="No galaxy is chosen"))
            return
        problem = self._images.problem(row)
        is_waiting = row != self._shown_row and not self._patience.isActive() and not problem
        words = Overlay(
            title=str(self._catalog.ids[row]),
            left=(*self._position_lines(row), *self._details(row)),
            badge=SIMULATED if self._catalog.is_simulated else "",
            message="No image to show" if problem else "Reading the image …" if is_waiting else "",
            reason=problem if not problem or self._images.has_file(row) else f"{problem}\n{NO_FILE_REMEDY}",
            is_waiting=is_waiting,
        )
        if self._picture is not None and row == self._shown_row:
            words = self._with_image(words, self._picture.image)
        self._canvas.set_overlay(words)
        self._canvas.setAccessibleDescription(f"Galaxy {words.title}. {problem}".strip())

    def _position_lines(self, row: int) -> tuple[str, ...]:
        ra, dec = float(self._catalog.ra[row]), float(self._catalog.dec[row])
        if math.isfinite(ra) and math.isfinite(dec):
            return (position_text(ra, dec, decimals=0),)
        image = self._picture.image if self._picture is not None and row == self._shown_row else None
        if image is None or image.sky is None:
            return ()
        ra, dec = map(float, image.sky.position(image.width / 2, image.height / 2))
        return (f"centre {position_text(ra, dec, decimals=0)}",) if math.isfinite(ra) else ()

    def _with_image(self, words: Overlay, image: Image) -> Overlay:
        stretch, placing = self._images.stretch, self._canvas.placing
        bands = "".join(image.bands) if all(len(band) == 1 for band in image.bands) else " ".join(image.bands)
        how = (stretch.kind, stretch.limits, bands) if image.is_measured else ()
        size = f"{image.width} × {image.height}"
        extension = f"{image.extension}, 1 of {image.extension_count}" if image.extension_count > 1 else ""
        zoom = "" if placing.is_fitted else f"zoom {placing.zoom:.3g}×"
        return replace(
            words,
            badge=SIMULATED if image.is_simulated else words.badge,
            right=tuple(filter(None, (" · ".join(filter(None, how)), size, extension, zoom, image.note))),
            arcsec_per_pixel=image.arcsec_per_pixel,
            north_deg=image.north_deg,
            is_mirrored=image.is_mirrored,
        )

    def _read_out(self, point: QPointF | None) -> None:
        image = None if self._picture is None else self._picture.image
        is_on = point is not None and image is not None and image.is_measured
        if not is_on or image is None or point is None:
            self._bar.set_readout("")
        else:
            texts = value_text(image, point.x(), point.y()), sky_text(image, point.x(), point.y())
            self._bar.set_readout("\n".join(filter(None, texts)))

    def _reset_brightness(self) -> None:
        self._canvas.set_brightness(Brightness())


def value_text(image: Image, x: float, y: float) -> str:
    """The value of the pixel under a point of the image, and the point as FITS counts.

    There (1, 1) is the middle of the pixel at the bottom left.
    """
    column, line = math.floor(x), math.floor(y)
    if not (0 <= column < image.width and 0 <= line < image.height):
        return ""
    values = np.atleast_1d(image.pixels[line, column])
    names = image.bands if len(image.bands) == len(values) > 1 else [""] * len(values)
    said = "  ".join(f"{name} {value:.5g}".strip() for name, value in zip(names, values, strict=True))
    return f"x {x + 0.5:.1f}  y {image.height - y + 0.5:.1f}    {said} {image.unit}".rstrip()


def sky_text(image: Image, x: float, y: float) -> str:
    """Where on the sky a point of the image lies; "" where that is not known."""
    if image.sky is None:
        return ""
    ra, dec = map(float, image.sky.position(x, y))
    return position_text(ra, dec, decimals=2) if math.isfinite(ra) else ""


def position_text(ra: float, dec: float, *, decimals: int) -> str:
    """``RA 10:21:07.2  Dec +12:40:05``: degrees, with so many decimals of the Dec's seconds, one more of the RA's."""
    hours = sexagesimal(ra, hours=True, decimals=decimals + 1)[0]
    return f"RA {hours}  Dec {sexagesimal(dec, hours=False, decimals=decimals)[0]}"


def _no_details(row: int) -> Sequence[str]:  # noqa: ARG001
    return ()
