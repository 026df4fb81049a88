"""What the model sees of the galaxy that is being looked at: made in a thread of its own, and only while somebody looks.

The same functions as in a prediction read and prepare the image, so that the numbers are the very ones that the
network is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import ImageError
from gzviewer.io.images import read_image
from gzviewer.io.manifest import Manifest
from gzviewer.io.model_input import (
    Box,
    Input,
    describe_input,
    network_input,
    picture_of_input,
    pixels_needed,
    seen_box,
)
from gzviewer.session.newest_first import NewestFirst


@dataclass(frozen=True, eq=False)
class Preview:
    """What the model sees of one galaxy.

    Parameters
    ----------
    values : (channel, y, x)
        As the network is given them.
    picture : (y, x, 3)
        The same for the screen.
    box
        The square that is seen: left, top, right, bottom in shares of the image's width and height.
    size
        Width and height of the image as read for the model, pixels; a large JPEG is read at a part of its size.
    problem
        Why there is nothing to see; "" where there is.
    recipe
        In words, one short line a step: of what is done to such an image.
    """

    row: int
    values: Input
    picture: NDArray[np.uint8]
    box: Box = (0.0, 0.0, 1.0, 1.0)
    size: tuple[int, int] = (0, 0)
    problem: str = ""
    recipe: tuple[str, ...] = ()

    @property
    def is_grey(self) -> bool:
        """True where the network sees one band."""
        return len(self.values) == 1


class ModelInput(QObject):
    """Previews for one model and one catalog. Ask, and `ready` names the row when there is an answer.

    Parameters
    ----------
    manifest
        None: there is no model, and nothing to see.
    """

    ready = Signal(int)  # row
    _made = Signal(object)  # Preview, from the thread

    def __init__(self, catalog: Catalog, manifest: Manifest | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.manifest = manifest
        self._catalog = catalog
        self._last: Preview | None = None
        self._is_closed = False
        self._thread = NewestFirst[int](self._make, thread_count=1)
        self._made.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    @property
    def recipe(self) -> tuple[str, ...]:
        """The model's recipe in words, one short line a step."""
        return () if self.manifest is None else describe_input(self.manifest)

    def preview(self, row: int) -> Preview | None:
        """What the model sees of a row, if it was asked for last and is at hand."""
        return self._last if self._last is not None and self._last.row == row else None

    def request(self, row: int) -> None:
        """Wish for a preview; `ready` follows, or has come before."""
        self._thread.clear()
        if self.manifest is not None and self.preview(row) is None:
            self._thread.add(row)

    def close(self) -> None:
        """Nothing is asked for or told afterwards.

        A huge image that is being read is not waited for: this object stays until its thread has ended, or the program.
        """
        self._is_closed = True
        self._thread.leave()
        program = QCoreApplication.instance()
        if program is None or self._thread.is_idle:
            self._thread.close()
            self.deleteLater()
        else:
            self.setParent(program)
            program.aboutToQuit.connect(self._wait)

    def _wait(self) -> None:
        self._thread.close()

    def _make(self, row: int) -> None:
        """Called in the thread."""
        assert self.manifest is not None, "a wish without a model"
        self._made.emit(preview_of(row, self._catalog.image_of(row), self.manifest))

    def _keep(self, preview: Preview) -> None:
        if self._is_closed:
            self.deleteLater()
        else:
            self._last = preview
            self.ready.emit(preview.row)


def preview_of(row: int, path: str, manifest: Manifest) -> Preview:
    """What a model sees of the image at `path`; a problem is told in the result."""
    if not path:
        return _nothing(row, "No image was found.")
    try:
        image = read_image(path, pixels_needed(manifest))
    except ImageError as error:
        return _nothing(row, str(error))
    values = network_input(image, manifest)
    left, top, right, bottom = seen_box(image.width, image.height, manifest)
    box = left / image.width, top / image.height, right / image.width, bottom / image.height
    picture = picture_of_input(values, manifest)
    recipe = describe_input(manifest, is_measured=image.is_measured)
    return Preview(row, values, picture, box, (image.width, image.height), recipe=recipe)


def _nothing(row: int, problem: str) -> Preview:
    values, picture = np.zeros((0, 0, 0), dtype=np.float32), np.zeros((0, 0, 3), dtype=np.uint8)
    return Preview(row, values, picture, problem=problem)
