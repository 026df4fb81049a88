"""Cells of text -> columns of numbers: twice, for few cells in Python and for many in pyarrow, by one rule.

A column is of integers where every cell that is not missing is one, fits 64 bits and has no leading zero;
else of numbers where every one is a number and none a whole one of 17 digits or more, which is an id; else of
truth values; else of text. Empty cells are missing; so are the words in `MISSING`, but in a column of text
they are text.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Column
from gzviewer.io.catalogs.arrow import text_from_arrow
from gzviewer.io.catalogs.columns import tidied

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

MISSING = ("", "nan", "NaN", "NAN", "null", "NULL", "None", "NA", "N/A", "n/a", "--", "<NA>")
TRUE, FALSE = ("True", "true", "TRUE"), ("False", "false", "FALSE")
INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
FLOAT = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE
)
IDS = r"^[+-]?(0[0-9]+|[0-9]{17,})$"  # whole numbers that would lose digits
LONGEST = 2**63
LONGEST_DIGITS = 20  # letters of such a number; Python refuses to read one of many thousands


def column_of_cells(cells: Sequence[str]) -> Column:
    """One column from its cells."""
    stripped = [cell.strip(" \t\r\n") for cell in cells]
    missing = np.array([cell in MISSING for cell in stripped], dtype=np.bool_)
    known = [cell for cell in stripped if cell not in MISSING]
    if not any(stripped):
        return np.full(len(stripped), np.nan)
    integers = _integers(known)
    if integers is not None:
        return _spread(integers, missing)
    is_number = (
        bool(known) and all(map(FLOAT.fullmatch, known)) and not any(re.match(IDS, cell) for cell in known)
    )
    if is_number:
        return _spread(np.array([float(cell) for cell in known], dtype=np.float64), missing)
    if not missing.any() and all(cell in TRUE or cell in FALSE for cell in known):
        return np.array([cell in TRUE for cell in known], dtype=np.bool_)
    return np.array(stripped, dtype=np.str_)


def _integers(known: Sequence[str]) -> NDArray[np.int64] | None:
    if not known or not all(map(INTEGER.fullmatch, known)) or max(map(len, known)) > LONGEST_DIGITS:
        return None
    numbers = [int(cell) for cell in known]
    return np.array(numbers, dtype=np.int64) if -LONGEST <= min(numbers) <= max(numbers) < LONGEST else None


def column_of_arrow(cells: "pa.ChunkedArray") -> Column:
    """The same of many cells, as pyarrow strings without nulls."""
    # Imported here because readers are discovered at start and pyarrow takes 0.2 s
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    stripped = compute.utf8_trim(cells, " \t\r\n")
    is_missing = compute.is_in(stripped, value_set=pa.array(MISSING))
    missing = np.asarray(is_missing)
    known = stripped.filter(compute.invert(is_missing)) if missing.any() else stripped
    if not len(known):
        is_empty = not compute.any(compute.not_equal(stripped, "")).as_py()
        return np.full(len(cells), np.nan) if is_empty else text_from_arrow(stripped)
    numbers = _cast(known, pa.int64())
    if numbers is None:
        numbers = _cast(known, pa.float64())
    if (
        numbers is not None
        and not compute.any(compute.match_substring_regex(known, _ids_for(numbers))).as_py()
    ):
        return _spread(numbers, missing)
    is_true = compute.is_in(known, value_set=pa.array(TRUE))
    is_truth = compute.or_(is_true, compute.is_in(known, value_set=pa.array(FALSE)))
    if not missing.any() and compute.all(is_truth).as_py():
        return np.asarray(is_true)
    return text_from_arrow(stripped)


def _ids_for(numbers: NDArray[np.generic]) -> str:
    """What must not be among them: integers that fit are exact however long they are."""
    return r"^[+-]?0[0-9]+$" if numbers.dtype.kind == "i" else IDS


def _cast(known: "pa.ChunkedArray", kind: "pa.DataType") -> NDArray[np.generic] | None:
    """The cells as numbers; None where one of them is none."""
    from pyarrow import ArrowInvalid, compute  # noqa: PLC0415 - as above

    if compute.any(compute.starts_with(known, "+")).as_py():  # which pyarrow's numbers may not have
        known = compute.replace_substring_regex(known, r"^\+([0-9.i])", r"\1")
    try:
        return np.asarray(known.cast(kind).to_numpy())
    except ArrowInvalid:
        return None


def _spread(known: NDArray[np.generic], missing: NDArray[np.bool_]) -> Column:
    """Known values at their rows, the others missing."""
    if not missing.any():
        return known
    values = np.zeros(len(missing), dtype=known.dtype)
    values[~missing] = known
    return tidied(values, missing)
