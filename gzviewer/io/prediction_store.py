"""The predictions of one model, kept on disk as they are made, and read as one array.

A store is a folder of *parts* that are only ever added (`gzviewer.io.prediction_parts`), under a header that
says whose predictions they are. One process writes, any number read; a reader that wants the newest parts
says `PredictionStore.refresh`. What a process that is killed loses is the part it was about to write.

Stores are apart for every combination of weights, schema, number of members and preprocessing (`StoreKey`).
Within a store a prediction belongs to a galaxy id *and* a state of its image: the file's size and time of
change. Another folder that happens to use the same ids, or a picture that was replaced, is not shown the old
prediction but counts as missing; a copy that keeps its time of change is the same image. A file that is not
there matches nothing. Only images of galaxies that the store holds are looked at.

The whole store is held in memory: 10⁶ galaxies of 30 answers are 0.15 GB.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import StoreError
from gzviewer.io.key_index import KeyIndex, Positions, joined_keys, text_keys
from gzviewer.io.prediction_parts import (
    Part,
    encoded,
    next_path,
    part_paths,
    read_part,
    remove_unfinished,
    sync_folder,
    write_part,
)
from gzviewer.io.store_key import HEADER, StoreKey, check_header, write_header
from gzviewer.io.writer_lock import only_writer
from gzviewer.jobs.requests import Problem

Scalar = TypeVar("Scalar", bound=np.generic)


def fingerprints(images: Sequence[str]) -> NDArray[np.uint64]:
    """(image,) a number that changes when the file does; 0 where there is no such file."""
    return np.fromiter((_fingerprint(image) for image in images), dtype=np.uint64, count=len(images))


def _fingerprint(image: str) -> int:
    if not image:
        return 0
    try:
        state = os.stat(image)  # noqa: PTH116 - a Path would double the time, and there are millions
    except (OSError, ValueError):
        return 0
    mixed = (state.st_size * 0x9E3779B97F4A7C15) ^ (state.st_mtime_ns * 0xC2B2AE3D27D4EB4F)
    return mixed % (1 << 64) or 1


class PredictionStore:
    """The predictions that are on disk for one `StoreKey`.

    Parameters
    ----------
    root
        Folder that holds all stores. Nothing is made in it before something is written.

    Raises
    ------
    StoreError
        If what is there was written by a newer program, is damaged, or has other label columns.
    """

    def __init__(self, root: Path, key: StoreKey) -> None:
        self.key = key
        self.folder = root / key.folder_name
        shape = (0, key.members, len(key.label_columns))
        self._ids = _Growing(np.empty(0, dtype="S1"))
        self._fingerprints = _Growing(np.empty(0, dtype=np.uint64))
        self._concentrations = _Growing(np.empty(shape, dtype=np.float32))
        self._by_id, self._by_image = KeyIndex(), KeyIndex()
        self._problems: dict[str, Problem] = {}
        self._seen: set[str] = set()
        self._is_writing = False
        self.refresh()

    def __len__(self) -> int:
        return len(self._ids.values)

    def refresh(self) -> int:
        """Read the parts that are new since the last time; returns how many galaxies they hold."""
        before = len(self)
        if (self.folder / HEADER).exists():
            check_header(self.folder / HEADER, self.key)
            for path in part_paths(self.folder):
                if path.name not in self._seen:
                    self._take(path, read_part(path))
        return len(self) - before

    def read(self, ids: Sequence[str], images: Sequence[str]) -> NDArray[np.float32]:
        """Concentrations of these galaxies, as their images are now.

        Parameters
        ----------
        ids, images
            Galaxy ids and absolute image paths, as many of each.

        Returns
        -------
        (galaxy, member, answer); NaN = not predicted.
        """
        shape = (len(ids), self.key.members, len(self.key.label_columns))
        result = np.full(shape, np.nan, dtype=np.float32)
        positions = self._positions(ids, images)
        result[positions >= 0] = self._concentrations.values[positions[positions >= 0]]
        return result

    def missing(self, ids: Sequence[str], images: Sequence[str]) -> NDArray[np.bool_]:
        """(galaxy,) True where there is no prediction for the image as it is now."""
        return self._positions(ids, images) < 0

    def problems(self) -> tuple[Problem, ...]:
        """Galaxies that could not be predicted and have not been since, oldest first."""
        return tuple(self._problems.values())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer inside a ``with`` block; what others wrote before is read first.

        Raises
        ------
        StoreError
            If another process is writing, or the folder cannot be written.
        """
        _make_folder(self.folder)
        with only_writer(self.folder):
            remove_unfinished(self.folder)
            if not (self.folder / HEADER).exists():
                write_header(self.folder / HEADER, self.key)
            self.refresh()
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False

    def append(
        self,
        ids: Sequence[str],
        states: NDArray[np.uint64],
        concentrations: NDArray[np.float32],
        problems: Sequence[Problem] = (),
    ) -> None:
        """Keep predictions; on the disk when this returns. Only inside `writing`.

        Parameters
        ----------
        ids
            Galaxy ids; one that was predicted before now has the newer prediction.
        states : (galaxy,)
            `fingerprints` of their images, taken before they were read.
        concentrations : (galaxy, member, answer)
            Finite and positive.
        problems
            Galaxies that could not be predicted.

        Raises
        ------
        StoreError
            If it cannot be written; then nothing of it is kept.
        """
        assert self._is_writing, "append outside writing()"
        expected = (len(ids), self.key.members, len(self.key.label_columns))
        assert concentrations.shape == expected, f"{concentrations.shape} instead of {expected}"
        assert np.isfinite(concentrations).all(), "concentrations that are not numbers"
        part = Part(encoded(ids), states, concentrations, tuple(problems))
        path = next_path(self.folder)
        write_part(path, part)
        self._take(path, part)

    def _take(self, path: Path, part: Part) -> None:
        """Add a part that is on disk to what is in memory."""
        if part.concentrations.shape[1:] != self._concentrations.values.shape[1:]:
            raise StoreError(f"{path} has another shape than its header says.", "Delete that file.")
        first = len(self)
        keys = text_keys(part.ids)
        self._by_id.add(keys, first)
        self._by_image.add(joined_keys(keys, part.fingerprints), first)
        self._ids.extend(part.ids)
        self._fingerprints.extend(part.fingerprints)
        self._concentrations.extend(part.concentrations)
        if self._problems:
            for name in part.ids.tolist():
                self._problems.pop(name.decode(errors="surrogatepass"), None)
        self._problems.update({problem.id: problem for problem in part.problems})
        self._seen.add(path.name)

    def _positions(self, ids: Sequence[str], images: Sequence[str]) -> Positions:
        """(galaxy,) where in memory each prediction stands; -1 where there is none for the image as it is."""
        assert len(ids) == len(images), f"{len(ids)} ids and {len(images)} images"
        positions = np.full(len(ids), -1, dtype=np.int64)
        texts = encoded(ids)
        keys = text_keys(texts)
        known = np.flatnonzero(self._by_id.find(keys) >= 0)
        states = fingerprints([images[galaxy] for galaxy in known.tolist()])
        place = self._by_image.find(joined_keys(keys[known], states))
        same = (place >= 0) & (states > 0)  # two keys may be equal by chance: compare what they stand for
        same[same] &= self._ids.values[place[same]] == texts[known[same]]
        same[same] &= self._fingerprints.values[place[same]] == states[same]
        positions[known[same]] = place[same]
        return positions


class _Growing(Generic[Scalar]):
    """An array that is extended at its end, seldom moved; texts may get longer."""

    def __init__(self, empty: NDArray[Scalar]) -> None:
        self._room = empty
        self._count = 0

    @property
    def values(self) -> NDArray[Scalar]:
        """Everything so far."""
        return self._room[: self._count]

    def extend(self, more: NDArray[Scalar]) -> None:
        """Add at the end."""
        needed, kind = self._count + len(more), np.promote_types(self._room.dtype, more.dtype)
        if needed > len(self._room) or kind != self._room.dtype:
            room = np.empty((max(needed, 2 * len(self._room)), *more.shape[1:]), dtype=kind)
            room[: self._count] = self.values
            self._room = room
        self._room[self._count : needed] = more
        self._count = needed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror}.", "Make the folder above it writable."
        ) from error
