"""Predictions written for other programs: one row a galaxy, CSV or Parquet by the file's suffix.

Columns: ``id_str``, ``file_loc``, per label ``<label>_concentration`` and ``<label>_fraction``, per question
``<question>_proportion-asked``, ``problem`` where a galaxy could not be read, and ``checkpoint``: the model that was used. A
catalog of simulated galaxies is marked by a column ``simulated``. With several dropout samples a concentration
is the list of its samples (in CSV a JSON list). The names are those of the Galaxy Zoo release tables.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import UserError
from gzviewer.core.predictions import Predictions

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]  # pyarrow ships no types

PREDICTION_SUFFIXES = (".csv", ".parquet")
METADATA_KEY = b"gzviewer"


def check_suffix(path: Path) -> None:
    """Refuse a file name that says nothing of its format, before any work is done for it."""
    if path.suffix.lower() not in PREDICTION_SUFFIXES:
        raise UserError(
            f"{path.name} does not say in which format to write.",
            f"End it with {' or '.join(PREDICTION_SUFFIXES)}.",
        )
    if not path.absolute().parent.is_dir():
        raise UserError(f"The folder {path.absolute().parent} does not exist.", "Make it, or name another.")


def save_predictions(
    path: Path, catalog: Catalog, predictions: Predictions, problems: Mapping[str, str]
) -> None:
    """Write the predictions of every row of a catalog: whole or not at all.

    Parameters
    ----------
    problems
        Galaxy id -> why it could not be read.

    Raises
    ------
    UserError
        If the suffix is unknown or the file cannot be written.
    """
    check_suffix(path)
    beside = path.with_name(f".{path.name}.part")
    try:
        table = _table(catalog, predictions, problems, lists_as_text=path.suffix.lower() == ".csv")
        _write(table, beside, path.suffix.lower())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}.", "Free some space or name another file."
        ) from error


def _write(table: "pyarrow.Table", path: Path, suffix: str) -> None:
    import pyarrow.csv  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.15 s that a start of the window need not pay
    import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: PLC0415 - the same

    with path.open("wb") as file:
        if suffix == ".csv":
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(quoting_style="needed"))
        else:
            pyarrow.parquet.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())


def _table(
    catalog: Catalog, predictions: Predictions, problems: Mapping[str, str], *, lists_as_text: bool
) -> "pyarrow.Table":
    import pyarrow  # noqa: PLC0415 - 0.15 s that a start of the window need not pay

    columns: dict[str, pyarrow.Array] = {
        "id_str": _texts(catalog.ids.tolist()),
        "file_loc": _texts(catalog.images),
    }
    schema, known = predictions.schema, predictions.is_predicted()
    for question in schema.questions:
        fractions = predictions.fractions(question)
        alphas = predictions.concentrations[..., schema.slice_of(question)]
        for index, label in enumerate(question.label_columns):
            columns[f"{label}_concentration"] = _concentrations(
                alphas[..., index], known, lists_as_text=lists_as_text
            )
            columns[f"{label}_fraction"] = _floats(fractions[:, index])
    for question in schema.questions:
        columns[f"{question.name}_proportion-asked"] = _floats(predictions.proportion_asked(question))
    columns["problem"] = _texts(problems.get(id_, "") for id_ in catalog.ids.tolist())
    columns["checkpoint"] = pyarrow.array([predictions.checkpoint] * len(catalog), pyarrow.string())
    if catalog.is_simulated:
        columns["simulated"] = pyarrow.array([True] * len(catalog), pyarrow.bool_())
    said = json.dumps(
        {"checkpoint": predictions.checkpoint, "schema": schema.name, "simulated": catalog.is_simulated}
    )
    return pyarrow.table(columns).replace_schema_metadata({METADATA_KEY: said.encode()})


def _texts(values: Iterable[str]) -> "pyarrow.Array":
    r"""Text; bytes of a file's name that are no UTF-8, which such a file cannot hold, as ``\udcff``."""
    import pyarrow  # noqa: PLC0415 - as above

    written = [value.encode("utf-8", "backslashreplace").decode() for value in values]
    return pyarrow.array(written, pyarrow.string())


def _floats(values: NDArray[np.float64]) -> "pyarrow.Array":
    """Missing values are empty, not the word NaN."""
    import pyarrow  # noqa: PLC0415 - as above

    return pyarrow.array(values, pyarrow.float64(), from_pandas=True)


def _concentrations(
    values: NDArray[np.float32], known: NDArray[np.bool_], *, lists_as_text: bool
) -> "pyarrow.Array":
    """(row, member) -> one number a row where there is one member, else the list of members."""
    import pyarrow  # noqa: PLC0415 - as above

    if values.shape[1] == 1:
        return pyarrow.array(values[:, 0], pyarrow.float32(), from_pandas=True)
    members: Sequence[list[float] | None] = [
        row.astype(float).round(6).tolist() if there else None
        for row, there in zip(values, known, strict=True)
    ]
    if lists_as_text:
        return pyarrow.array([None if row is None else json.dumps(row) for row in members], pyarrow.string())
    return pyarrow.array(members, pyarrow.list_(pyarrow.float32()))
