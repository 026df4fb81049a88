"""Which picture a file holds, as one number: cheap enough to be asked for all galaxies of a catalog at every opening.

The number is made of the file's size, its time of change, and its content: all of a small file, evenly spread pieces of a
larger one. Size and time alone do not tell pictures apart: two folders of one archive hold files of one name, one size and
one time for every band. The path is not part of it, so that a folder that was moved, or copied with its times, keeps its
predictions. Why so is in ``docs/adr/0005-an-image-is-known-by-its-content.md``.
"""

import hashlib
import os
import stat
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WHOLE_BYTES = 32 * 1024  # a file of at most this size is read from end to end
PIECES, PIECE_BYTES = (
    17,
    2048,
)  # of a larger one; an odd number, so that one lies about its middle, where the galaxy is
READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def fingerprints(images: Sequence[str]) -> NDArray[np.uint64]:
    """(image,) a number that changes when the picture does; 0 where there is no file that can be read."""
    return np.fromiter((fingerprint(image) for image in images), dtype=np.uint64, count=len(images))


def fingerprint(image: str) -> int:
    """One of `fingerprints`."""
    if not image:
        return 0
    try:
        state = os.stat(image)  # noqa: PTH116 - a Path would double the time, and there are millions
        if not stat.S_ISREG(state.st_mode):
            return 0  # opening a pipe would wait for ever
        digest = hashlib.sha256(b"%d %d " % (state.st_size, state.st_mtime_ns))
        handle = os.open(image, READING)
        try:
            for piece in _pieces(handle, state.st_size):
                digest.update(piece)
        finally:
            os.close(handle)
    except (OSError, ValueError):
        return 0
    return int.from_bytes(digest.digest()[:8], "little") or 1


def _pieces(handle: int, size: int) -> list[bytes]:
    """The bytes of an open file that count."""
    if size <= WHOLE_BYTES:
        return [os.read(handle, WHOLE_BYTES)]
    pieces = []
    for number in range(PIECES):
        os.lseek(handle, (size - PIECE_BYTES) * number // (PIECES - 1), os.SEEK_SET)
        pieces.append(os.read(handle, PIECE_BYTES))
    return pieces
