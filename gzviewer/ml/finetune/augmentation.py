"""What training does to pictures, and a sheet on which a person sees it."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor

from gzviewer.io.manifest import Manifest
from gzviewer.io.model_input import IMAGENET
from gzviewer.ml.bundled_training.augment import Chances, augmented
from gzviewer.ml.finetune.inputs import Pictures

FILE_NAME = "augmented.png"
GALAXIES_SHOWN, VIEWS_SHOWN, GAP = 8, 7, 2


def chances(pictures: Pictures) -> Chances:
    """Any turn, mirrored or not, a little zoom, shift, colour and noise."""
    return Chances(
        field=pictures.field, wide=(pictures.field * 0.8, min(1.2, pictures.field * 1.25)), wide_share=0.2
    )


def augmented_inputs(
    pictures: Pictures, rows: NDArray[np.int64], manifest: Manifest, generator: torch.Generator
) -> Tensor:
    """(galaxy, channel, y, x): views of the galaxies at `rows` as the network sees them in training."""
    stored = torch.from_numpy(pictures.stored[rows])
    seen = augmented(stored, manifest.side, generator, chances(pictures))
    return normalised(seen, manifest)


def normalised(images: Tensor, manifest: Manifest) -> Tensor:
    """From 0..1 to the range that the model was trained with."""
    if manifest.value_range != "imagenet":
        return images
    mean, deviation = (torch.from_numpy(values)[None] for values in IMAGENET[manifest.channels])
    return (images - mean) / deviation


def save_sheet(
    path: Path, pictures: Pictures, rows: NDArray[np.int64], manifest: Manifest, seed: int
) -> None:
    """A sheet of training inputs: a galaxy a line, upright first as a prediction sees it, then augmented views."""
    shown = rows[:: max(1, len(rows) // GALAXIES_SHOWN)][:GALAXIES_SHOWN]
    generator = torch.Generator().manual_seed(seed)
    stored = torch.from_numpy(pictures.stored[shown])
    edge = round(stored.shape[-1] * (1 - pictures.field) / 2)
    inner = stored[..., edge : edge + manifest.side, edge : edge + manifest.side].float() / 255
    views = [
        inner,
        *(augmented(stored, manifest.side, generator, chances(pictures)) for _ in range(VIEWS_SHOWN)),
    ]
    step = manifest.side + GAP
    sheet = np.full((len(shown) * step - GAP, len(views) * step - GAP, 3), 255, dtype=np.uint8)
    for column, view in enumerate(views):
        for line, picture in enumerate(np.round(view.numpy() * 255).astype(np.uint8)):
            top, left = line * step, column * step
            height, width = picture.shape[1:]
            sheet[top : top + height, left : left + width] = picture.transpose(1, 2, 0)
    Pillow.fromarray(sheet).save(path)
