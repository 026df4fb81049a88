"""Where the image of a galaxy lies, looked for when somebody asks: to open 8 million rows, 40 are looked at.

Catalogs name images in every way: an absolute path of another computer, a path relative to the catalog, a
file name, or nothing, the file being called by the galaxy's id. In this order each is tried. Who asks for a few
galaxies costs a question to the disk each; who asks for many has every folder listed once, which for 500,000
galaxies takes a second instead of ten.
"""

# Paths stay text: to make a Path of each of 100,000 images takes longer than to list them
# ruff: noqa: PTH100, PTH111, PTH112, PTH113, PTH117, PTH118

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from gzviewer.io.catalogs.image_folder import images_in, stem_of
from gzviewer.io.catalogs.reading import Table

LOOKED_AT = 40  # rows that decide which of several columns names images
MANY = 2_000  # rows after which whoever asks for one after the other is taken to want them all
ALL_AT_ONCE = 2_000_000  # rows up to which all may be found and remembered: 0.1 GB a million


IsFile = Callable[[str, str], bool]  # folder with its separator, name of a file


class FoundImages(Sequence[str]):
    """Absolute path of the image of every row, "" where there is none; looked for at the first question.

    Parameters
    ----------
    named : (row,) str, or None
        Path or file name by row, as the catalog has it.
    stems : (row,) str
        What the file may be called, without suffix: ids.
    home
        Folder of the catalog.
    folder
        Folder of images; "" where none is known.
    column
        Name of the column that `named` is.
    """

    def __init__(
        self,
        named: NDArray[np.str_] | None,
        stems: NDArray[np.str_],
        *,
        home: str,
        folder: str,
        column: str = "",
    ) -> None:
        self._named = named
        self._stems = stems
        self._home = home
        self.folder = folder
        self.column = column
        self.notes: tuple[str, ...] = ()
        self._known: dict[int, str] = {}
        self._all: list[str] = []
        self._folders: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._stems)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> list[str]: ...

    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[place] for place in range(*row.indices(len(self)))]
        if self._all:
            return self._all[row]
        row = range(len(self))[row]
        path = self._known.get(row)
        if path is None and len(self._known) < MANY:
            path = self._known[row] = self._find(self._name(row), str(self._stems[row]), _is_file)
        elif path is None and len(self) <= ALL_AT_ONCE:
            self._all = self.all_paths()
            path = self._all[row]
        elif path is None:
            self._known = {}
            return self[row]
        return path

    def __iter__(self) -> Iterator[str]:
        return iter(self.all_paths())

    def all_paths(self) -> list[str]:
        """The path of every row, "" where there is none: each folder is listed once."""
        if self._all:
            return self._all.copy()
        if self._named is None and not self.folder:
            return [""] * len(self)
        is_file = _Listings().has
        names = [""] * len(self) if self._named is None else self._named.tolist()
        return [
            self._find(name, stem, is_file) for name, stem in zip(names, self._stems.tolist(), strict=True)
        ]

    def tried(self, row: int) -> str:
        """The path that was tried for a row, for a tile that must say why it is empty; "" where there was none."""
        name = self._name(row)
        if name:
            return name if os.path.isabs(name) else os.path.join(self.folder or self._home, name)
        return os.path.join(self.folder, f"{self._stems[row]}.*") if self.folder else ""

    def _name(self, row: int) -> str:
        return str(self._named[row]) if self._named is not None else ""

    def _find(self, name: str, stem: str, is_file: IsFile) -> str:
        if not name:
            return self._by_stem(stem) if self.folder else ""
        name = name.replace("\\", "/")
        folder, _, file = name.rpartition("/")
        for place in self._folders.get(folder) or self._places(folder, name):
            if is_file(place, file):
                return place + file
        if not self.folder:
            return ""
        named = stem_of(file)
        return self._by_stem(named) or (self._by_stem(stem) if stem != named else "")

    def _places(self, folder: str, name: str) -> tuple[str, ...]:
        """Where a file named in such a folder may lie, with the last separator.

        As it is named; relative to the image folder and the catalog; then its last parts under the image folder.
        """
        if os.path.isabs(name):
            places = [folder]
        else:
            places = [
                os.path.normpath(os.path.join(base, folder)) for base in (self.folder, self._home) if base
            ]
        parts = [part for part in folder.split("/") if part not in {"", ".", ".."}]
        if self.folder:
            starts = range(max(0, len(parts) - 2), len(parts) + 1)
            places += [os.path.join(self.folder, *parts[start:]) for start in starts]
        ends = (os.path.join(place, "") if place else os.sep for place in dict.fromkeys(places))
        return self._folders.setdefault(folder, tuple(ends))

    def _by_stem(self, stem: str) -> str:
        name = self._index.get(stem, "")
        return os.path.join(self.folder, name) if name else ""

    @cached_property
    def _index(self) -> dict[str, str]:
        """Stem -> path of every image under the folder, listed once."""
        return {stem_of(name): name for name in sorted(images_in(Path(self.folder)), reverse=True)}


def _is_file(folder: str, name: str) -> bool:
    return os.path.isfile(folder + name)


class _Listings:
    """Answers as `_is_file` does, from one listing of every folder that is asked about."""

    def __init__(self) -> None:
        self._files: dict[str, frozenset[str]] = {}

    def has(self, folder: str, name: str) -> bool:
        files = self._files.get(folder)
        if files is None:
            files = self._files[folder] = _files_in(folder)
        return name in files


def _files_in(folder: str) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if entry.is_file())
    except OSError:  # not there, or may not be read
        return frozenset()


def find_images(
    table: Table, path: Path, ids: NDArray[np.str_], *, candidates: Sequence[str], folder: str
) -> FoundImages:
    """Where the images of a table lie.

    Parameters
    ----------
    candidates
        Columns that may name images, likeliest first; of several, the one by which most are found is taken.
    folder
        Where a person says that images lie; "": in ``images`` beside the catalog, if that is there.
    """
    home = str(path if path.is_dir() else path.parent)
    folder = _folder(folder, home)
    ways = [
        FoundImages(
            table.loader(name).astype(np.str_, copy=False), ids, home=home, folder=folder, column=name
        )
        for name in candidates
    ]
    if folder:
        others = [table.loader(name).astype(np.str_, copy=False) for name in _id_like(table)]
        ways += [FoundImages(None, stems, home=home, folder=folder) for stems in (ids, *others)]
    if not ways:
        return FoundImages(None, ids, home=home, folder="")
    rows = np.linspace(0, len(ids) - 1, min(LOOKED_AT, len(ids))).astype(np.int64)
    best = max(ways, key=lambda way: sum(1 for row in rows if way[int(row)]))  # the first of equals
    if not any(best[int(row)] for row in rows):
        where = f"in {folder}" if folder else f"where {best.column} says: name the folder they lie in"
        best.notes = (f"Of {len(rows)} galaxies looked at, none has an image {where}.",)
    return best


def _id_like(table: Table) -> list[str]:
    return [
        info.name
        for info in table.columns
        if info.kind in {"int", "text"} and info.name.lower().endswith("id")
    ]


def _folder(named: str, home: str) -> str:
    if named:
        return os.path.abspath(os.path.expanduser(named))
    usual = os.path.join(home, "images")
    return usual if os.path.isdir(usual) else ""
