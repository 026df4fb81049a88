"""Where the image of a galaxy lies, found when somebody asks for it: 8 million rows cost nothing.

Catalogs name images in every way: an absolute path of another computer, a path relative to the catalog, a
file name, or nothing, the file being called by the galaxy's id. In this order each is tried.
"""

# Paths stay text: to make a Path of each of 100,000 images takes longer than to list them
# ruff: noqa: PTH100, PTH111, PTH112, PTH113, PTH117, PTH118

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from gzviewer.io.catalogs.image_folder import images_in, stem_of
from gzviewer.io.catalogs.reading import Table

LOOKED_AT = 40  # rows that decide which of several columns names images
REMEMBERED = 200_000  # rows whose image is looked for once


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

    def __len__(self) -> int:
        return len(self._stems)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> list[str]: ...

    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[place] for place in range(*row.indices(len(self)))]
        row = int(row)
        if row not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[row] = self._find(row)
        return self._known[row]

    def tried(self, row: int) -> str:
        """The path that was tried for a row, for a tile that must say why it is empty; "" where there was none."""
        name = self._name(row)
        if name:
            return name if os.path.isabs(name) else os.path.join(self.folder or self._home, name)
        return os.path.join(self.folder, f"{self._stems[row]}.*") if self.folder else ""

    def _name(self, row: int) -> str:
        return str(self._named[row]) if self._named is not None else ""

    def _find(self, row: int) -> str:
        name = self._name(row)
        if name:
            found = self._by_path(name)
            if found or not self.folder:
                return found
            return self._by_stem(stem_of(name.replace("\\", "/"))) or self._by_stem(str(self._stems[row]))
        return self._by_stem(str(self._stems[row])) if self.folder else ""

    def _by_path(self, name: str) -> str:
        """As it is; relative to the image folder and the catalog; then its last parts under the image folder."""
        if os.path.isabs(name):
            if os.path.isfile(name):
                return name
        else:
            for folder in (self.folder, self._home):
                if folder and os.path.isfile(path := os.path.join(folder, name)):
                    return os.path.normpath(path)
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
        for start in range(max(0, len(parts) - 3), len(parts)):
            if self.folder and os.path.isfile(path := os.path.join(self.folder, *parts[start:])):
                return path
        return ""

    def _by_stem(self, stem: str) -> str:
        name = self._index.get(stem, "")
        return os.path.join(self.folder, name) if name else ""

    @cached_property
    def _index(self) -> dict[str, str]:
        """Stem -> path of every image under the folder, listed once."""
        return {stem_of(name): name for name in sorted(images_in(Path(self.folder)), reverse=True)}


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
