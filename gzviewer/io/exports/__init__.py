"""Predictions written for other programs: which file and kind of table, and the whole of it or nothing.

``ours`` (CSV, Parquet)
    One row a galaxy of the catalog, all that is known of it: `gzviewer.io.exports.ours`.
``zoobot`` (HDF5, CSV, Parquet)
    As Zoobot 2.9 writes them, or in HDF5 as every Zoobot up to 2.0 did, with all samples: `gzviewer.io.exports.zoobot`.
``zoobot-2.0`` (CSV, Parquet, HDF5)
    ``<label>_pred``; several samples as a JSON list.
``friendly``, ``advanced`` (CSV, Parquet)
    Like the release tables of Galaxy Zoo: `gzviewer.io.exports.release`.

All but ``ours`` hold only the galaxies that are predicted. Tables are made and written ten thousand galaxies at a time.
"""

from collections.abc import Mapping
from pathlib import Path
from threading import Event

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import UserError
from gzviewer.core.predictions import OF_VALUES, Predictions, Rows
from gzviewer.io.exports import ours, release, zoobot
from gzviewer.io.exports.content import Content
from gzviewer.io.exports.table_files import METADATA_KEY, Maker, write_table
from gzviewer.io.exports.whole_file import whole_file
from gzviewer.io.provenance import UNKNOWN, Provenance
from gzviewer.jobs.job import JobContext

__all__ = ["METADATA_KEY", "TABLES", "can_hold", "check_export", "save_predictions"]

HDF5_SUFFIXES = (".hdf5", ".h5")
TABLE_SUFFIXES = (".csv", ".parquet")
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "ours": TABLE_SUFFIXES,
    "zoobot": (*HDF5_SUFFIXES, *TABLE_SUFFIXES),
    "zoobot-2.0": (*TABLE_SUFFIXES, *HDF5_SUFFIXES),
    "friendly": TABLE_SUFFIXES,
    "advanced": TABLE_SUFFIXES,
}
TABLES = tuple(SUFFIXES)
MAKERS: Mapping[str, Maker] = {
    "ours": ours.columns,
    "zoobot": zoobot.columns,
    "zoobot-2.0": zoobot.columns_of_2_0,
    "friendly": release.friendly,
    "advanced": release.advanced,
}


def check_export(path: Path, table: str = "", head: str = "dirichlet") -> str:
    """The kind of table to write, before any work is done for it.

    Parameters
    ----------
    table
        One of `TABLES`; empty: the file's suffix decides.
    head
        What the model gives: `gzviewer.core.predictions.HEADS`.

    Raises
    ------
    UserError
        If the name says nothing of its format, the kind cannot be written so or cannot hold such numbers, or the folder is
        not there.
    """
    suffix = path.suffix.lower()
    table = table or ("zoobot" if suffix in HDF5_SUFFIXES else "ours")
    if table not in SUFFIXES:
        raise UserError(f"There is no kind of table {table}.", f"Choose one of: {', '.join(TABLES)}.")
    if suffix not in {*TABLE_SUFFIXES, *HDF5_SUFFIXES}:
        what = f"{path.name} does not say in which format to write."
        raise UserError(what, f"End it with {' or '.join(SUFFIXES[table])}.")
    if suffix not in SUFFIXES[table]:
        what = f"A table of the kind {table} cannot be written as {suffix}."
        raise UserError(what, f"End the name with {' or '.join(SUFFIXES[table])}.")
    if not path.absolute().parent.is_dir():
        raise UserError(f"The folder {path.absolute().parent} does not exist.", "Make it, or name another.")
    _check_head(table, head)
    return table


def can_hold(table: str, head: str) -> bool:
    """Whether a kind of table can hold what a model with such a head gives."""
    if table.startswith("zoobot"):
        return head not in {"shares", "fractions"}
    return table == "ours" or not (head == "classes" or head in OF_VALUES)


def _check_head(table: str, head: str) -> None:
    if can_hold(table, head):
        return
    if table.startswith("zoobot"):
        what = "This model gives fractions of votes, where a Zoobot file holds concentrations."
        raise UserError(what, "Write a table of the kind ours, friendly or advanced.")
    what = "This model answers no decision tree, where a release table holds fractions of votes."
    raise UserError(what, "Write a table of the kind ours or zoobot.")


def save_predictions(
    path: Path,
    catalog: Catalog,
    predictions: Predictions,
    problems: Mapping[str, str],
    *,
    table: str = "",
    made: Provenance = UNKNOWN,
    context: JobContext | None = None,
) -> int:
    """Write the predictions of a catalog: whole or not at all.

    Parameters
    ----------
    problems
        Galaxy id -> why it could not be read.
    table
        As in `check_export`, which raises the same errors.
    made
        How they were made; kept in the metadata of Parquet and HDF5.
    context
        Told how far it is, asked whether to stop.

    Returns
    -------
    How many galaxies were written.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    table = check_export(path, table, predictions.head)
    context = context or JobContext(lambda _: None, lambda _: None, Event())
    content = Content(catalog, predictions, problems, made)
    rows = content.all_rows if table == "ours" else content.predicted_rows
    try:
        with whole_file(path) as beside:
            _write(beside, path.suffix.lower(), table, content, rows, context)
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror or error}."
        raise UserError(what, "Free some space or name another file.") from error
    return len(rows)


def _write(path: Path, suffix: str, table: str, content: Content, rows: Rows, context: JobContext) -> None:
    if suffix in HDF5_SUFFIXES:
        zoobot.write_hdf5(path, content, rows, context)
    else:
        write_table(path, suffix, MAKERS[table], content, rows, context)
    context.checkpoint()  # what is cancelled now takes the place of nothing
