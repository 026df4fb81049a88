"""Tables as text: CSV and its kin, with or without a header, plain or gzipped.

Cells stand between commas, tabs, semicolons, bars or spaces. Text says nothing about itself, so everything is found out
by rule, and what is not obvious is said in the notes:

- Lines that start with ``#`` are comments. Where the table has no header, the last comment before it that has
as many
  cells as the table is the header.
- Lines before the first two that have as many cells as most are a preamble, and left out.
- The first line is the header unless one of its cells is a number.
- A column is of integers, else of numbers, else of truth values, else of text. Leading zeros and integers too
long for
  64 bits make it text: they are ids. Small files are read by Python's own reader, others by pyarrow, to the
  same effect.
"""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.catalog import Column, ColumnInfo
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs.cells import column_of_arrow, column_of_cells
from gzviewer.io.catalogs.columns import kind_of, unique_names
from gzviewer.io.catalogs.reading import Table, catalog_reader
from gzviewer.io.images.gzipped import GZIP_START, unpacked

HEAD = 2_000_000  # characters in which the table must begin
SMALL = 400_000  # characters up to which Python's reader is done before pyarrow is imported
LOOKED_AT = 500  # lines that decide what separates the cells
QUOTED_LINES = 20  # more than any cell has: then the quote is no quote
AGREE = 0.8  # share of them that must have the same number of cells
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?\s*")
SPACES = "spaces"
TEXT_REMEDY = "Save it as CSV, with one line a galaxy and a comma between its values."


@dataclass(frozen=True)
class Layout:
    """Where the table stands in the text: what separates its cells, its header, and its first line."""

    separator: str
    names: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()


@catalog_reader("text")
class TextReader:
    """CSV and its kin."""

    suffixes = tuple(
        f"{stem}{end}" for stem in (".csv", ".tsv", ".txt", ".dat", ".tab", ".ecsv") for end in ("", ".gz")
    )

    def read(self, path: Path) -> Table:
        """Read the whole file: text cannot be read by the column."""
        text = _text_of(path)
        try:
            return _table_of(text, path)
        except (csv.Error, ValueError) as error:  # of which most of pyarrow's errors are
            reason = str(error).split("\n")[0].rstrip(".")
            raise CatalogError(f"{path.name} is no table: {reason}.", TEXT_REMEDY) from error


def _table_of(text: str, path: Path) -> Table:
    head = text[:HEAD].split("\n")
    layout = _layout(head, path)
    body = _body(text, head, layout)
    separator = "\t" if layout.separator == SPACES else layout.separator
    # A space before a quote is forgiven by Python's reader only
    reading = _read_small if len(body) < SMALL or f'{separator} "' in body else _read_large
    columns, odd = reading(body, separator, len(layout.names))
    if not columns or not len(columns[0]):
        raise CatalogError(f"{path.name} holds no rows.", "Open another table.")
    values = dict(zip(layout.names, columns, strict=True))
    infos = tuple(ColumnInfo(name, kind_of(column)) for name, column in values.items())
    notes = [f"{odd} lines with another number of cells than the first were left out."] if odd else []
    return Table(infos, len(columns[0]), values.__getitem__, (*layout.notes, *notes))


