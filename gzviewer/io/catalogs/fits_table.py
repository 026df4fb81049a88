"""Tables in FITS files, binary or ASCII: the first extension that holds one, read column by column."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Column, ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.columns import kind_of, tidied
from gzviewer.io.catalogs.reading import Table, catalog_reader
from gzviewer.io.images.fits_file import opened_fits, readable_extensions

if TYPE_CHECKING:
    from astropy.io.fits import BinTableHDU, HDUList  # type: ignore[import-untyped]


@catalog_reader("fits")
class FitsTableReader:
    """A FITS file with a table, plain or gzipped."""

    suffixes = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz")

    def read(self, path: Path) -> Table:
        """Find the table and describe its columns; a gzipped one is unpacked into memory once."""
        with opened_fits(path, CatalogError, memmap=True) as extensions:
            number, extension = _first_table(extensions, path)
            names = list(dict.fromkeys(column.name for column in extension.columns if _is_plain(column)))
            left_out = [column.name for column in extension.columns if column.name not in names]
            count, notes = len(extension.data), _notes(extensions, extension.name or str(number), left_out)
            # A column whose kind depends on its missing values is read at once; there are few of them
            infos = tuple(_info(extension, name) for name in names)
            ucds = {name: _card(extension, name, "TUCD") for name in names}
            is_packed = path.name.lower().endswith(".gz")
            values = {name: _values(extension, name) for name in names} if is_packed else {}

        def load(name: str) -> Column:
            if name in values:
                return values[name]
            with opened_fits(path, CatalogError, memmap=True) as again:
                return _values(again[number], name)

        return Table(infos, count, load, notes, ucds)


def _first_table(extensions: "HDUList", path: Path) -> tuple[int, "BinTableHDU"]:
    readable = readable_extensions(extensions)
    tables = [(number, extension) for number, extension in readable if hasattr(extension, "columns")]
    if not tables:
        raise CatalogError(f"{path.name} holds an image, no table.", "Open the folder it lies in.")
    filled = [(number, table) for number, table in tables if table.header["NAXIS1"] > 0 and len(table.data)]
    if not filled:
        raise CatalogError(f"{path.name} holds no rows.", "Open another table.")
    return filled[0]


def _notes(extensions: "HDUList", chosen: str, left_out: list[str]) -> tuple[str, ...]:
    notes = []
    others = [extension.name for extension in extensions if not extension.is_image]
    if len(others) > 1:
        notes.append(f"Of its {len(others)} tables the first with rows was opened: {chosen}.")
    if left_out:
        notes.append(f"Left out because they hold no single values: {', '.join(left_out)}.")
    return tuple(notes)


def _is_plain(column: object) -> bool:
    """True where every row holds one number, truth value or text."""
    code = str(getattr(column, "format", "")).strip()
    letter = code.lstrip("0123456789")[:1]
    count = code[: len(code) - len(code.lstrip("0123456789"))]
    if letter in {"A", "I", "J", "K", "B", "E", "D", "L", "F"} and not getattr(column, "dim", None):
        return letter == "A" or count in {"", "1"}
    return False


def _info(extension: "BinTableHDU", name: str) -> ColumnInfo:
    column = extension.columns[name]
    place = extension.columns.names.index(name) + 1
    description = _card(extension, name, "TCOMM") or extension.header.comments[f"TTYPE{place}"]
    kind = kind_of(_values(extension, name, rows=None if column.null not in (None, "") else 1))
    return ColumnInfo(name, kind, str(column.unit or ""), str(description))


def _card(extension: "BinTableHDU", name: str, card: str) -> str:
    """What a card that counts columns says of one of them."""
    return str(extension.header.get(f"{card}{extension.columns.names.index(name) + 1}", "")).strip()


def _values(extension: "BinTableHDU", name: str, rows: int | None = None) -> Column:
    """A column, or its first rows, in the machine's byte order and apart from the file's memory."""
    raw = np.array(extension.data.field(name)[:rows])
    null = extension.columns[name].null
    missing: NDArray[np.bool_] | None = None
    if null not in (None, "") and raw.dtype.kind in "iu":
        missing = raw == null
    return tidied(raw, missing)
