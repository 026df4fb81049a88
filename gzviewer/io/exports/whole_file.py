"""A file that is there whole or not at all, whatever happens while it is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gzviewer.io.prediction_parts import sync_folder


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the name of a file beside `path` to write; it takes the place of `path` once it is on the disk.

    Where the block raises anything, a cancel too, what stood at `path` stays and nothing is left beside it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.absolute().parent)
