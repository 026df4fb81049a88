"""Parquet: nothing but the description is read when it is opened, and one column when it is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gzviewer.core.catalog import Column, ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.arrow import from_arrow
from gzviewer.io.catalogs.columns import EXACT_IN_FLOAT
from gzviewer.io.catalogs.reading import Table, catalog_reader

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow.parquet import FileMetaData  # type: ignore[import-untyped]


@catalog_reader("parquet")
class ParquetReader:
    """One Parquet file."""

    suffixes = (".parquet", ".pq", ".parq")

    def read(self, path: Path) -> Table:
        """Read the description: names, kinds, number of rows."""
        # Imported here because readers are discovered at start and pyarrow takes 0.2 s
        from pyarrow import parquet  # noqa: PLC0415

        with _faults(path), parquet.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
        if not metadata.num_rows:
            raise CatalogError(f"{path.name} holds no rows.", "Open another table.")
        infos = [ColumnInfo(field.name, _kind(field, metadata)) for field in schema]
        left_out = [info.name for info in infos if info.kind == "other"]
        notes = (f"Left out because they hold no single values: {', '.join(left_out)}.",) if left_out else ()
        columns = tuple(info for info in infos if info.kind != "other")
        return Table(columns, metadata.num_rows, lambda name: _load(path, name), notes)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """What pyarrow raises, as a sentence."""
    from pyarrow import ArrowException  # noqa: PLC0415 - as above

    try:
        yield
    except PermissionError as error:
        raise CatalogError(f"{path.name} may not be read.", "Give yourself the right to read it.") from error
    except MemoryError as error:
        raise CatalogError(f"{path.name} needs more memory than there is.", "Open a smaller one.") from error
    except (ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        reason = str(error).split("\n")[0].rstrip(". ") or type(error).__name__
        raise CatalogError(
            f"{path.name} is no Parquet file, or a broken one: {reason}.", "Fetch it again."
        ) from error


def _kind(field: "pa.Field", metadata: "FileMetaData") -> str:
    from pyarrow import types  # noqa: PLC0415 - as above

    if types.is_dictionary(field.type):
        field = field.with_type(field.type.value_type)
    if types.is_nested(field.type) or types.is_binary(field.type) or types.is_large_binary(field.type):
        return "other"
    if types.is_floating(field.type) or types.is_decimal(field.type):
        return "float"
    if not types.is_integer(field.type) and not types.is_boolean(field.type):
        return "text"
    nulls, largest = _nulls(field.name, metadata)
    if types.is_boolean(field.type):
        return "text" if nulls else "bool"
    if not nulls:
        return "int"
    return "text" if largest > EXACT_IN_FLOAT else "float"


def _nulls(name: str, metadata: "FileMetaData") -> tuple[int, int]:
    """Missing values of a column and its largest integer, by the file's own statistics; 0 where it has none."""
    nulls, largest = 0, 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for place in range(row_group.num_columns):
            column = row_group.column(place)
            if column.path_in_schema == name and column.statistics is not None:
                nulls += column.statistics.null_count or 0
                if column.statistics.has_min_max and isinstance(column.statistics.max, int):
                    largest = max(largest, abs(column.statistics.max), abs(column.statistics.min))
    return nulls, largest


def _load(path: Path, name: str) -> Column:
    """The values of one column; nothing else is read."""
    from pyarrow import parquet  # noqa: PLC0415 - as above

    with _faults(path), parquet.ParquetFile(path) as file:
        values = file.read(columns=[name]).column(name)
        if len(values) != file.metadata.num_rows:
            raise ValueError(f"{name} has not as many values as there are rows")
        return from_arrow(values)
