"""Zoobot's HDF5: ``predictions`` (galaxy, answer, sample), or (galaxy, answer, model, sample), ``id_str`` and ``label_cols``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py  # type: ignore[import-untyped]  # h5py ships no types
import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import CatalogError
from gzviewer.core.predictions import Rows
from gzviewer.io.prediction_files.source import Numbers

PREDICTIONS, IDS, LABELS = "predictions", "id_str", "label_cols"
OURS = "gzviewer"  # attribute: how the predictions were made, as JSON
CHUNK = 20_000  # galaxies read at a time
LAYOUT = "It must hold predictions (galaxy, answer, sample), id_str and label_cols, as Zoobot writes them."


class Hdf5Source:
    """The columns of such a file: one a label.

    Raises
    ------
    CatalogError
        If it cannot be read, or is laid out in another way.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as file:
            missing = [
                name for name in (PREDICTIONS, IDS, LABELS) if not isinstance(file.get(name), h5py.Dataset)
            ]
            if missing:
                raise CatalogError(f"{path.name} holds no {' and no '.join(missing)}.", LAYOUT)
            shape = file[PREDICTIONS].shape
            is_number = file[PREDICTIONS].dtype.kind in "fiu"
            labels = _texts(file[LABELS])
            if not is_number or len(shape) not in {2, 3, 4} or shape[:2] != (file[IDS].size, len(labels)):
                what = f"{path.name} is laid out in another way: its predictions have the shape {shape}."
                raise CatalogError(what, LAYOUT)
        if not shape[0]:
            raise CatalogError(f"{path.name} holds no galaxies.", "Open another file.")
        self.names = tuple(labels)
        self.count = int(shape[0])
        self.members = int(np.prod(shape[2:], dtype=np.int64))

    def ids(self) -> Mapping[str, NDArray[np.str_]]:
        """The galaxy ids."""
        with _opened(self._path) as file:
            return {IDS: np.array(_texts(file[IDS]), dtype=np.str_)}

    def model_name(self) -> str:
        """The model that our own files name; "" in Zoobot's."""
        with _opened(self._path) as file:
            told = json.loads(str(file.attrs.get(OURS, "{}")))
        return str(told.get("checkpoint", "")) if isinstance(told, dict) else ""

    def read(self, names: Sequence[str], rows: Rows) -> Numbers:
        """(row, member, name) values; NaN where missing, for a row of -1, and for a column named ""."""
        numbers = np.full((len(rows), self.members, len(names)), np.nan, dtype=np.float32)
        there = [(place, self.names.index(name)) for place, name in enumerate(names) if name]
        places, answers = [place for place, _ in there], [answer for _, answer in there]
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        with _opened(self._path) as file:
            for first in range(0, self.count, CHUNK):
                start, end = np.searchsorted(ordered, [first, first + CHUNK])
                if start == end:
                    continue
                block = file[PREDICTIONS][first : first + CHUNK].astype(np.float32)
                block = block.reshape(len(block), len(self.names), self.members)
                chosen = block[ordered[start:end] - first][:, answers]  # (galaxy, name, member)
                numbers[order[start:end, np.newaxis], :, places] = chosen
        return numbers


@contextmanager
def _opened(path: Path) -> "Iterator[h5py.File]":
    """The file, its library's complaints as sentences."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except CatalogError:
        raise
    except MemoryError as error:
        raise CatalogError(f"{path.name} needs more memory than there is.", "Open a smaller one.") from error
    except PermissionError as error:
        raise CatalogError(f"{path.name} may not be read.", "Give yourself the right to read it.") from error
    except (OSError, RuntimeError, ValueError, LookupError, TypeError) as error:
        reason = str(error).split("\n")[0].rstrip(". ") or type(error).__name__
        what = f"{path.name} is no HDF5 file, or a broken one: {reason}."
        raise CatalogError(what, "Fetch it again.") from error


def _texts(dataset: "h5py.Dataset") -> list[str]:
    """Text of any length or of one length, or numbers."""
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return [str(text).strip() for text in dataset.asstr(errors="replace")[()].reshape(-1)]
    return [str(value) for value in np.asarray(dataset[()]).reshape(-1).tolist()]
