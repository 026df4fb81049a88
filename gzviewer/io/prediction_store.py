"""The predictions of one model, kept on disk as they are made, and read as one array.

A store is a folder of *parts* that are only ever added (`gzviewer.io.prediction_parts`), under a header that
says whose predictions they are. One process writes, any number read; a reader that wants the newest parts
says `PredictionStore.refresh`. What a process that is killed loses is the part it was about to write.

Stores are apart for every combination of weights, schema, number of members and preprocessing (`StoreKey`).
Within a store a prediction belongs to a galaxy id *and* a state of its image (`gzviewer.io.fingerprints`).
Another folder that happens to use the same ids, or a picture that was replaced, is not shown the old
prediction but counts as missing; a copy that keeps its time of change is the same image. A file that is not
there matches nothing. Only images of galaxies that the store holds are looked at.

A store is a cache. One of an older version of the program is not found; a part that is damaged is left out,
and its galaxies count as missing.

The whole store is held in memory: 10⁶ galaxies of 30 answers are 0.15 GB.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import StoreError
from gzviewer.io.fingerprints import fingerprints as fingerprints  # noqa: PLC0414 - whoever appends needs them too
from gzviewer.io.key_index import KeyIndex, Positions, joined_keys, text_keys
from gzviewer.io.prediction_parts import (
    DamagedPart,
    Part,
    encoded,
    next_path,
    part_paths,
    read_part,
    remove_unfinished,
    set_aside,
    sync_folder,
    write_part,
)
from gzviewer.io.provenance import UNKNOWN, Provenance, joined
from gzviewer.io.store_key import HEADER, StoreKey, check_header, write_header
from gzviewer.io.writer_lock import only_writer
from gzviewer.jobs.requests import Problem

Scalar = TypeVar("Scalar", bound=np.generic)


class PredictionStore:
    """The predictions that are on disk for one `StoreKey`.

    Parameters
    ----------
    root
        Folder that holds all stores. Nothing is made in it before something is written.

    Raises
    ------
    StoreError
        If what is there was written by a newer program, or has other label columns.

    Attributes
    ----------
    damaged
        A sentence for each part that could not be read: its galaxies count as missing. The next writer sets
        the file aside.
    """

    def __init__(self, root: Path, key: StoreKey) -> None:
        self.key = key
        self.folder = root / key.folder_name
        shape = (0, key.members, len(key.label_columns))
        self._ids = _Growing(np.empty(0, dtype="S1"))
        self._fingerprints = _Growing(np.empty(0, dtype=np.uint64))
        self._concentrations = _Growing(np.empty(shape, dtype=np.float32))
        self._by_id, self._by_image = KeyIndex(), KeyIndex()
        self._problems: dict[str, dict[str, Problem]] = {}  # galaxy id -> image -> problem
        self._made: list[Provenance] = []
        self._seen: set[str] = set()
        self._to_set_aside: list[Path] = []
        self._is_writing = False
        self.damaged: tuple[str, ...] = ()  # a sentence for each part that was left out
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
                    self._read(path)
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
        """Galaxies that could not be predicted and have not been since, oldest first; one an id and image."""
        return tuple(problem for of_one in self._problems.values() for problem in of_one.values())

    @property
    def made(self) -> Provenance:
        """How, when and where these predictions were made, all parts together; see `gzviewer.io.provenance`."""
        key = self.key
        said = {"model": key.checkpoint, "weights": key.weights, "schema": key.schema, "head": key.head}
        numbers = {"samples": str(key.samples), "views": str(key.views), "recipe": key.preprocessing}
        return {**said, **numbers, **joined(self._made)}

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
            self._is_writing = True
            try:
                self.refresh()
                self._set_damaged_aside()
                yield
            finally:
                self._is_writing = False

    def append(
        self,
        ids: Sequence[str],
        states: NDArray[np.uint64],
        concentrations: NDArray[np.float32],
        problems: Sequence[Problem] = (),
        made: Provenance = UNKNOWN,
    ) -> None:
        """Keep predictions; on the disk when this returns. Only inside `writing`.

        Parameters
        ----------
        ids
            Galaxy ids; one that was predicted before now has the newer prediction.
        states : (galaxy,)
            `fingerprints` of their images, taken before they were read.
        concentrations : (galaxy, member, answer)
            Finite: concentrations, or what else the key's head gives.
        problems
            Galaxies that could not be predicted.
        made
            How: `gzviewer.io.provenance.provenance`.

        Raises
        ------
        StoreError
            If it cannot be written; then nothing of it is kept.
        """
        assert self._is_writing, "append outside writing()"
        expected = (len(ids), self.key.members, len(self.key.label_columns))
        assert concentrations.shape == expected, f"{concentrations.shape} instead of {expected}"
        assert np.isfinite(concentrations).all(), "concentrations that are not numbers"
        part = Part(encoded(ids), states, concentrations, tuple(problems), made)
        path = next_path(self.folder)
        write_part(path, part)
        self._take(path, part)

    def _read(self, path: Path) -> None:
        """Take in a part from the disk, or say why not."""
        try:
            part = read_part(path, self._concentrations.values.shape[1:])
        except StoreError as error:
            self._seen.add(path.name)
            self.damaged += (f"{error.what} Its galaxies count as not predicted.",)
            if isinstance(error, DamagedPart):
                self._to_set_aside.append(path)
        else:
            self._take(path, part)

    def _set_damaged_aside(self) -> None:
        while self._to_set_aside:
            set_aside(self._to_set_aside.pop())

    def _take(self, path: Path, part: Part) -> None:
        """Add a part that is on disk to what is in memory."""
        first = len(self)
        keys = text_keys(part.ids)
        self._by_id.add(keys, first)
        self._by_image.add(joined_keys(keys, part.fingerprints), first)
        self._ids.extend(part.ids)
        self._fingerprints.extend(part.fingerprints)
        self._concentrations.extend(part.concentrations)
        self._forget_solved(part.ids)
        self._made += [part.made] if part.made else []
        for problem in part.problems:
            self._problems.setdefault(problem.id, {})[problem.image] = problem
        self._seen.add(path.name)

    def _forget_solved(self, ids: NDArray[np.bytes_]) -> None:
        """Drop the problems of these galaxies whose images are predicted now."""
        if not self._problems:
            return
        names = {name.decode(errors="surrogatepass") for name in ids.tolist()}
        known = [(name, image) for name in names & self._problems.keys() for image in self._problems[name]]
        missing = self.missing([name for name, _ in known], [image for _, image in known])
        for (name, image), is_missing in zip(known, missing.tolist(), strict=True):
            if not is_missing:
                del self._problems[name][image]

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
