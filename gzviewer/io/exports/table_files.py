"""Tables of pyarrow on disk, CSV or Parquet, some thousand rows at a time; and how values stand in their cells."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import Rows
from gzviewer.io.exports.content import Content
from gzviewer.jobs.job import JobContext, Progress

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]  # pyarrow ships no types

METADATA_KEY = b"gzviewer"
CHUNK = 10_000  # galaxies

Columns: TypeAlias = "dict[str, pyarrow.Array]"
Maker: TypeAlias = "Callable[[Content, Rows], Columns]"


def write_table(
    path: Path, suffix: str, maker: Maker, content: Content, rows: Rows, context: JobContext
) -> None:
    """Write the columns that `maker` makes of these rows.

    Parameters
    ----------
    suffix
        ``.csv`` or ``.parquet``, whatever `path` is called.
    """
    import pyarrow  # noqa: PLC0415 - 0.15 s that a start of the window need not pay

    said = {METADATA_KEY: json.dumps(content.told).encode()}
    is_text = suffix == ".csv"
    with ExitStack() as stack:
        writer = None
        for first in range(0, max(1, len(rows)), CHUNK):
            context.checkpoint()
            table = pyarrow.table(maker(content, rows[first : first + CHUNK]))
            table = _with_lists_as_text(table) if is_text else table.replace_schema_metadata(said)
            if writer is None:
                file = stack.enter_context(path.open("wb"))
                opened = _csv_writer(file, table.schema) if is_text else _parquet_writer(file, table.schema)
                writer = stack.enter_context(opened)
            writer.write_table(table)
            context.report(Progress(min(first + CHUNK, len(rows)), len(rows)))


def _csv_writer(file: object, schema: "pyarrow.Schema") -> "pyarrow.csv.CSVWriter":
    import pyarrow.csv  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    return pyarrow.csv.CSVWriter(file, schema, write_options=pyarrow.csv.WriteOptions(quoting_style="needed"))


def _parquet_writer(file: object, schema: "pyarrow.Schema") -> "pyarrow.parquet.ParquetWriter":
    import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    return pyarrow.parquet.ParquetWriter(file, schema)


def _with_lists_as_text(table: "pyarrow.Table") -> "pyarrow.Table":
    """A cell of text cannot hold a list: it holds JSON."""
    import pyarrow  # noqa: PLC0415 - as above
    from pyarrow import compute  # noqa: PLC0415 - as above

    for place, field in enumerate(table.schema):
        if pyarrow.types.is_list(field.type):
            numbers = table.column(place).cast(pyarrow.list_(pyarrow.string()))
            joined = compute.binary_join(numbers, ", ")
            cells = compute.binary_join_element_wise("[", joined, "]", "", null_handling="emit_null")
            table = table.set_column(place, field.name, cells)
    return table


def texts(values: Iterable[str]) -> "pyarrow.Array":
    r"""Text; bytes of a file's name that are no UTF-8, which such a file cannot hold, as ``\udcff``."""
    import pyarrow  # noqa: PLC0415 - as above

    return pyarrow.array([valid_text(value) for value in values], pyarrow.string())


def valid_text(value: str) -> str:
    r"""Text as any file can hold it: bytes that are no UTF-8 as ``\udcff``."""
    return value.encode("utf-8", "backslashreplace").decode()


def floats(values: NDArray[np.floating]) -> "pyarrow.Array":
    """Missing values are empty, not the word NaN."""
    import pyarrow  # noqa: PLC0415 - as above

    kind = pyarrow.float32() if values.dtype == np.float32 else pyarrow.float64()
    return pyarrow.array(values, kind, from_pandas=True)


def members(values: NDArray[np.float32]) -> "pyarrow.Array":
    """(row, member) -> one number a row where there is one member, else the list of members; empty where all are missing."""
    import pyarrow  # noqa: PLC0415 - as above

    if values.shape[1] == 1:
        return floats(values[:, 0])
    count, width = values.shape
    missing = np.asarray(~np.isfinite(values).all(axis=1), dtype=np.bool_)
    ends = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    flat = pyarrow.array(values.reshape(-1), pyarrow.float32())
    return pyarrow.ListArray.from_arrays(ends, flat, mask=pyarrow.array(missing))


def described(content: Content, rows: Rows) -> Mapping[str, "pyarrow.Array"]:
    """Id and image of each galaxy."""
    catalog = content.catalog
    return {
        "id_str": texts(catalog.ids[rows].tolist()),
        "file_loc": texts(catalog.image_of(row) for row in rows.tolist()),
    }
