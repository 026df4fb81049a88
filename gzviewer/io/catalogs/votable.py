"""VOTable, the XML of the Virtual Observatory: its first table."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gzviewer.core.catalog import ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.columns import kind_of, tidied
from gzviewer.io.catalogs.reading import Table, catalog_reader
from gzviewer.io.images.quiet import without_warnings

if TYPE_CHECKING:
    from astropy.io.votable.tree import TableElement  # type: ignore[import-untyped]

TEXT = ("char", "unicodeChar")


@catalog_reader("votable")
class VOTableReader:
    """One VOTable file; XML cannot be read in part, so all of it is in memory afterwards."""

    suffixes = (".vot", ".votable", ".xml")

    def read(self, path: Path) -> Table:
        """Read the first table."""
        # Imported here because readers are discovered at start and astropy takes a second
        from astropy.io import votable  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            with without_warnings():
                table = votable.parse(path).get_first_table()
        except PermissionError as error:
            raise CatalogError(
                f"{path.name} may not be read.", "Give yourself the right to read it."
            ) from error
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = " ".join(str(error).split())[:200].rstrip(".")
            raise CatalogError(
                f"{path.name} is no VOTable, or a broken one: {reason}.", "Fetch it again."
            ) from error
        if not len(table.array):
            raise CatalogError(f"{path.name} holds no rows.", "Open another table.")
        return _table(table)


def _table(table: "TableElement") -> Table:
    plain = [field for field in table.fields if field.arraysize in (None, "1") or field.datatype in TEXT]
    values = {
        field.name: tidied(np.asarray(table.array[field.ID].data), np.asarray(table.array[field.ID].mask))
        for field in plain
    }
    columns = tuple(
        ColumnInfo(
            field.name, kind_of(values[field.name]), str(field.unit or ""), str(field.description or "")
        )
        for field in plain
    )
    left_out = [field.name for field in table.fields if field not in plain]
    notes = (f"Left out because they hold no single values: {', '.join(left_out)}.",) if left_out else ()
    return Table(columns, len(table.array), values.__getitem__, notes)
