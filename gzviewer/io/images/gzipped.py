"""Files packed by gzip: unpacked within bounds, their checksum compared, and whatever is wrong as a sentence.

A small file may unpack into all of memory, by mischance or by malice, so there is an end to it.
"""

import gzip
import io
import zlib
from pathlib import Path

from gzviewer.core.errors import UserError

GZIP_START = b"\x1f\x8b"  # the first bytes of every file of gzip
UNPACKED_MAX = 1 << 30  # bytes
ALWAYS_ALLOWED = 64 << 20  # bytes that any file may unpack into, however small it is
PACKED_MAX = 100  # times that data shrink at most: blank images to a fiftieth, tables to a twentieth
CHUNK = 1 << 20


def unpacked(path: Path, fault: type[UserError]) -> bytes:
    """What is in a file of gzip.

    Parameters
    ----------
    fault
        What to raise: the error of those who asked.

    Raises
    ------
    UserError
        As `fault`, where the file is damaged, cut short, or unpacks into more than any image or table.
        `PermissionError` is left to the caller.
    """
    limit = min(UNPACKED_MAX, max(ALWAYS_ALLOWED, PACKED_MAX * path.stat().st_size))
    content = io.BytesIO()
    try:
        with gzip.open(path) as file:
            while chunk := file.read(CHUNK):
                if content.write(chunk) and content.tell() > limit:
                    what = f"{path.name} unpacks into more than {limit / 1e6:,.0f} million bytes."
                    raise fault(what, "Unpack it yourself, if you trust it, and open what is in it.")
    except PermissionError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        why = "is cut short" if isinstance(error, EOFError) else "is damaged"
        raise fault(f"{path.name} cannot be unpacked: it {why}.", "Fetch the file again.") from error
    return content.getvalue()
