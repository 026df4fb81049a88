"""A file for a library that cannot bear an error: it keeps the first one for later and goes on as if nothing had happened.

The HDF5 library leaves the process in a state in which it crashes at its end when the disk is full while it writes.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class PatientFile(io.RawIOBase):
    """A new file to be read and written anywhere; `check` raises the first error that there was.

    As a context manager it is closed at the end of the block, and checked.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._place = 0
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the `OSError` that there was, if there was one."""
        if self._error is not None:
            raise self._error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; its own error goes before any that followed from it."""
        self._file.close()
        super().__exit__(kind, error, trace)
        self.check()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; the end is where the file ends."""
        if whence == os.SEEK_END:
            offset += self._try(lambda: self._file.seek(0, os.SEEK_END), self._place)
        self._place = offset + (self._place if whence == os.SEEK_CUR else 0)
        return self._place

    def tell(self) -> int:
        """The place where the next byte is read or written."""
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # of typeshed's own making
        """Fill the buffer; with zeros where there is nothing."""
        view = memoryview(buffer).cast("B")
        view[:] = bytes(len(view))

        def read() -> int:
            self._file.seek(self._place)
            return self._file.readinto(view) or 0

        self._try(read, 0)
        self._place += len(view)
        return len(view)

    def write(self, content: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # as above
        """Write all of it, or remember why not."""
        view = memoryview(content).cast("B")

        def write() -> int:
            self._file.seek(self._place)
            done = 0
            while done < len(view):
                done += self._file.write(view[done:]) or 0
            return done

        self._try(write, 0)
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Make the file as long as that."""
        size = self._place if size is None else size
        self._try(lambda: self._file.truncate(size), size)
        return size

    def flush(self) -> None:
        """Nothing is held back."""

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def _try(self, work: Callable[[], int], otherwise: int) -> int:
        """What `work` gives; after the first error nothing is tried any more."""
        if self._error is None:
            try:
                return work()
            except OSError as error:
                self._error = error
        return otherwise
