"""The pictures of the labelled galaxies: decoded once, kept in files that are mapped into memory.

Two forms: *stored* pictures, uint8 and a little wider than what the network sees, of which augmentation cuts its views; and
*upright* inputs, exactly what a prediction would show the network.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gzviewer.core.errors import ShortMemory, UserError
from gzviewer.io.images import read_image
from gzviewer.io.manifest import Manifest
from gzviewer.io.model_input import network_input, pixels_needed
from gzviewer.jobs.requests import Problem

Number = TypeVar("Number", np.uint8, np.float32)

ROOM = 1.3  # of a stored picture beyond what the network sees, so that zoomed and shifted views have pixels


@dataclass(frozen=True, eq=False)
class Pictures:
    """Of every galaxy that could be read.

    Parameters
    ----------
    stored : (galaxy, channel, y, x) uint8
    upright : (galaxy, channel, y, x) float32
    field
        Side of what the network sees, in sides of a stored picture.
    """

    stored: NDArray[np.uint8]
    upright: NDArray[np.float32]
    field: float


def stored_manifest(manifest: Manifest) -> Manifest:
    """What stored pictures are made with: a wider field at the same scale, in 0..1."""
    fraction = min(1.0, manifest.crop_fraction * ROOM)
    side = math.ceil(manifest.side * fraction / manifest.crop_fraction)
    return replace(manifest, side=side, crop_fraction=fraction, value_range="0..1")


def read_pictures(
    ids: Sequence[str], images: Sequence[str], manifest: Manifest, folder: Path, tick: Callable[[int], None]
) -> tuple[Pictures, NDArray[np.int64], tuple[Problem, ...]]:
    """Decode every image once.

    Parameters
    ----------
    folder
        Where the arrays are kept while they are needed.
    tick
        Told how many are done before each; stops it by raising.

    Returns
    -------
    pictures, places of the galaxies that could be read, and why the others could not.
    """
    wide, shape = stored_manifest(manifest), (len(ids), manifest.channels)
    stored = _mapped(folder / "stored.npy", np.uint8, (*shape, wide.side, wide.side))
    upright = _mapped(folder / "upright.npy", np.float32, (*shape, manifest.side, manifest.side))
    places: list[int] = []
    problems: list[Problem] = []
    for place, (name, path) in enumerate(zip(ids, images, strict=True)):
        tick(place)
        try:
            stored[len(places)], upright[len(places)] = _decoded(path, wide, manifest)
        except ShortMemory:
            raise
        except UserError as error:
            problems.append(Problem(name, path, error.what))
            continue
        places.append(place)
    if not places:
        raise UserError(
            f"None of the {len(ids):,} images can be read: {problems[0].why}", "Check the images."
        )
    known = slice(0, len(places))
    field = manifest.crop_fraction / wide.crop_fraction
    return Pictures(stored[known], upright[known], field), np.array(places, dtype=np.int64), tuple(problems)


def _decoded(path: str, wide: Manifest, manifest: Manifest) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One picture as it is stored, and upright."""
    image = read_image(path, pixels_needed(manifest))
    return np.round(network_input(image, wide) * 255).astype(np.uint8), network_input(image, manifest)


def _mapped(path: Path, kind: type[Number], shape: tuple[int, ...]) -> NDArray[Number]:
    """An array in a file; `UserError` where the disk has no room for it."""
    try:
        array: NDArray[Number] = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)
        if hasattr(os, "posix_fallocate"):  # or a full disk would end the process at some later write
            with path.open("rb+") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    except OSError as error:
        size = math.prod(shape) * np.dtype(kind).itemsize / 2**20
        raise UserError(
            f"{path} cannot be written: {error.strerror}; it needs {size:,.0f} MiB.",
            "Make room on that disk.",
        ) from error
    return array
