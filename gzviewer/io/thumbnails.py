"""Small pictures of images, kept on disk so that a tile costs 0.1 ms the second time instead of 10.

One SQLite file of JPEGs, each under a key made of the image's path, size and time of change, the stretch,
and the tile's width: a changed file or another stretch is another key. What was used longest ago goes when
the file is full. It may be deleted at any time; where it cannot be written the program does without, and says
so in the log once.
"""

import hashlib
import io
import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from gzviewer.core.stretch import Stretch, to_rgb
from gzviewer.io.images import read_image

log = logging.getLogger(__name__)

Pixels = NDArray[np.uint8]

CAPACITY_BYTES = 2 << 30
JPEG_QUALITY = 88
KEPT_WHEN_FULL = 0.9
"""Fraction of the capacity that is left after making room, so that room is not made at every picture."""
TOUCHES_WRITTEN_TOGETHER = 256

_TABLES = """
CREATE TABLE IF NOT EXISTS thumbnail (
  key BLOB NOT NULL UNIQUE,
  used INTEGER NOT NULL, -- nanoseconds since 1970
  jpeg BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS thumbnail_used ON thumbnail (used);
"""


def draw_thumbnail(path: str, width: int, stretch: Stretch) -> Pixels:
    """Read an image and make it small.

    Parameters
    ----------
    path
        Absolute path of the image.
    width
        Pixels of the longer side of the result; an image that is smaller stays as it is.

    Returns
    -------
    (y, x, 3) RGB, ready for the screen.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    return shrunk(to_rgb(read_image(path, at_least=width), stretch), width)


def shrunk(pixels: Pixels, width: int) -> Pixels:
    """An RGB picture (y, x, 3) with its longer side at most `width`, every source pixel counted."""
    height, breadth = pixels.shape[:2]
    if max(height, breadth) <= width:
        return pixels
    scale = width / max(height, breadth)
    size = (max(1, round(breadth * scale)), max(1, round(height * scale)))
    picture = Pillow.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(picture.resize(size, Pillow.Resampling.HAMMING, reducing_gap=2.0))


class Thumbnails:
    """The disk cache. Every method may be called from any thread.

    Parameters
    ----------
    path
        Of the file; it and its folder are made if they are not there.
    capacity_bytes
        Size of the file at which what was used longest ago is thrown out.
    """

    def __init__(self, path: Path, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._path = path
        self._capacity_bytes = capacity_bytes
        self._lock = threading.Lock()
        self._touched: list[tuple[int, bytes]] = []
        self._database: sqlite3.Connection | None = None
        with self._lock:
            self._open()

    @property
    def is_working(self) -> bool:
        """False where the file cannot be used, or is closed: nothing is found and nothing kept."""
        return self._database is not None

    def thumbnail(self, path: str, width: int, stretch: Stretch) -> Pixels:
        """The small picture of an image: from disk, else drawn and kept. As `draw_thumbnail`."""
        key = _key_of(path, width, stretch)
        kept = self.find(key)
        if kept is None:
            kept = draw_thumbnail(path, width, stretch)
            self.keep(key, kept)
        return kept

    def find(self, key: bytes) -> Pixels | None:
        """The picture under a key; None where there is none."""
        with self._lock:
            found = self._ask("SELECT jpeg FROM thumbnail WHERE key = ?", (key,))
            if found:
                self._touch(key)
        return _decoded(found[0][0]) if found else None

    def keep(self, key: bytes, pixels: Pixels) -> None:
        """Keep a picture (y, x, 3) under a key, in place of what was there."""
        if not self.is_working:
            return
        jpeg = io.BytesIO()
        Pillow.fromarray(np.ascontiguousarray(pixels)).save(jpeg, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        with self._lock:
            self._ask(
                "INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?)", (key, time.time_ns(), jpeg.getvalue())
            )
            self._make_room()

    def close(self) -> None:
        """Write what is still to be written, and let go of the file."""
        with self._lock:
            self._write_touches()
            if self._database is not None:
                self._database.close()
                self._database = None

    def _open(self) -> None:
        """Open the file, in place of a broken one if need be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _opened(self._path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                _remove(self._path)
                self._database = _opened(self._path)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def _ask(self, question: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Run one statement; nothing where the cache does not work. Called with the lock held."""
        if self._database is None:
            return []
        try:
            return self._database.execute(question, values).fetchall()
        except sqlite3.Error as error:
            self._recover(error)
            return []

    def _recover(self, error: sqlite3.Error) -> None:
        """Begin a new file in place of a damaged one; do without where the fault is not in the file."""
        if isinstance(error, sqlite3.OperationalError):
            self._give_up(error)
            return
        assert self._database is not None
        self._database.close()
        self._database = None
        _remove(self._path)
        self._open()

    def _give_up(self, error: Exception) -> None:
        log.warning("Thumbnails are not kept: %s cannot be used (%s).", self._path, error)
        if self._database is not None:
            self._database.close()
        self._database = None

    def _touch(self, key: bytes) -> None:
        """Note a use; notes are written many at a time, because reading must not wait for the disk."""
        self._touched.append((time.time_ns(), key))
        if len(self._touched) >= TOUCHES_WRITTEN_TOGETHER:
            self._write_touches()

    def _write_touches(self) -> None:
        touched, self._touched = self._touched, []
        if self._database is None or not touched:
            return
        try:
            self._database.execute("BEGIN")
            self._database.executemany("UPDATE thumbnail SET used = ? WHERE key = ?", touched)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._recover(error)

    def _make_room(self) -> None:
        if self._bytes_used() <= self._capacity_bytes:
            return
        self._write_touches()
        while self._bytes_used() > KEPT_WHEN_FULL * self._capacity_bytes:
            self._ask(
                "DELETE FROM thumbnail WHERE key IN (SELECT key FROM thumbnail ORDER BY used LIMIT 64)", ()
            )
            if not self._ask("SELECT key FROM thumbnail LIMIT 1", ()):
                return

    def _bytes_used(self) -> int:
        """Bytes of the file that hold something; what was deleted is used again before the file grows."""
        answers = [self._ask(f"PRAGMA {name}", ()) for name in ("page_size", "page_count", "freelist_count")]
        if not all(answers):
            return 0
        size, count, free = (int(answer[0][0]) for answer in answers)
        return size * (count - free)


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")  # it can be made again
        database.executescript(_TABLES)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _key_of(path: str, width: int, stretch: Stretch) -> bytes:
    """16 bytes that change when the file, the stretch or the width changes."""
    try:
        status = Path(path).stat()
        stamp = (status.st_mtime_ns, status.st_size)
    except OSError:  # reading it will say why
        stamp = (0, 0)
    return hashlib.blake2b(
        repr((path, *stamp, width, stretch)).encode(errors="surrogateescape"), digest_size=16
    ).digest()


def _decoded(jpeg: bytes) -> Pixels | None:
    try:
        with Pillow.open(io.BytesIO(jpeg)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        return None
