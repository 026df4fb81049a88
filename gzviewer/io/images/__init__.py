"""Images as files: one reader a module, found by the file's name, each giving an `Image`.

To read one more format, add a module here with one class that fits `ImageReader`, decorated with
``@image_reader("its name")``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gzviewer.core.errors import ImageError
from gzviewer.core.image import Image
from gzviewer.core.registry import Registry


class ImageReader(Protocol):
    """Reads the files of one format family."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the files it reads, lower case, with their dot (or two: ``.fits.gz``)."""

    def read(self, path: Path, *, at_least: int = 0) -> Image:
        """Read the picture of one file, or a smaller one whose shorter side still has `at_least` pixels.

        Raises
        ------
        ImageError
            For whatever is wrong with the file, in one sentence that names it.
        """


readers: Registry[ImageReader] = Registry(__name__)


def image_reader(name: str) -> Callable[[type[ImageReader]], type[ImageReader]]:
    """Decorator of a reader's class: registers one instance of it under `name`."""

    def keep(reader: type[ImageReader]) -> type[ImageReader]:
        readers.register(name)(reader())
        return reader

    return keep


def image_suffixes() -> tuple[str, ...]:
    """Every suffix that can be read, lower case, alphabetical."""
    return tuple(sorted(suffix for reader in readers for suffix in reader.suffixes))


def read_image(path: str | Path, at_least: int = 0) -> Image:
    """Read one image, whatever its format.

    Parameters
    ----------
    path
        The file; its suffix decides who reads it, in whatever letter case.
    at_least
        Pixels that the shorter side must keep; a reader that can is then quicker. 0: the whole picture.

    Raises
    ------
    ImageError
        If the file is not there, is of no known format, or is broken; one sentence with its name.
    """
    path = Path(path)
    name = path.name.lower()
    for reader in readers:
        if name.endswith(reader.suffixes):
            if not path.is_file():
                raise ImageError(f"{path.name} is not there: {path}.", "Check the image folder.")
            return reader.read(path, at_least=at_least)
    raise ImageError(
        f"{path.name} is of no image format known here.", f"Known are {', '.join(image_suffixes())}."
    )
