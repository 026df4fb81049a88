"""From trained members to a model's folder: intervals of the right width, weights, manifest.

The Dirichlet-Multinomial loss alone leaves intervals that are a little off for galaxies that training has not seen. So the
concentrations of each question are multiplied by one factor, chosen on galaxies that are neither learned from nor in the
figures of the model card: the factor under which votes are likeliest.
"""

import math
from dataclasses import asdict
from pathlib import Path

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from gzviewer.core.schema import Schema
from gzviewer.io.manifest import Manifest, write_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.ml.bundled_training.galaxies import Galaxies, is_for_calibration, is_held_out, read_votes
from gzviewer.ml.bundled_training.losses import VOLUNTEERS
from gzviewer.ml.bundled_training.members import (
    DROPOUT,
    FIELD,
    SCHEMA,
    VIEWS,
    Plan,
    load_member,
    predicted,
)
from gzviewer.ml.families.bundled import FAMILY, save_weights
from gzviewer.ml.loss import dirichlet_multinomial_loss

NAME, TITLE = "gz2_small", "Galaxy Zoo 2, small"
LICENCE = "BSD-3-Clause"
WEIGHTS = "weights.safetensors"
FACTORS = (0.1, 10.0)  # where the factors are looked for
HELD_OUT = "held_out_ids.txt"


def write_model(plan: Plan, folder: Path) -> Manifest:
    """Write weights, manifest, and the ids of the galaxies that were held out, into an empty folder."""
    schema = load_schema(SCHEMA)
    networks = [load_member(plan, member, len(schema.label_columns)) for member in plan.members]
    galaxies = read_votes(plan.data, schema, plan.stored_side)
    unseen = galaxies.where(is_for_calibration(name) for name in galaxies.ids)
    views = [predicted(network, unseen, plan.side, turn) for network in networks for turn in range(VIEWS)]
    factors = best_factors(schema, unseen, torch.stack(views))
    manifest = Manifest(
        folder=folder,
        name=NAME,
        title=TITLE,
        family=FAMILY,
        schema=SCHEMA,
        label_columns=schema.label_columns,
        weights=WEIGHTS,
        sha256=save_weights(networks, folder / WEIGHTS),
        licence=LICENCE,
        parameters=sum(value.numel() for network in networks for value in network.parameters()),
        provisional=False,
        architectures=plan.architectures,
        channels=3,
        head="dirichlet",
        dropout=DROPOUT,
        side=plan.side,
        crop_fraction=FIELD,
        views=VIEWS,
        factors=factors,
        training=_told(plan, len(galaxies), len(unseen)),
    )
    write_manifest(manifest)
    held_out = [name for name in galaxies.ids if is_held_out(name)]
    (plan.work / HELD_OUT).write_text("\n".join(["GalaxyID", *held_out]) + "\n", encoding="ascii")
    return manifest


def best_factors(schema: Schema, galaxies: Galaxies, concentrations: Tensor) -> dict[str, float]:
    """Question -> the factor on its concentrations (member, galaxy, answer) under which the votes are likeliest."""
    votes = torch.nan_to_num(galaxies.targets) * VOLUNTEERS

    def loss(logarithm: float, part: slice) -> float:
        answers = slice(0, part.stop - part.start)
        scaled = concentrations[..., part].double() * math.exp(logarithm)
        likelihood = [-dirichlet_multinomial_loss(votes[:, part].double(), one, [answers]) for one in scaled]
        mixture = torch.logsumexp(torch.stack(likelihood), dim=0)  # but for a constant
        return -float(mixture.sum())

    def best(part: slice) -> float:
        bounds = (math.log(FACTORS[0]), math.log(FACTORS[1]))
        found = minimize_scalar(
            lambda logarithm: loss(float(logarithm), part), bounds=bounds, method="bounded"
        )
        return round(math.exp(found.x), 3)

    return {question.name: best(schema.slice_of(question)) for question in schema.questions}


def _told(plan: Plan, galaxies: int, calibrating: int) -> dict[str, object]:
    """What the manifest tells of the training."""
    return {
        "command": "make model DATA=KAGGLE_GZ2 CLASSES=KAGGLE_CLASS OUT=NEW_FOLDER",
        "data": "Galaxy Zoo 2 images and vote fractions of the Kaggle Galaxy Challenge, 15 % by id held out",
        "further_data": "23,573 further images of the same kind with one of five plain classes",
        "galaxies": galaxies,
        "calibrated_on": calibrating,
        "rounds": [asdict(part) for part in plan.rounds],
    }
