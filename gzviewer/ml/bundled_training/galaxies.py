"""The galaxies that the bundled model is trained on: pictures in memory, and what volunteers said of them.

Two folders are read, both with the images of Galaxy Zoo 2:

``images/<GalaxyID>.jpg`` and ``votes.csv``
    The 37 columns of the Kaggle Galaxy Challenge: fractions of all volunteers, multiplied along the tree; empty where unknown.
``images.tar`` with ``<GalaxyID>.jpg`` and ``labels.csv``
    One of five plain classes a galaxy (columns GalaxyID, class5).
"""

import csv
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from torch import Tensor

from gzviewer.core.errors import CatalogError
from gzviewer.core.held_out import percentile_of
from gzviewer.core.schema import Schema

VOTES, CLASSES, ARCHIVE = "votes.csv", "labels.csv", "images.tar"
HELD_OUT_PERCENT = 15  # never seen: what the figures of the model card are measured on
CALIBRATION_PERCENT = 5  # never learned from: what the widths of the intervals are fitted to


@dataclass(frozen=True, eq=False)
class Galaxies:
    """Pictures in memory and what is known of each.

    Parameters
    ----------
    ids
        Galaxy ids.
    images : (galaxy, channel, y, x) uint8
    targets
        (galaxy, answer) float32 shares of all volunteers, NaN where unknown; or (galaxy,) int64 classes.
    """

    ids: tuple[str, ...]
    images: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, keep: Iterable[bool]) -> "Galaxies":
        """Those for which `keep` is true, one a galaxy, in the same order."""
        rows = torch.as_tensor([row for row, kept in enumerate(keep) if kept], dtype=torch.int64)
        return Galaxies(tuple(self.ids[row] for row in rows), self.images[rows], self.targets[rows])


def is_held_out(galaxy_id: str) -> bool:
    """True for the galaxies that training and calibration never see."""
    return percentile_of(galaxy_id) < HELD_OUT_PERCENT


def is_for_calibration(galaxy_id: str) -> bool:
    """True for the galaxies that only calibration sees."""
    return HELD_OUT_PERCENT <= percentile_of(galaxy_id) < HELD_OUT_PERCENT + CALIBRATION_PERCENT


def read_votes(folder: Path, schema: Schema, side: int) -> Galaxies:
    """The galaxies of a folder of images and votes; images `side` pixels wide.

    Raises
    ------
    CatalogError
        If the table is missing or lacks a column of the schema.
    """
    rows = _read_table(folder / VOTES)
    columns = [answer.also[0] for question in schema.questions for answer in question.answers]
    missing = [column for column in columns if rows and column not in rows[0]]
    if missing or not rows:
        raise CatalogError(f"{folder / VOTES} has no {(missing or ['rows'])[0]}.", "Give the whole table.")
    shares = torch.tensor([[float(row[column] or "nan") for column in columns] for row in rows])
    ids = tuple(row["GalaxyID"] for row in rows)
    pictures = [_decoded((folder / "images" / f"{name}.jpg").read_bytes(), side) for name in ids]
    return Galaxies(ids, torch.from_numpy(np.stack(pictures)), shares)


def read_classes(folder: Path, side: int) -> Galaxies:
    """The galaxies of an archive, images `side` pixels wide, targets the number of the one class of each."""
    class_of = {row["GalaxyID"]: row["class5"] for row in _read_table(folder / CLASSES)}
    number = {name: place for place, name in enumerate(sorted(set(class_of.values())))}
    pictures: dict[str, NDArray[np.uint8]] = {}
    with tarfile.open(folder / ARCHIVE) as archive:
        for member in archive:
            file, name = archive.extractfile(member), Path(member.name).stem
            if file is not None and name in class_of:
                pictures[name] = _decoded(file.read(), side)
    targets = torch.tensor([number[class_of[name]] for name in pictures])
    return Galaxies(tuple(pictures), torch.from_numpy(np.stack(list(pictures.values()))), targets)


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise CatalogError(
            f"{path} cannot be read: {error.strerror}.", "Name a folder with that table."
        ) from error


def _decoded(content: bytes, side: int) -> NDArray[np.uint8]:
    """(channel, y, x) of one whole picture, resampled to `side`."""
    with Picture.open(io.BytesIO(content)) as picture:
        small = picture.convert("RGB").resize((side, side), Picture.Resampling.BILINEAR)
    return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1))
