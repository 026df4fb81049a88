"""A `Table` of any format -> a `Catalog`: which columns are ids, positions and images, and whether they can be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Column, Roles
from gzviewer.core.coordinates import degrees_from_sexagesimal
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.columns import kind_of
from gzviewer.io.catalogs.found_images import FoundImages, find_images
from gzviewer.io.catalogs.ids import ids_of
from gzviewer.io.catalogs.names import id_candidates, image_candidates, is_hours, plain_unit, position_names
from gzviewer.io.catalogs.reading import Table

Positions = tuple[NDArray[np.float64], NDArray[np.float64]]


def build_catalog(table: Table, path: Path, roles: Roles) -> Catalog:
    """Make the catalog of a table.

    Parameters
    ----------
    table
        As its reader found it.
    path
        Absolute path of the file or folder.
    roles
        What a person said; empty names are recognised.

    Raises
    ------
    CatalogError
        If a role names a column that is not there.
    """
    notes = list(table.notes)
    names = tuple(info.name for info in table.columns)
    _check_roles(roles, names, path)
    id_names = [roles.id] if roles.id else id_candidates(table.columns, table.ucds)
    id_name, ids = ids_of(table, id_names, notes)
    ra_name, dec_name = position_names(table.columns, table.ucds)
    ra_name, dec_name = roles.ra or ra_name, roles.dec or dec_name
    ra, dec = _positions(table, (ra_name, dec_name), notes)
    candidates = [roles.image] if roles.image else image_candidates(table.columns)
    found = find_images(table, path, ids, candidates=candidates, folder=roles.image_folder)
    notes += found.notes
    kinds = replace(
        roles, id=id_name, ra=ra_name, dec=dec_name, image=found.column, image_folder=found.folder
    )
    return _catalog(table, path, kinds, ids=ids, positions=(ra, dec), found=found, notes=notes)


def _catalog(
    table: Table,
    path: Path,
    roles: Roles,
    *,
    ids: NDArray[np.str_],
    positions: Positions,
    found: FoundImages,
    notes: list[str],
) -> Catalog:
    return Catalog(
        name=path.name,
        source=str(path),
        ids=ids,
        ra=positions[0],
        dec=positions[1],
        columns=table.columns,
        loader=table.loader,
        images=found,
        roles=roles,
        tried=found.tried,
        notes=tuple(notes),
        is_simulated=_is_simulated(table),
    )


def _check_roles(roles: Roles, names: tuple[str, ...], path: Path) -> None:
    for name in (roles.id, roles.ra, roles.dec, roles.image):
        if name and name not in names:
            raise CatalogError(f"{path.name} has no column {name}.", f"It has {', '.join(names[:12])}.")


def _positions(table: Table, names: tuple[str, str], notes: list[str]) -> Positions:
    """Degrees, NaN where unknown or impossible; what was decided goes to `notes`."""
    unknown = np.full(table.row_count, np.nan)
    if not all(names):
        return unknown, unknown
    units = {info.name: info.unit for info in table.columns}
    ra = _degrees(table.loader(names[0]), units[names[0]], hours=True)
    dec = _degrees(table.loader(names[1]), units[names[1]], hours=False)
    given = np.isfinite(ra) & np.isfinite(dec)
    ra = np.where((ra >= -180) & (ra < 0), ra + 360, np.where(given, ra, np.nan))
    possible = given & (ra >= 0) & (ra <= 360) & (np.abs(dec) <= 90)
    if (given & ~possible).any():
        notes.append(f"{(given & ~possible).sum():,} positions are not on the sky and were left out.")
    if kind_of(table.loader(names[0])) == "text":
        notes.append(f"{names[0]} and {names[1]} were read as hours and degrees, minutes and seconds.")
    return np.where(possible, ra % 360, np.nan), np.where(possible, dec, np.nan)


def _degrees(values: Column, unit: str, *, hours: bool) -> NDArray[np.float64]:
    kind = kind_of(values)
    if kind == "text":
        return degrees_from_sexagesimal(values.tolist(), hours=hours and not unit.startswith("deg"))
    if kind not in {"int", "float"}:
        return np.full(len(values), np.nan)
    factor = DEGREES.get(plain_unit(unit), 1.0)
    factor = 15.0 if hours and is_hours(unit) else factor
    with np.errstate(over="ignore", invalid="ignore"):  # damaged bits are numbers no sky has
        return values.astype(np.float64) * factor


def _is_simulated(table: Table) -> bool:
    """True where a column ``simulated`` is true of every galaxy."""
    found = [info for info in table.columns if info.name.lower() == "simulated"]
    return bool(found) and bool(np.isin(table.loader(found[0].name).astype(np.str_), TRUTHS).all())


DEGREES = {
    "rad": 180 / np.pi,
    "radian": 180 / np.pi,
    "radians": 180 / np.pi,
    "arcmin": 1 / 60,
    "arcsec": 1 / 3600,
}
TRUTHS = ("True", "true", "TRUE", "1", "1.0")
