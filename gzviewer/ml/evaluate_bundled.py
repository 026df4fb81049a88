"""Measures the bundled model on galaxies that its training never saw, by the same way that the program predicts.

::

    python -m gzviewer.ml.evaluate_bundled --data DIR --model DIR [--published KIND] [--write]

Prints a line a question: the loss and the agreement with volunteers beside those of a constant answer. ``--write`` keeps the
figures in the model's manifest.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gzviewer.io.checkpoints import Manifest, read_manifest, write_manifest
from gzviewer.io.images import read_image
from gzviewer.io.schemas import load_schema
from gzviewer.ml.families import load_predictor
from gzviewer.ml.metrics import QuestionFigures, figures
from gzviewer.ml.predict import predict, read_batch
from gzviewer.ml.preprocess import Input, network_input, pixels_needed
from gzviewer.ml.tasks import BATCH, prepare_device
from gzviewer.ml.training_data import expected_votes, is_held_out, read_fractions, read_published

COMMAND = "python -m gzviewer.ml.evaluate_bundled --data DIR --model DIR --write"


def evaluate(folder: Path, manifest: Manifest) -> dict[str, QuestionFigures]:
    """Figures of every question, on the galaxies of `folder` that are held out."""
    schema = load_schema(manifest.schema)
    ids, fractions = read_fractions(folder, schema)
    votes = expected_votes(schema, fractions)
    held_out = np.array([is_held_out(name) for name in ids])
    unseen = [folder / "images" / f"{name}.jpg" for name, is_out in zip(ids, held_out, strict=True) if is_out]
    concentrations = predict_files(manifest, unseen, prepare_device("cpu"))
    return figures(schema, votes[held_out], concentrations, votes[~held_out])


def evaluate_published(folder: Path, manifest: Manifest, kind: str) -> dict[str, QuestionFigures]:
    """Figures beside published fractions of Galaxy Zoo 2; see `read_published`. The constant is fitted to these galaxies."""
    schema = load_schema(manifest.schema)
    ids, fractions = read_published(folder, schema, kind)
    votes = expected_votes(schema, fractions)
    paths = [folder / "images" / f"{name}.jpg" for name in ids]
    return figures(schema, votes, predict_files(manifest, paths, prepare_device("cpu")), votes)


def predict_files(manifest: Manifest, paths: list[Path], device: torch.device) -> NDArray[np.float32]:
    """(file, answer): concentrations of images that can all be read."""
    predictor, size = load_predictor(manifest, device), BATCH[device.type]

    def read(place: int) -> Input:
        return network_input(read_image(paths[place], pixels_needed(manifest)), manifest)

    parts = []
    for first in range(0, len(paths), size):
        batch = read_batch(range(first, min(first + size, len(paths))), read)
        names = [paths[place].stem for place in batch.places]
        parts.append(predict(predictor, batch.inputs, names, size=size, device=device)[:, 0])
    return np.concatenate(parts)


def table(measured: Mapping[str, QuestionFigures]) -> str:
    """The figures as lines of text."""
    lines = [
        f"{'question':26} {'loss':>7} {'constant':>8}  {'agrees':>6} {'constant':>8} {'of':>5}  {'rmse':>6} {'of':>5}"
    ]
    for name, of_one in measured.items():
        lines.append(
            f"{name:26} {of_one.loss:7.3f} {of_one.baseline_loss:8.3f}  {of_one.accuracy:6.3f} "
            f"{of_one.baseline_accuracy:8.3f} {of_one.confident:5}  {of_one.rmse:6.3f} {of_one.galaxies:5}"
        )
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m gzviewer.ml.evaluate_bundled")
    parser.add_argument("--data", type=Path, required=True, help="folder of images and vote fractions")
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument(
        "--published",
        choices=("weighted_fraction", "debiased"),
        help="compare with these columns of Galaxy Zoo 2",
    )
    parser.add_argument("--write", action="store_true", help="keep the figures in the manifest")
    options = parser.parse_args()
    manifest = read_manifest(options.model)
    if options.published:
        measured = evaluate_published(options.data, manifest, options.published)
    else:
        measured = evaluate(options.data, manifest)
    sys.stdout.write(table(measured) + "\n")
    if options.write:
        write_manifest(replace(manifest, metrics=_told(measured)))


def _told(measured: Mapping[str, QuestionFigures]) -> dict[str, object]:
    """The figures as they stand in the manifest, to three places; what could not be measured is left out."""
    rounded = {
        name: {key: round(value, 3) for key, value in asdict(of_one).items() if value == value}
        for name, of_one in measured.items()
    }
    return {"command": COMMAND, **rounded}


if __name__ == "__main__":
    main()
