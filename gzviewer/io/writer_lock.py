"""Only one process at a time writes into a folder: a lock that the system takes back when its holder dies.

The file in the folder holds the holder's process number, for the sentence a second writer is told. The lock
is not the file but the system's lock on it, so a process that was killed leaves nothing to clean up, and a
new process that happens to get its number is not mistaken for it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gzviewer.core.errors import StoreError

FILE_NAME = "writer.lock"
LOCKED_BYTE = 1 << 30  # far behind the text: a locked byte cannot be read on Windows


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder` inside a ``with`` block.

    Raises
    ------
    StoreError
        If another process (or another lock of this one) holds it, or the folder cannot be written.
    """
    path = folder / FILE_NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.", "Make that folder writable."
        ) from error
    try:
        _take(handle, path)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)  # gives the lock back


def _take(handle: int, path: Path) -> None:
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError) as error:
        holder = path.read_bytes()[:20].decode(errors="replace")
        raise StoreError(
            f"Another process ({holder}) is writing predictions into {path.parent}.",
            "Wait until it has ended, or stop it.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"{path} cannot be locked: {error.strerror}.", "Keep predictions on a disk of this computer."
        ) from error


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
