"""One part of a prediction store on disk: a file that is whole or not there.

A part is an array in NumPy's own format, one record a galaxy, followed by a line of JSON (the galaxies that
could not be predicted, and how the others were), and a checksum of all that stands before it. It is written
beside its place, forced to the disk, then given its name, and the folder is forced to the disk too: once
`write_part` returns, a power cut does not undo it.
"""

import io
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import StoreError
from gzviewer.io.provenance import Provenance
from gzviewer.jobs.requests import Problem

SUFFIX = ".part"
UNFINISHED = ".unfinished"
ASIDE = ".damaged"
CHECKSUM_LENGTH = 8  # hexadecimal digits
REMEDY = "Predict its galaxies again."


class DamagedPart(StoreError):  # noqa: N818 - named like the other errors of the program
    """A part that is not as it was written."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one part holds.

    Parameters
    ----------
    ids : (galaxy,) bytes
        Galaxy ids as UTF-8.
    fingerprints : (galaxy,) uint64
        Which state of the image was looked at.
    concentrations : (galaxy, member, answer) float32
        What the model said; of a head other than ``dirichlet`` its shares, probabilities or values.
    problems
        Galaxies that could not be predicted; none of `ids`.
    made
        How, when and where; empty where it is not known.
    """

    ids: NDArray[np.bytes_]
    fingerprints: NDArray[np.uint64]
    concentrations: NDArray[np.float32]
    problems: tuple[Problem, ...] = ()
    made: Provenance = field(default_factory=dict)


def part_paths(folder: Path) -> list[Path]:
    """The parts of a store, in the order in which they were written."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def next_path(folder: Path) -> Path:
    """Where the next part goes."""
    taken = [*part_paths(folder), *folder.glob(f"*{ASIDE}")]  # a reader knows parts by their names
    numbers = [int(path.stem) for path in taken if path.stem.isdecimal()]
    return folder / f"{max(numbers, default=0) + 1:08d}{SUFFIX}"


def remove_unfinished(folder: Path) -> None:
    """Remove what a writer that was killed left behind. Only the one writer may."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Give a damaged part another name, so that nobody reads it again. Only the one writer may.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    try:
        path.replace(path.with_suffix(ASIDE))
        sync_folder(path.parent)
    except FileNotFoundError:
        return  # another writer was here before
    except OSError as error:
        raise StoreError(
            f"{path} cannot be renamed: {error.strerror}.", "Make its folder writable."
        ) from error


def write_part(path: Path, part: Part) -> None:
    """Write a part; on the disk when this returns.

    Raises
    ------
    StoreError
        If it cannot be written; then there is no such part.
    """
    file_in_memory = io.BytesIO()
    np.lib.format.write_array(file_in_memory, _records(part), allow_pickle=False)
    said = {"problems": [asdict(problem) for problem in part.problems], "made": dict(part.made)}
    file_in_memory.write(json.dumps(said).encode())
    content = file_in_memory.getvalue()
    beside = path.with_suffix(UNFINISHED)
    try:
        with beside.open("wb") as file:
            file.write(content + _checksum(content))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"Predictions cannot be written to {path.parent}: {error.strerror}.",
            "Make room there or make it writable, then start again: what was stored is kept.",
        ) from error


def read_part(path: Path, shape: tuple[int, ...]) -> Part:
    """Read a part.

    Parameters
    ----------
    shape
        (member, answer), as long as they must be.

    Raises
    ------
    DamagedPart
        If the file is not as it was written, or of another shape.
    StoreError
        If the file cannot be read at all.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", REMEDY) from error
    content, checksum = content[:-CHECKSUM_LENGTH], content[-CHECKSUM_LENGTH:]
    if checksum != _checksum(content):
        raise DamagedPart(f"{path} is damaged.", REMEDY)
    file = io.BytesIO(content)
    records = np.lib.format.read_array(file, allow_pickle=False)
    said = json.loads(file.read())
    said = {"problems": said, "made": {}} if isinstance(said, list) else said  # of an older program
    problems = tuple(Problem(**problem) for problem in said["problems"])
    part = Part(records["id"], records["fingerprint"], records["concentrations"], problems, said["made"])
    if part.concentrations.shape[1:] != shape:
        raise DamagedPart(f"{path} has another shape than its header says.", REMEDY)
    return part


def _checksum(content: bytes) -> bytes:
    return b"%0*x" % (CHECKSUM_LENGTH, zlib.crc32(content))


def encoded(ids: Sequence[str]) -> NDArray[np.bytes_]:
    """Galaxy ids as they stand in a part."""
    texts = [name.encode(errors="surrogatepass") for name in ids]  # a file name need not be valid text
    assert not any(text.endswith(b"\0") for text in texts), "an id ends in a zero"
    return np.array(texts, dtype=np.bytes_) if texts else np.empty(0, dtype="S1")


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _records(part: Part) -> NDArray[np.void]:
    """(galaxy,) one record each; numbers with their low byte first."""
    shape = part.concentrations.shape
    kind = np.dtype([("id", part.ids.dtype), ("fingerprint", "<u8"), ("concentrations", "<f4", shape[1:])])
    records = np.empty(shape[0], dtype=kind)
    records["id"], records["fingerprint"] = part.ids, part.fingerprints
    records["concentrations"] = part.concentrations
    return records
