"""One part of a prediction store on disk: a file that is whole or not there.

A part is an array in NumPy's own format, one record a galaxy, followed by one line of JSON: a checksum of the
array, and the galaxies that could not be predicted. It is written beside its place, forced to the disk, then
given its name, and the folder is forced to the disk too: once `write_part` returns, a power cut does not undo
it.
"""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import StoreError
from gzviewer.jobs.requests import Problem

SUFFIX = ".part"
UNFINISHED = ".unfinished"
REMEDY = "Delete that file: its galaxies will be predicted again."


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
    problems
        Galaxies that could not be predicted; none of `ids`.
    """

    ids: NDArray[np.bytes_]
    fingerprints: NDArray[np.uint64]
    concentrations: NDArray[np.float32]
    problems: tuple[Problem, ...] = ()


def part_paths(folder: Path) -> list[Path]:
    """The parts of a store, in the order in which they were written."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def next_path(folder: Path) -> Path:
    """Where the next part goes."""
    numbers = [int(path.stem) for path in part_paths(folder) if path.stem.isdecimal()]
    return folder / f"{max(numbers, default=0) + 1:08d}{SUFFIX}"


def remove_unfinished(folder: Path) -> None:
    """Remove what a writer that was killed left behind. Only the one writer may."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def write_part(path: Path, part: Part) -> None:
    """Write a part; on the disk when this returns.

    Raises
    ------
    StoreError
        If it cannot be written; then there is no such part.
    """
    records = _records(part)
    tail = {
        "crc32": zlib.crc32(records.tobytes()),
        "problems": [asdict(problem) for problem in part.problems],
    }
    beside = path.with_suffix(UNFINISHED)
    try:
        with beside.open("wb") as file:
            np.lib.format.write_array(file, records, allow_pickle=False)
            file.write(json.dumps(tail).encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"Predictions cannot be written to {path.parent}: {error.strerror}.",
            "Make room there or make it writable, then start again: what was stored is kept.",
        ) from error


def read_part(path: Path) -> Part:
    """Read a part.

    Raises
    ------
    StoreError
        If the file is not as it was written.
    """
    try:
        with path.open("rb") as file:
            records = np.lib.format.read_array(file, allow_pickle=False)
            tail = json.loads(file.read())
        problems = tuple(Problem(**problem) for problem in tail["problems"])
        is_whole = tail["crc32"] == zlib.crc32(records.tobytes())
        part = Part(records["id"], records["fingerprint"], records["concentrations"], problems)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreError(f"{path} is damaged.", REMEDY) from error
    if not is_whole:
        raise StoreError(f"{path} is damaged.", REMEDY)
    return part


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
