"""A folder of images as a catalog: one galaxy an image, called by the file's name without its suffix."""

# Paths stay text: to make a Path of each of 100,000 images takes longer than to list them
# ruff: noqa: PTH116, PTH118, PTH119, PTH120

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from gzviewer.core.catalog import Column, ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.reading import Table, catalog_reader
from gzviewer.io.images import image_suffixes

DIGITS = re.compile(r"(\d+)")


@catalog_reader("image_folder")
class ImageFolderReader:
    """A folder, with all folders in it."""

    suffixes = ("/",)

    def read(self, path: Path) -> Table:
        """List the images: columns ``id_str``, ``file_loc``, and ``folder`` where there are several."""
        unreadable: list[str] = []
        found = sorted(images_in(path, unreadable), key=_natural)
        if not found and str(path) in unreadable:
            raise CatalogError(
                f"The folder {path.name} may not be read.", "Give yourself the right to read it."
            )
        if not found:
            remedy = f"Open a folder with images: {', '.join(image_suffixes())}."
            raise CatalogError(f"The folder {path.name} holds no images.", remedy)
        folders = [os.path.dirname(name).replace(os.sep, "/") for name in found]
        values: dict[str, Column] = {
            "id_str": np.array(_ids(found), dtype=np.str_),
            "file_loc": np.array([os.path.join(path, name) for name in found], dtype=np.str_),
        }
        if any(folders):
            values["folder"] = np.array(folders, dtype=np.str_)
        notes = (f"Left out because they may not be read: {', '.join(unreadable)}.",) if unreadable else ()
        columns = tuple(ColumnInfo(name, "text") for name in values)
        return Table(columns, len(found), values.__getitem__, notes)


def images_in(folder: Path, unreadable: list[str] | None = None) -> Iterator[str]:
    """Path of every image under a folder, relative to it; hidden ones are passed over.

    Links to folders are followed, each folder once, so a link to a folder around it does no harm. Folders
    that may not be read are added to `unreadable`.
    """
    suffixes = image_suffixes()
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        inner = waiting.pop()
        try:
            status = os.stat(os.path.join(folder, inner))
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(os.path.join(folder, inner)) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.name.lower().endswith(suffixes):
                        yield os.path.join(inner, entry.name)
                    elif entry.is_dir():
                        waiting.append(os.path.join(inner, entry.name))
        except OSError:
            if unreadable is not None:
                unreadable.append(inner or str(folder))


def stem_of(name: str) -> str:
    """A file's name without folder and image suffix: ``J000411.19+020924.0.fits.gz`` -> ``J000411.19+020924.0``."""
    if os.sep in name:
        name = os.path.basename(name)
    stem, _, last = name.rpartition(".")
    shorter, _, middle = stem.rpartition(".")
    if shorter and f".{middle}.{last}".lower() in _suffixes():  # the longer suffix first: .fits.gz
        return shorter
    return stem if stem and f".{last}".lower() in _suffixes() else name


@cache
def _suffixes() -> frozenset[str]:
    return frozenset(image_suffixes())


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Numbers by value: ``galaxy_9`` comes before ``galaxy_10``."""
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in DIGITS.split(name) if part]


def _ids(names: list[str]) -> list[str]:
    """Stems; with their folder where two are the same; with their suffix where two still are."""
    stems = [stem_of(name) for name in names]
    count = Counter(stems)
    longer = [
        os.path.join(os.path.dirname(name), stem).replace(os.sep, "/") if count[stem] > 1 else stem
        for name, stem in zip(names, stems, strict=True)
    ]
    count = Counter(longer)
    return [
        name.replace(os.sep, "/") if count[id_] > 1 else id_ for name, id_ in zip(names, longer, strict=True)
    ]
