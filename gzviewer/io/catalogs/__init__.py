"""Catalogs as files and folders: one reader a format gives a `Table`, of which one builder makes a `Catalog`.

To read one more format, add a module here with one class that fits `CatalogReader`, decorated with
``@catalog_reader("its name")``. A reader knows columns; what is a galaxy id, a position or an image is decided in
`gzviewer.io.catalogs.build`, the same way for every format.
"""

from dataclasses import replace
from pathlib import Path

from gzviewer.core.catalog import Catalog, Roles
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.build import build_catalog
from gzviewer.io.catalogs.reading import readers

__all__ = ["catalog_suffixes", "open_catalog", "readers"]


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
    path = Path(path).expanduser().absolute()
    roles = roles or Roles()
    if image_folder:
        roles = replace(roles, image_folder=image_folder)
    if not path.exists():
        raise CatalogError(f"{path.name} is not there: {path}.", "Check the path.")
    name = path.name.lower() + ("/" if path.is_dir() else "")
    for reader in readers:
        if name.endswith(reader.suffixes):
            try:
                return build_catalog(reader.read(path), path, roles)
            except MemoryError as error:
                what = f"{path.name} needs more memory than there is."
                raise CatalogError(what, "Open a smaller one.") from error
    known = ", ".join(catalog_suffixes())
    remedy = f"Open the folder of images, or a table: {known}."
    raise CatalogError(f"{path.name} is of no catalog format known here.", remedy)
