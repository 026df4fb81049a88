"""Galaxy ids out of a column: exact text, every one its own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Column
from gzviewer.io.catalogs.columns import EXACT_IN_FLOAT
from gzviewer.io.catalogs.reading import Table

Ids = NDArray[np.str_]


def ids_of(table: Table, candidates: Sequence[str], notes: list[str]) -> tuple[str, Ids]:
    """The ids of a table and the column they come from.

    The first candidate whose values are all there and all different; else the first candidate, its repeated
    ids told apart by ``#2``; without candidates the numbers of the rows and "". What was decided goes to
    `notes`.
    """
    first = ""
    for name in candidates:
        values = table.loader(name)
        if not has_repeats(values):
            if first:
                notes.append(
                    f"Galaxies are called by {name}, because {first} is not different for every row."
                )
            return name, _text(values, name, notes)
        first = first or name
    if not first:
        notes.append("No column holds galaxy ids: galaxies are called by the number of their row.")
        return "", np.arange(1, table.row_count + 1).astype(np.str_)
    return first, _told_apart(_text(table.loader(first), first, notes), first, notes)


def _text(values: Column, name: str, notes: list[str]) -> Ids:
    """Ids as text; whole floats lose their point."""
    if values.dtype.kind != "f":
        return values.astype(np.str_, copy=False)
    floats = values.astype(np.float64)
    known = floats[np.isfinite(floats)]
    if known.size and np.abs(known).max() > EXACT_IN_FLOAT:
        notes.append(f"{name} was stored as floating point numbers, which hold 15 digits: ids may be wrong.")
    whole = known.size and bool((known == np.round(known)).all())
    return np.array([_number(value, is_whole=bool(whole)) for value in floats.tolist()], dtype=np.str_)


def _number(value: float, *, is_whole: bool) -> str:
    if not np.isfinite(value):
        return ""
    return str(int(value)) if is_whole else repr(value)


def has_repeats(values: Column) -> bool:
    """True where a value is missing or stands twice."""
    if values.dtype.kind != "U":
        return bool(values.dtype.kind == "f" and np.isnan(values).any()) or _stands_twice(values.copy())
    if (values == "").any():
        return True
    return _stands_twice(_hashes(values)) and len(set(values.tolist())) < len(values)


def _stands_twice(numbers: Column) -> bool:
    """True where one of the numbers is there twice; sorts them in place."""
    numbers.sort()
    return bool((numbers[1:] == numbers[:-1]).any())


def _hashes(texts: Column) -> NDArray[np.uint64]:
    """(row,) numbers, the same for the same text: to sort them is fifty times quicker than to sort the text."""
    letters = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1)
    hashes = np.zeros(len(texts), dtype=np.uint64)
    for place in range(letters.shape[1]):
        hashes *= np.uint64(0x9E3779B97F4A7C15)  # wraps: an odd factor mixes the letters over all 64 bits
        hashes += letters[:, place]
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _told_apart(ids: Ids, name: str, notes: list[str]) -> Ids:
    """Repeated ids become ``id``, ``id#2``, ``id#3``; missing ones ``row 7``."""
    seen: dict[str, int] = {}
    apart = []
    for row, text in enumerate(ids.tolist(), start=1):
        seen[text] = seen.get(text, 0) + 1
        unique = f"row {row}" if not text else text if seen[text] == 1 else f"{text}#{seen[text]}"
        apart.append(unique)
    missing, repeated = seen.pop("", 0), sum(count - 1 for count in seen.values())
    if repeated:
        notes.append(f"{repeated:,} rows repeat the {name} of an earlier row: they are called id#2, id#3 ...")
    if missing:
        notes.append(f"{missing:,} rows have no {name}: they are called by the number of their row.")
    return np.array(apart, dtype=np.str_)
