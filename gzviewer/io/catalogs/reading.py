"""What every reader of catalogs gives and is: a `Table`, a `CatalogReader`, and the table of all readers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gzviewer.core.catalog import Column, ColumnInfo
from gzviewer.core.registry import Registry


@dataclass(frozen=True)
class Table:
    """What a reader found in a file, before anything is made of it.

    Parameters
    ----------
    columns
        In the file's order, names unique.
    row_count
        Rows, at least one.
    loader
        Column name -> (row,) array in the machine's byte order: int, float (NaN: missing), bool, or text
        ("": missing). Integers with missing values are floats where those hold them exactly, else text.
    notes
        Sentences about what the reader decided.
    ucds
        Column name -> what it means in the words of the Virtual Observatory (``pos.eq.ra;meta.main``), where
        the file says so.
    """

    columns: tuple[ColumnInfo, ...]
    row_count: int
    loader: Callable[[str], Column]
    notes: tuple[str, ...] = ()
    ucds: Mapping[str, str] = field(default_factory=dict)


class CatalogReader(Protocol):
    """Reads the files of one format."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the files it reads, lower case, with their dot (or two: ``.csv.gz``); a folder ends in ``/``."""

    def read(self, path: Path) -> Table:
        """Find out what is in a file.

        Raises
        ------
        CatalogError
            For whatever is wrong with the file, in one sentence that names it.
        """


readers: Registry[CatalogReader] = Registry("gzviewer.io.catalogs")


def catalog_reader(name: str) -> Callable[[type[CatalogReader]], type[CatalogReader]]:
    """Decorator of a reader's class: registers one instance of it under `name`."""

    def keep(reader: type[CatalogReader]) -> type[CatalogReader]:
        readers.register(name)(reader())
        return reader

    return keep
