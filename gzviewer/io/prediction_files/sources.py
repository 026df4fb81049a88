"""A file of predictions as named columns of numbers, each with its members, and columns that may hold galaxy ids."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog, Column
from gzviewer.core.errors import CatalogError
from gzviewer.core.predictions import Rows
from gzviewer.io.catalogs.ids import ids_of
from gzviewer.io.catalogs.names import id_candidates
from gzviewer.io.catalogs.reading import Table, readers
from gzviewer.io.prediction_files.source import Numbers, Source

HDF5_SUFFIXES = (".hdf5", ".h5", ".hdf")
MODEL = "checkpoint"  # column of our own tables
NOTHING = ""  # the name of a column that is not there


def source_of(path: Path) -> Source:
    """The columns of a file.

    Raises
    ------
    CatalogError
        If it is not there, is broken or of no format known here.
    """
    if not path.is_file():
        raise CatalogError(f"{path.name} is not there: {path}.", "Check the path.")
    name = path.name.lower()
    if name.endswith(HDF5_SUFFIXES):
        from gzviewer.io.prediction_files.zoobot_hdf5 import Hdf5Source  # noqa: PLC0415 - loads h5py

        return Hdf5Source(path)
    for reader in readers:
        if name.endswith(reader.suffixes):
            return TableSource(reader.read(path), _lists_of(path))
    raise CatalogError(
        f"{path.name} is of no format known here.", "Predictions may be HDF5, CSV, Parquet, FITS or VOTable."
    )


def source_of_catalog(catalog: Catalog) -> Source:
    """The columns of the file that a catalog was opened from; what the catalog has read is not read again."""
    path = Path(catalog.source)
    if path.name.lower().endswith(HDF5_SUFFIXES):
        return source_of(path)
    return TableSource(Table(catalog.columns, len(catalog), catalog.column), _lists_of(path))


Lists = Mapping[str, Callable[[], Numbers]]
"""Names of columns of lists, and how one is loaded: (galaxy, member)."""


class TableSource:
    """Columns of any table; lists of members are columns of their own kind (Parquet), or JSON in text.

    Parameters
    ----------
    lists
        Columns that the table leaves out because they hold lists.
    """

    def __init__(self, table: Table, lists: Lists) -> None:
        self._table, self._lists = table, lists

    @property
    def names(self) -> tuple[str, ...]:
        """Every column."""
        return (*(info.name for info in self._table.columns), *self._lists)

    @property
    def count(self) -> int:
        """Galaxies."""
        return self._table.row_count

    def ids(self) -> Mapping[str, NDArray[np.str_]]:
        """Columns that may hold galaxy ids, likeliest first."""
        found = {}
        for name in id_candidates(self._table.columns, self._table.ucds):
            found[name] = ids_of(self._table, [name], [])[1]
        return found

    def model_name(self) -> str:
        """The one model that our own tables name in every row."""
        if all(info.name != MODEL for info in self._table.columns):
            return ""
        there = np.unique(self._table.loader(MODEL).astype(np.str_))
        return str(there[0]) if len(there) == 1 else ""

    def read(self, names: Sequence[str], rows: Rows) -> Numbers:
        """(row, member, name) values."""
        columns = [self._column(name)[rows] if name else None for name in names]
        width = max((column.shape[1] for column in columns if column is not None), default=1)
        numbers = np.full((len(rows), width, len(names)), np.nan, dtype=np.float32)
        for place, column in enumerate(columns):
            if column is not None:
                numbers[:, : column.shape[1], place] = column
                if column.shape[1] == 1:  # one number stands for all members
                    numbers[:, :, place] = column
        numbers[rows < 0] = np.nan
        return numbers

    def _column(self, name: str) -> Numbers:
        """(galaxy, member)"""
        if name in self._lists:
            return self._lists[name]()
        return numbers_of(self._table.loader(name))


def numbers_of(values: Column) -> Numbers:
    """(galaxy, member) numbers of a column: numbers, or text that holds a number or a JSON list of them."""
    if values.dtype.kind in "iufb":
        with np.errstate(over="ignore"):  # no prediction is that large
            return values.astype(np.float32)[:, np.newaxis]
    cells: list[str] = values.astype(np.str_).tolist()
    with suppress(ValueError):
        return _all_alike(cells)
    return _padded([_parsed(cell) for cell in cells])


def _all_alike(cells: Sequence[str]) -> Numbers:
    """Cells that are empty or hold equally many numbers, in one go; `ValueError` where they do not."""
    width = next((cell.count(",") + 1 for cell in cells if cell), 1)
    nothing = ",".join(["nan"] * width)
    text = ",".join([cell.strip("[]") or nothing for cell in cells])
    if any(cell and cell.count(",") + 1 != width for cell in cells):
        raise ValueError("cells of different lengths")
    flat = np.fromiter(map(float, text.split(",")), dtype=np.float64)
    with np.errstate(over="ignore"):
        return flat.astype(np.float32).reshape(len(cells), width)


def _parsed(cell: str) -> object:
    try:
        parsed: object = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return parsed


def _padded(cells: Sequence[object]) -> Numbers:
    """(galaxy, member): each cell a number, a list of numbers, or anything else, which is missing."""
    lists = [cell if isinstance(cell, list) else [cell] for cell in cells]
    width = max((len(cell) for cell in lists), default=1) or 1
    with suppress(ValueError, TypeError):
        whole = [cell if len(cell) == width else [np.nan] * width for cell in lists]
        return np.array(
            [[np.nan if value is None else value for value in cell] for cell in whole], dtype=np.float32
        ).reshape(len(cells), width)
    return np.full((len(cells), width), np.nan, dtype=np.float32)


def _lists_of(path: Path) -> Lists:
    """Columns of lists of a Parquet file."""
    if not path.name.lower().endswith((".parquet", ".pq", ".parq")):
        return {}
    from pyarrow import parquet, types  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.2 s

    def loader(name: str) -> Callable[[], Numbers]:
        return lambda: _list_column(path, name)

    found = {}
    for field in parquet.read_schema(path):
        kind = field.type
        is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
        if is_list and (types.is_floating(kind.value_type) or types.is_integer(kind.value_type)):
            found[field.name] = loader(field.name)
    return found


def _list_column(path: Path, name: str) -> Numbers:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - as above

    try:
        lists = parquet.read_table(path, columns=[name]).column(0).combine_chunks()
    except (ArrowException, OSError, ValueError) as error:
        raise CatalogError(f"{path.name} is broken: {error}.", "Fetch it again.") from error
    lengths = np.asarray(lists.value_lengths().fill_null(0))
    width = int(lengths.max(initial=0))
    if not width or not np.isin(lengths, (0, width)).all():
        return _padded(lists.to_pylist())
    numbers = np.full((len(lists), width), np.nan, dtype=np.float32)
    flat = lists.flatten().to_numpy(zero_copy_only=False)
    numbers[lengths == width] = flat.reshape(-1, width)
    return numbers
