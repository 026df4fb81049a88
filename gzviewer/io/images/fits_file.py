"""A FITS file opened, for its images or its tables: within bounds, and whatever astropy raises as one sentence.

Damaged files make astropy raise nearly anything, from errors of its own to `AttributeError`, read for ever, or
come back to where it was. Here is the one place that knows.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gzviewer.core.errors import UserError
from gzviewer.io.images.gzipped import GZIP_START, unpacked
from gzviewer.io.images.hcompress import check_tiles
from gzviewer.io.images.quiet import without_warnings

if TYPE_CHECKING:
    from astropy.io.fits import HDUList, ImageHDU  # type: ignore[import-untyped]

FITS_START = b"SIMPLE"
AGAIN = "Fetch the file again."
CUT_SHORT = ("too small", "truncated", "Empty or corrupt", "cannot reshape", "mmap length")  # others' words
LONGEST_REASON = 160  # letters


@contextmanager
def opened_fits(path: Path, fault: type[UserError], *, memmap: bool = False) -> Iterator["HDUList"]:
    """The extensions of a file, without astropy's warnings; what is raised while they are used, as `fault`.

    Parameters
    ----------
    memmap
        True: its values are read when they are looked at, which a packed file cannot.
    """
    # Imported here because readers are discovered at start and astropy takes a second
    from astropy.io import fits  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        # Unpacked first, before the turn that others wait for
        with (
            _source(path, fault) as source,
            without_warnings(),
            fits.open(source, memmap=memmap) as extensions,
        ):
            packed = [] if memmap else readable_extensions(extensions)
            wild = [
                number for number, one in packed if "HCOMPRESS" in str(getattr(one, "compression_type", ""))
            ]
            if wild:
                check_tiles(source, wild)
            yield extensions
    except PermissionError as error:
        raise fault(f"{path.name} may not be read.", "Give yourself the right to read it.") from error
    except MemoryError as error:
        raise fault(f"{path.name} needs more memory than there is.", "Cut it into smaller ones.") from error
    except _raised_on_damage() as error:
        raise fault(f"{path.name} {_reason(error)}.", AGAIN) from error


def readable_extensions(extensions: "HDUList") -> "list[tuple[int, ImageHDU]]":
    """The extensions that astropy could make sense of, with their numbers.

    `OSError` where one claims to begin before the one before it: astropy would read them round and round.
    """
    kept, place = [], -1
    for number, extension in enumerate(extensions):
        start = (extension.fileinfo() or {"hdrLoc": place + 1})["hdrLoc"]
        if start <= place:
            raise OSError("its extensions overlap")
        place = start
        if hasattr(extension, "shape") or hasattr(extension, "columns"):  # else of a kind for damaged ones
            kept.append((number, extension))
    return kept


def _source(path: Path, fault: type[UserError]) -> BinaryIO:
    """What astropy is to read: the file, or what is packed in it, whatever its name; `fault` if that is no FITS.

    Opened here because astropy forgets to close what it cannot read.
    """
    with path.open("rb") as file:
        start = file.read(len(FITS_START))
    content = unpacked(path, fault) if start.startswith(GZIP_START) else None
    start = start if content is None else content[: len(FITS_START)]
    if start != FITS_START:
        raise fault(f"{path.name} {'is no FITS file' if start else 'is empty'}.", AGAIN)
    return path.open("rb") if content is None else io.BytesIO(content)


def _raised_on_damage() -> tuple[type[Exception], ...]:
    """What astropy raises where a file ends early, contradicts itself, or was changed by a bit."""
    from astropy.io.fits.verify import VerifyError  # type: ignore[import-untyped]  # noqa: PLC0415

    named = (OSError, EOFError, LookupError, TypeError, ValueError, AttributeError, AssertionError)
    rare = (ArithmeticError, RuntimeError, SystemError, BufferError, struct.error, zlib.error, VerifyError)
    try:
        from astropy.io.fits.hdu.compressed._compression import (  # type: ignore[import-untyped]  # noqa: PLC0415
            CfitsioException,
        )
    except ImportError:  # its place is astropy's own affair
        return *named, *rare
    return *named, *rare, CfitsioException


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:LONGEST_REASON].rstrip(".")
    if isinstance(error, EOFError) or any(word in text for word in CUT_SHORT):
        return "is cut short: it ends before its values do"
    if isinstance(error, AttributeError | AssertionError | SystemError) or "Errno" in text or not text:
        return "is a damaged FITS file"
    return f"cannot be read as FITS: {text}"
