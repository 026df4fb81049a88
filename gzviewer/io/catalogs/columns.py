"""What every reader does with a column: kinds, missing values, byte order.

The rule for missing values is one for all formats: NaN among floats, "" among text. Integers with missing
values become floats where a float holds every one of them exactly, else text: an 18-digit id survives,
whatever is missing beside it.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Column

EXACT_IN_FLOAT = 2**53


def kind_of(values: Column) -> str:
    """The word of `ColumnInfo.kind` for an array."""
    return {"i": "int", "u": "int", "f": "float", "b": "bool", "U": "text"}.get(values.dtype.kind, "other")


def tidied(values: NDArray[np.generic], missing: NDArray[np.bool_] | None = None) -> Column:
    """One column as views expect it.

    Native byte order, text without spaces around, missing values by the
    rule above.

    Parameters
    ----------
    values : (row,)
        As the file's library gives them.
    missing : (row,), optional
        True where the file says that there is no value.
    """
    native = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    if native.dtype.kind in "SOU":
        native = _text(native)
    return native if missing is None or not missing.any() else _without(native, missing)


def _text(values: Column) -> NDArray[np.str_]:
    """Bytes, objects or text -> text without spaces around; a missing object is ""."""
    if values.dtype.kind == "S":
        values = np.char.decode(values.astype(np.bytes_), "utf-8", "replace")
    elif values.dtype.kind == "O":
        values = np.array(["" if value is None else value for value in values.tolist()], dtype=np.str_)
    return np.asarray(np.char.strip(values.astype(np.str_)), dtype=np.str_)


def _without(values: Column, missing: NDArray[np.bool_]) -> Column:
    if values.dtype.kind == "f":
        return np.where(missing, values.dtype.type(np.nan), values)
    if values.dtype.kind in "iu" and not is_too_long(values[~missing]):
        return np.where(missing, np.nan, values.astype(np.float64))
    return np.where(missing, "", values.astype(np.str_))


def is_too_long(integers: NDArray[np.generic]) -> bool:
    """True where a float would change one of these integers."""
    if not integers.size:
        return False
    whole = integers.astype(np.int64) if integers.dtype.kind == "i" else integers.astype(np.uint64)
    return max(abs(int(whole.max())), abs(int(whole.min()))) > EXACT_IN_FLOAT


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once: an empty one becomes ``column_3``, a second ``ra`` becomes ``ra_2``."""
    kept: dict[str, None] = {}
    for number, name in enumerate(names, start=1):
        wanted = name.strip() or f"column_{number}"
        unique, count = wanted, 1
        while unique in kept:
            count += 1
            unique = f"{wanted}_{count}"
        kept[unique] = None
    return tuple(kept)