def _body(text: str, head: Sequence[str], layout: Layout) -> str:
    """The rows of the table, without comments, cells separated by one character."""
    body = text[sum(len(line) + 1 for line in head[: layout.first_line]) :]
    has_comments = body.startswith("#") or "\n#" in body
    if layout.separator != SPACES and not has_comments:
        return body
    lines = [line for line in body.split("\n") if not line.lstrip().startswith("#")]
    if layout.separator == SPACES:
        lines = ["\t".join(line.split()) for line in lines]
    return "\n".join(lines)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(GZIP_START)) == GZIP_START
        content = unpacked(path, CatalogError) if is_packed else path.read_bytes()
    except PermissionError as error:
        raise CatalogError(f"{path.name} may not be read.", "Give yourself the right to read it.") from error
    except OSError as error:
        raise CatalogError(f"{path.name} cannot be read: {error.strerror}.", "Try again.") from error
    if not content.strip():
        raise CatalogError(f"{path.name} is empty.", "Fetch the file again.")
    if b"\0" in content[:100_000]:
        raise CatalogError(f"{path.name} is no text, whatever its name.", "Save it as CSV, Parquet or FITS.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _layout(lines: Sequence[str], path: Path) -> Layout:
    """Find the table in the text; `CatalogError` where there is none."""
    plain = _whole_lines(lines)
    if not plain:
        raise CatalogError(f"{path.name} holds only comments.", "Open another table.")
    separator, width = _separator([line for _, line in plain])
    if not width:
        what = f"{path.name} is no table: its lines do not have the same number of cells."
        raise CatalogError(what, TEXT_REMEDY)
    fits = [(number, line) for number, line in plain if len(_cells(line, separator)) == width]
    start = next((now[0] for now, then in itertools.pairwise(fits) if then[0] - now[0] <= 2), fits[0][0])
    notes = []
    names, first, note = _header(lines, start, separator, width)
    skipped = [number for number, _ in plain if number < start]
    if skipped and not (names and names[0] == "" and any(names)):
        notes.append(f"{len(skipped)} lines before the table were left out.")
    return Layout(separator, unique_names(names), first, (*notes, *note))


def _whole_lines(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Lines that hold cells, with their numbers; a line that ends inside quotes together with those that end them."""
    whole: list[tuple[int, str]] = []
    start, waiting = 0, ""
    for number, line in enumerate(lines[: 4 * LOOKED_AT]):
        text = f"{waiting}\n{line}" if waiting else line
        start = start if waiting else number
        is_inside = text.count('"') % 2 == 1 and number - start < QUOTED_LINES
        waiting = text if is_inside else ""
        if not is_inside and text.strip() and not text.lstrip().startswith("#"):
            whole.append((start, text))
    return whole[:LOOKED_AT] or [(0, line) for line in (waiting,) if line]


def _separator(lines: Sequence[str]) -> tuple[str, int]:
    """What stands between the cells, and how many there are; 0 where the lines disagree."""
    for separator in (",", "\t", ";", "|", SPACES):
        width, count = Counter(len(_cells(line, separator)) for line in lines).most_common(1)[0]
        if width > 1 and count >= AGREE * len(lines):
            return separator, width
    is_list = all(
        len(_cells(line, separator)) == 1 for line in lines for separator in (",", "\t", ";", "|", SPACES)
    )
    return (",", 1) if is_list else ("", 0)


def _cells(line: str, separator: str) -> list[str]:
    if separator == SPACES:
        return line.split()
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator, skipinitialspace=True), [])


def _header(lines: Sequence[str], start: int, separator: str, width: int) -> tuple[list[str], int, list[str]]:
    """Names of the columns, the first line of the rows, and what there is to say about it."""
    first = _cells(lines[start], separator)
    if not any(NUMBER.fullmatch(cell) for cell in first):
        return first, start + 1, []
    before = _cells(lines[start - 1], separator) if start else []
    if len(before) == width - 1 and not any(NUMBER.fullmatch(cell) for cell in before):
        return ["", *before], start, ["The first column has no name in the header."]
    for line in reversed(lines[:start]):
        if line.lstrip().startswith("#"):
            cells = _cells(line.lstrip().lstrip("#").strip(), separator)
            if len(cells) == width and not any(NUMBER.fullmatch(cell) for cell in cells):
                return cells, start, ["The names of the columns were read from a comment."]
    note = f"There is no header: the columns are called column_1 to column_{width}."
    return [""] * width, start, [note]


def _read_small(body: str, separator: str, width: int) -> tuple[list[Column], int]:
    """The columns, and how many lines had another number of cells."""
    rows, odd = [], 0
    for row in csv.reader(io.StringIO(body, newline=""), delimiter=separator, skipinitialspace=True):
        if len(row) == width:
            rows.append(row)
        elif row:
            odd += 1
    return [column_of_cells(cells) for cells in zip(*rows, strict=True)], odd


def _read_large(body: str, separator: str, width: int) -> tuple[list[Column], int]:
    """The same through pyarrow."""
    # Imported here because readers are discovered at start and pyarrow takes 0.2 s
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    odd: list[int] = []

    def leave_out(row: arrow_csv.InvalidRow) -> str:
        odd.append(row.actual_columns)
        return "skip"

    names = [str(place) for place in range(width)]
    table = arrow_csv.read_csv(
        io.BytesIO(body.encode()),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=8 << 20),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator, newlines_in_values='"' in body, invalid_row_handler=leave_out
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    return [column_of_arrow(table.column(name)) for name in names], len(odd)
