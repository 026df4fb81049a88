"""Columns of pyarrow as columns of numpy, missing values by the rule of `gzviewer.io.catalogs.columns`."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Column
from gzviewer.io.catalogs.columns import tidied

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]


def from_arrow(values: "pa.ChunkedArray") -> Column:
    """An arrow column as a numpy array, missing values by the rule of `columns`."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow import compute, types  # noqa: PLC0415

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if types.is_decimal(values.type):
        values = values.cast(pa.float64())
    is_number = (
        types.is_integer(values.type) or types.is_floating(values.type) or types.is_boolean(values.type)
    )
    if not is_number:
        return text_from_arrow(compute.fill_null(values.cast(pa.string()), ""))
    if not values.null_count:
        return tidied(values.to_numpy())
    missing = values.is_null().to_numpy()
    filler = pa.scalar(False if types.is_boolean(values.type) else 0).cast(values.type)
    return tidied(values.fill_null(filler).to_numpy(), missing)


def text_from_arrow(texts: "pa.ChunkedArray") -> NDArray[np.str_]:
    """Text without spaces around, from pyarrow strings without nulls.

    Plain letters are padded to one width and taken over as they lie in memory, six times quicker than one by one.
    """
    from pyarrow import compute  # noqa: PLC0415 - as above

    texts = compute.utf8_trim(texts, " \t\r\n")
    width = compute.max(compute.binary_length(texts)).as_py() or 1
    if width > WIDE or not compute.all(compute.string_is_ascii(texts)).as_py():
        return np.asarray(texts.to_numpy()).astype(np.str_)
    padded = compute.ascii_rpad(texts, width=width, padding="\0")
    chunks = [_letters(chunk, width) for chunk in padded.chunks if len(chunk)]
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=np.str_)


def _letters(chunk: "pa.Array", width: int) -> NDArray[np.str_]:
    """The texts of one chunk, every one `width` plain letters: numpy's letters have four bytes each."""
    letters = np.frombuffer(chunk.buffers()[2], dtype=np.uint8)
    start = chunk.offset * width
    return letters[start : start + len(chunk) * width].astype(np.uint32).view(f"U{width}")


WIDE = 200  # letters from which on padding costs more than it saves
