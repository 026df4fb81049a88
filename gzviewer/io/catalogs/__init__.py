"""Catalogs as files and folders: one reader a format gives a `Table`, of which one builder makes a `Catalog`.

To read one more format, add a module here with one class that fits `CatalogReader`, decorated with
``@catalog_reader("its name")``. A reader knows columns; what is a galaxy id, a position or an image is decided in
`gzviewer.io.catalogs.build`, the same way for every format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gzviewer.core.catalog import Catalog, Column, ColumnInfo, Roles
from gzviewer.core.errors import CatalogError
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
    """

    columns: tuple[ColumnInfo, ...]
    row_count: int
    loader: Callable[[str], Column]
    notes: tuple[str, ...] = ()


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


readers: Registry[CatalogReader] = Registry(__name__)


def catalog_reader(name: str) -> Callable[[type[CatalogReader]], type[CatalogReader]]:
    """Decorator of a reader's class: registers one instance of it under `name`."""

    def keep(reader: type[CatalogReader]) -> type[CatalogReader]:
        readers.register(name)(reader())
        return reader

    return keep


def catalog_suffixes() -> tuple[str, ...]:
    """Every suffix of a file that can be opened, lower case, alphabetical."""
    return tuple(sorted(suffix for reader in readers for suffix in reader.suffixes if suffix != "/"))


def open_catalog(path: str | Path, roles: Roles | None = None, *, image_folder: str = "") -> Catalog:
    """Open a table, or a folder of images, as a catalog of galaxies.

    Parameters
    ----------
    path
        File or folder; a file's suffix decides who reads it, in whatever letter case.
    roles
        Which columns hold ids, positions and image paths; what is left empty is recognised by name and
        content.
    image_folder
        Where images lie; the same as ``roles.image_folder``.

    Raises
    ------
    CatalogError
        If it is not there, is of no known format, is broken or holds no rows; one sentence with its name.
    """
    from gzviewer.io.catalogs.build import build_catalog  # noqa: PLC0415 - it needs this module's Table

    path = Path(path).expanduser().absolute()
    roles = roles or Roles()
    if image_folder:
        roles = Roles(roles.id, roles.ra, roles.dec, roles.image, image_folder)
    if not path.exists():
        raise CatalogError(f"{path.name} is not there: {path}.", "Check the path.")
    name = path.name.lower() + ("/" if path.is_dir() else "")
    for reader in readers:
        if name.endswith(reader.suffixes):
            return build_catalog(reader.read(path), path, roles)
    known = ", ".join(catalog_suffixes())
    remedy = f"Open the folder of images, or a table: {known}."
    raise CatalogError(f"{path.name} is of no catalog format known here.", remedy)
