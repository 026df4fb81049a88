"""Whose predictions a store holds, and the header that says so on disk."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gzviewer.core.errors import StoreError
from gzviewer.io.manifest import Manifest
from gzviewer.io.prediction_parts import UNFINISHED, sync_folder

VERSION = 3  # part of the folder name: stores of older versions are caches, and are not found
HEADER = "header.json"
NEWER = "Use the newest version of gzviewer."


@dataclass(frozen=True)
class StoreKey:
    """Whose predictions a store holds.

    Parameters
    ----------
    checkpoint
        Name of the model, for people.
    weights
        SHA-256 of the weights.
    schema, label_columns
        The tree, and the answer axis.
    samples, members
        Draws of dropout (1: no dropout), and the length of the member axis: networks times views times samples.
    head
        What the numbers are: one of `gzviewer.io.manifest.HEADS`.
    preprocessing
        Whatever else decides what the network sees, as text.
    views
        Turned and mirrored views among the members.
    """

    checkpoint: str
    weights: str
    schema: str
    label_columns: tuple[str, ...]
    samples: int
    members: int
    head: str
    preprocessing: str
    views: int = 1

    @classmethod
    def of(cls, manifest: Manifest, samples: int, *, half: bool = False) -> "StoreKey":
        """The key for a model's predictions with so many samples of dropout, of encoders in full or half precision."""
        return cls(
            manifest.name,
            manifest.sha256,
            manifest.schema,
            manifest.label_columns,
            samples,
            manifest.members * samples,
            manifest.head,
            f"{manifest.preprocessing} span {manifest.span:g}{' half' if half else ''}",
            manifest.views,
        )

    @property
    def folder_name(self) -> str:
        """Name of the store's folder: the model's name, made safe, and a digest of what sets it apart."""
        apart = (
            str(VERSION),
            self.weights,
            self.schema,
            str(self.samples),
            str(self.members),
            self.head,
            self.preprocessing,
            *(() if self.schema else self.label_columns),  # classes can be named anew
        )
        digest = hashlib.sha256("\n".join(apart).encode()).hexdigest()[:16]
        name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in self.checkpoint)
        return f"{name[:40]}-{digest}"


def write_header(path: Path, key: StoreKey) -> None:
    """Say whose predictions the folder of `path` holds; `StoreError` if it cannot be written."""
    beside = path.with_suffix(UNFINISHED)
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump({"version": VERSION, **asdict(key)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", "Make room there.") from error


def check_header(path: Path, key: StoreKey) -> None:
    """`StoreError` unless the header was written for `key`, by a program that is no newer."""
    header = _read_header(path)
    if header["version"] != VERSION:
        raise StoreError(f"{path.parent} was written by a newer version of gzviewer.", NEWER)
    theirs, ours = header.get("label_columns"), list(key.label_columns)
    if theirs != ours or header.get("members") != key.members:
        raise StoreError(
            f"The predictions in {path.parent} have other label columns than the model {key.checkpoint} now.",
            "Give the model its old manifest back, or move that folder away and predict again.",
        )


def _read_header(path: Path) -> Mapping[str, object]:
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read.", "Move its folder away and predict again.") from error
    if not isinstance(header, dict) or not isinstance(header.get("version"), int):
        raise StoreError(f"{path} is no header of predictions.", "Move its folder away and predict again.")
    return header
