"""Predictions as Zoobot writes them: HDF5 with its sample axis, the CSV of 2.9, and that of 2.0 and before.

HDF5 (Zoobot up to 2.0, and the tools around it)
    ``predictions`` (galaxy, answer, sample) float32, gzipped; ``id_str`` and ``label_cols``, text of any length in UTF-8.
CSV of 2.9
    One column an answer under its bare label, then ``id_str``. It holds one concentration an answer. Where there are several
    members they become the one Dirichlet a question that has their expected fractions, and their mean total.
CSV of 2.0
    ``id_str``, then ``<label>_pred``: a number, or of several members a JSON list.

Members, whatever they are (samples, views, networks), stand on the sample axis. Facts about the formats: Zoobot's own files.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.predictions import Predictions, Rows
from gzviewer.io.exports.content import Content
from gzviewer.io.exports.patient_file import PatientFile
from gzviewer.io.exports.table_files import METADATA_KEY, Columns, floats, members, texts, valid_text
from gzviewer.jobs.job import JobContext, Progress

CHUNK = 1_000  # galaxies that are packed together, and read together


def columns(content: Content, rows: Rows) -> Columns:
    """The columns of some rows as Zoobot 2.9 writes them."""
    numbers = _one_member(content.predictions, rows)
    made = {name: floats(numbers[:, place]) for place, name in enumerate(content.predictions.names)}
    return {**made, "id_str": texts(content.catalog.ids[rows].tolist())}


def columns_of_2_0(content: Content, rows: Rows) -> Columns:
    """The columns of some rows as Zoobot 2.0 wrote them."""
    numbers, names = content.predictions.numbers[rows], content.predictions.names
    made = {f"{name}_pred": members(numbers[..., place]) for place, name in enumerate(names)}
    return {"id_str": texts(content.catalog.ids[rows].tolist()), **made}


def write_hdf5(path: Path, content: Content, rows: Rows, context: JobContext) -> None:
    """Write an HDF5 file of Zoobot's layout; its attribute ``gzviewer`` says how the predictions were made.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    import h5py  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.1 s that a start of the window need not pay

    numbers = content.predictions.numbers
    shape = (len(rows), numbers.shape[2], numbers.shape[1])
    chunks = (max(1, min(CHUNK, shape[0])), *shape[1:])
    text = h5py.string_dtype("utf-8")
    with PatientFile(path) as patient, h5py.File(patient, "w") as file:
        said = file.create_dataset("predictions", shape, "f4", chunks=chunks, compression="gzip")
        file.create_dataset("label_cols", data=list(content.predictions.names), dtype=text)
        ids = [valid_text(name) for name in content.catalog.ids[rows].tolist()]
        file.create_dataset("id_str", data=ids, shape=(len(ids),), dtype=text)
        file.attrs[METADATA_KEY.decode()] = json.dumps(content.told)
        for first in range(0, len(rows), CHUNK):
            context.checkpoint()
            patient.check()
            part = rows[first : first + CHUNK]
            said[first : first + len(part)] = numbers[part].transpose(0, 2, 1)
            context.report(Progress(first + len(part), len(rows)))


def _one_member(predictions: Predictions, rows: Rows) -> NDArray[np.float32]:
    """(row, answer): one number for all members."""
    numbers = predictions.numbers[rows]
    if numbers.shape[1] == 1:
        return numbers[:, 0]
    if predictions.head != "dirichlet":
        return np.asarray(numbers.mean(axis=1), dtype=np.float32)
    joined = np.empty((len(rows), numbers.shape[2]), dtype=np.float32)
    for question in predictions.schema.questions:
        place = predictions.schema.slice_of(question)
        total = numbers[..., place].sum(axis=2).mean(axis=1)
        joined[:, place] = predictions.fractions(question, rows) * total[:, np.newaxis]
    return joined
