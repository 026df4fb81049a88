"""The galaxies that the bundled model is trained on: pictures in memory, and their expected votes.

The folders read here hold images named by galaxy id and a table beside them:

``images/<id>.jpg``, ``fractions_zoobot_columns.csv``
    Vote fractions, ``<label>_fraction``, of the volunteers who were asked; empty where unknown.
``images.tar`` with ``<id>.jpg``, ``labels.csv``
    One class a galaxy (columns GalaxyID, class5), for training the encoder beforehand.
"""

import csv
import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from torch import Tensor

from gzviewer.core.errors import CatalogError
from gzviewer.core.schema import Question, Schema

ASKED_AT_ROOT = 40.0  # the table gives fractions, no counts; GZ2 images were shown to about 40 volunteers
HELD_OUT_PERCENT = 15
FRACTIONS = "fractions_zoobot_columns.csv"
CLASSES = "labels.csv"
ARCHIVE = "images.tar"


@dataclass(frozen=True, eq=False)
class Galaxies:
    """Pictures in memory and what is known of each.

    Parameters
    ----------
    ids
        Galaxy ids.
    images : (galaxy, channel, y, x) uint8
    targets
        (galaxy, answer) float32 expected votes, or (galaxy,) int64 classes.
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
    """True for the galaxies that training never sees: a fixed share of all ids, in any table."""
    digest = hashlib.sha256(galaxy_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < HELD_OUT_PERCENT


def read_fractions(folder: Path, schema: Schema) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Ids, and (galaxy, answer) vote fractions of those asked; NaN where unknown.

    Raises
    ------
    CatalogError
        If the table is missing or lacks a label column of the schema.
    """
    rows = _read_table(folder / FRACTIONS)
    columns = [f"{label}_fraction" for label in schema.label_columns]
    missing = [column for column in columns if rows and column not in rows[0]]
    if missing or not rows:
        raise CatalogError(
            f"{folder / FRACTIONS} has no {(missing or ['rows'])[0]}.", f"Give one for {schema.name}."
        )
    fractions = [[float(row[column] or "nan") for column in columns] for row in rows]
    return tuple(row["id_str"] for row in rows), np.asarray(fractions)


def read_published(folder: Path, schema: Schema, kind: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Like `read_fractions`, from a table with the published columns of Galaxy Zoo 2.

    Parameters
    ----------
    folder
        Holds ``images/<asset_id>.jpg`` and ``labels.csv`` with columns asset_id, kaggle_GalaxyID, ``<published name>_<kind>``.
        Galaxies with a kaggle_GalaxyID are left out: training may have seen them.
    kind
        ``weighted_fraction`` or ``debiased``.
    """
    rows = [row for row in _read_table(folder / CLASSES) if not row["kaggle_GalaxyID"]]
    columns = [f"{answer.also[0]}_{kind}" for question in schema.questions for answer in question.answers]
    fractions = [[float(row[column] or "nan") for column in columns] for row in rows]
    return tuple(row["asset_id"] for row in rows), np.asarray(fractions)


def read_votes(folder: Path, schema: Schema, side: int) -> Galaxies:
    """The galaxies of a folder of images and fractions; images `side` pixels wide, targets expected votes."""
    ids, fractions = read_fractions(folder, schema)
    pictures = (_decoded((folder / "images" / f"{name}.jpg").read_bytes(), side) for name in ids)
    return Galaxies(ids, _stacked(pictures), torch.from_numpy(expected_votes(schema, fractions)))


def read_classes(folder: Path, side: int) -> Galaxies:
    """The galaxies of an archive, images `side` pixels wide, targets the number of the one class of each."""
    class_of = {row["GalaxyID"]: row["class5"] for row in _read_table(folder / CLASSES)}
    number = {name: place for place, name in enumerate(sorted(set(class_of.values())))}
    ids: list[str] = []

    def pictures() -> Iterator[NDArray[np.uint8]]:
        with tarfile.open(folder / ARCHIVE) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None and Path(member.name).stem in class_of:
                    ids.append(Path(member.name).stem)
                    yield _decoded(file.read(), side)

    images = _stacked(pictures())
    return Galaxies(tuple(ids), images, torch.tensor([number[class_of[name]] for name in ids]))


def expected_votes(schema: Schema, fractions: NDArray[np.float64]) -> NDArray[np.float32]:
    """Votes that `ASKED_AT_ROOT` volunteers would have given, walking down the tree.

    Parameters
    ----------
    fractions : (galaxy, answer)
        Vote fractions of those who were asked; NaN where unknown.

    Returns
    -------
    (galaxy, answer): not rounded; 0 for every answer of a question that was never asked or is unknown.
    """
    votes = np.zeros(fractions.shape, dtype=np.float64)
    for question in schema.reading_order:
        part = schema.slice_of(question)
        share = np.nan_to_num(fractions[:, part])
        total = share.sum(axis=1, keepdims=True)
        share = np.divide(
            share, total, out=np.zeros_like(share), where=total > 0
        )  # published ones are rounded
        votes[:, part] = share * _asked(schema, question, votes)
    return votes.astype(np.float32)


def _asked(schema: Schema, question: Question, votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(galaxy, 1): how many of the volunteers got as far as `question`."""
    if not question.asked_after:
        return np.full((len(votes), 1), ASKED_AT_ROOT)
    columns = [schema.label_columns.index(label) for label in sorted(question.asked_after)]
    asked: NDArray[np.float64] = votes[:, columns].sum(axis=1, keepdims=True)
    return asked


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


def _stacked(pictures: Iterable[NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.stack(list(pictures)))
