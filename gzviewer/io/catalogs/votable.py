"""VOTable, the XML of the Virtual Observatory: its first table."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gzviewer.core.catalog import ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.columns import kind_of, tidied, unique_names
from gzviewer.io.catalogs.reading import Table, catalog_reader
from gzviewer.io.images.quiet import without_warnings

if TYPE_CHECKING:
    from astropy.io.votable.tree import TableElement  # type: ignore[import-untyped]

TEXT = ("char", "unicodeChar")
DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)
"""What astropy raises on XML that is none, or no VOTable; besides its own."""


@catalog_reader("votable")
class VOTableReader:
    """One VOTable file; XML cannot be read in part, so all of it is in memory afterwards."""

    suffixes = (".vot", ".votable", ".xml")

    def read(self, path: Path) -> Table:
        """Read the first table."""
        # Imported here because readers are discovered at start and astropy takes a second
        from astropy.io import votable  # type: ignore[import-untyped]  # noqa: PLC0415
        from astropy.io.votable.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415
            VOWarning,
        )

        try:
            with without_warnings():
                table = _table(votable.parse(path).get_first_table())
        except PermissionError as error:
            raise CatalogError(
                f"{path.name} may not be read.", "Give yourself the right to read it."
            ) from error
        except MemoryError as error:
            what = f"{path.name} needs more memory than there is."
            raise CatalogError(what, "Save it as Parquet or FITS.") from error
        except (VOWarning, *DAMAGED) as error:  # some of its warnings are raised even where all are silenced
            reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
            raise CatalogError(
                f"{path.name} is no VOTable, or a broken one: {reason}.", "Fetch it again."
            ) from error
        if not table.row_count:
            raise CatalogError(f"{path.name} holds no rows.", "Open another table.")
        return table


def _table(table: "TableElement") -> Table:
    plain = [field for field in table.fields if field.arraysize in (None, "1") or field.datatype in TEXT]
    names = unique_names(field.name or "" for field in plain)
    values = {
        name: tidied(np.asarray(table.array[field.ID].data), np.asarray(table.array[field.ID].mask))
        for name, field in zip(names, plain, strict=True)
    }
    columns = tuple(
        ColumnInfo(name, kind_of(values[name]), str(field.unit or ""), str(field.description or ""))
        for name, field in zip(names, plain, strict=True)
    )
    ucds = {name: str(field.ucd or "") for name, field in zip(names, plain, strict=True)}
    left_out = [str(field.name) for field in table.fields if field not in plain]
    notes = (f"Left out because they hold no single values: {', '.join(left_out)}.",) if left_out else ()
    return Table(columns, len(table.array), values.__getitem__, notes, ucds)
