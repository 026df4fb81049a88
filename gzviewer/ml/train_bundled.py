"""Trains the small model that ships with the program, and writes its folder.

::

    python -m gzviewer.ml.train_bundled --data DIR --out NEW_DIR [--pretrain DIR] [--seed 1] [--epochs 26]
        [--pretrain-epochs 4] [--threads 1] [--half]

The encoder may first learn five plain classes from a larger set (`--pretrain`); then encoder and head learn the votes.
What is kept is the running mean of the weights. The galaxies of `training_data.is_held_out` are never seen. Figures of
the finished model are measured by ``python -m gzviewer.ml.evaluate_bundled``. ``make model`` does both, with the options that the
bundled model was made with.
"""

import argparse
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gzviewer.core.errors import ModelError
from gzviewer.core.schema import Schema
from gzviewer.io.checkpoints import Manifest, write_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.ml.augment import augmented
from gzviewer.ml.families.bundled import FAMILY, save_weights
from gzviewer.ml.loss import dirichlet_multinomial_loss
from gzviewer.ml.network import GalaxyNetwork
from gzviewer.ml.training_data import ASKED_AT_ROOT, Galaxies, is_held_out, read_classes, read_votes

log = logging.getLogger(__name__)

NAME, TITLE = "gz2_small", "Galaxy Zoo 2, small (provisional)"
LICENCE = "BSD-3-Clause"
ARCHITECTURE = "regnety_002"
SCHEMA = "gz2_ortho_schema"
INPUT_SIDE = 128
STORED_SIDE = 160  # a zoom in must not blur
CROP_FRACTION = 0.65  # from 0.6 to 0.85 the loss hardly differs, on whole images and on cut ones
BATCH = 64
VOTES_RATE, CLASSES_RATE = 1.5e-3, 2e-3  # highest learning rates
WEIGHT_DECAY = 0.05
DROPOUT = 0.2
MEAN_OVER = 400  # steps that the running mean of the weights remembers
UNSURE = -3.0  # a head that starts with concentrations of about 6
WEIGHTS = "weights.safetensors"

Loss = Callable[[Tensor, Tensor], Tensor]  # outputs, targets -> one number


@dataclass(frozen=True)
class Plan:
    """How to train: which folders, how long, and with what chances.

    `pretrain` is the folder of classes, or None; `half` computes in bfloat16, about twice as fast where the processor can.
    """

    data: Path
    pretrain: Path | None = None
    seed: int = 1
    epochs: int = 26
    pretrain_epochs: int = 4
    threads: int = 1
    half: bool = False


def train(plan: Plan) -> GalaxyNetwork:
    """A trained network, ready for prediction."""
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    schema = load_schema(SCHEMA)
    network = GalaxyNetwork(ARCHITECTURE, len(schema.label_columns), dropout=DROPOUT)
    if plan.pretrain is not None:
        _learn_classes(network, plan, plan.pretrain)
    galaxies = read_votes(plan.data, schema, STORED_SIDE)
    known = galaxies.where(not is_held_out(name) for name in galaxies.ids)
    unseen = galaxies.where(is_held_out(name) for name in galaxies.ids)
    log.info("votes: %d galaxies to learn from, %d held out", len(known), len(unseen))
    with torch.no_grad():
        network.head.bias.fill_(UNSURE)
    loss = _vote_loss(schema)
    _descend(network, known, loss, epochs=plan.epochs, rate=VOTES_RATE, plan=plan)
    log.info("votes: loss on the galaxies held out %.4f", _loss_on(network, unseen, loss))
    return network


def _vote_loss(schema: Schema) -> Loss:
    questions = [schema.slice_of(question) for question in schema.questions]

    def loss(concentrations: Tensor, votes: Tensor) -> Tensor:
        return dirichlet_multinomial_loss(votes, concentrations, questions).sum(dim=1).mean()

    return loss


def _learn_classes(network: GalaxyNetwork, plan: Plan, folder: Path) -> None:
    """Train the encoder, with a head of its own that is thrown away."""
    galaxies = read_classes(folder, INPUT_SIDE)
    classes = int(galaxies.targets.max()) + 1
    log.info("classes: %d galaxies, %d classes", len(galaxies), classes)
    pupil = nn.Sequential(network.encoder, nn.Linear(network.feature_count, classes))
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    _descend(pupil, galaxies, loss, epochs=plan.pretrain_epochs, rate=CLASSES_RATE, plan=plan)


def _descend(
    network: nn.Module, galaxies: Galaxies, loss: Loss, *, epochs: int, rate: float, plan: Plan
) -> None:
    """Lower `loss` step by step; leaves the network with the running mean of its weights, set to predict."""
    steps = len(galaxies) // BATCH
    generator = torch.Generator().manual_seed(plan.seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=epochs * steps, pct_start=0.15
    )
    running_mean = get_ema_multi_avg_fn(1 - 1 / MEAN_OVER)  # type: ignore[no-untyped-call]
    mean = AveragedModel(network, multi_avg_fn=running_mean, use_buffers=True)
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for epoch in range(epochs):
        started, total = time.monotonic(), 0.0
        for rows in _batches(len(galaxies), generator):
            images = augmented(galaxies.images[rows], INPUT_SIDE, generator)
            total += _step(
                network, images, galaxies.targets[rows], loss=loss, optimizer=optimizer, half=plan.half
            )
            schedule.step()
            mean.update_parameters(network)
        if not math.isfinite(total):
            raise FloatingPointError(f"the loss is no longer a number in epoch {epoch + 1}")
        log.info(
            "epoch %d of %d: loss %.4f, %.0f s", epoch + 1, epochs, total / steps, time.monotonic() - started
        )
    network.load_state_dict(mean.module.state_dict())
    network.eval()


def _step(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    *,
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    half: bool,
) -> float:
    """One step down; returns the loss before it."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        outputs = network(images.to(memory_format=torch.channels_last))
    batch_loss = loss(outputs.float(), targets)
    optimizer.zero_grad()
    torch.autograd.backward(batch_loss)
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return batch_loss.item()


def _batches(count: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Row numbers of full batches, in a new order; a few rows are left over."""
    order = torch.randperm(count, generator=generator)
    for first in range(0, count // BATCH * BATCH, BATCH):
        yield order[first : first + BATCH]


def _loss_on(network: nn.Module, galaxies: Galaxies, loss: Loss) -> float:
    """The loss on whole pictures, as they are."""
    total = 0.0
    with torch.inference_mode():
        for first in range(0, len(galaxies), BATCH):
            whole = galaxies.images[first : first + BATCH].float() / 255
            seen = nn.functional.interpolate(whole, INPUT_SIDE, mode="bilinear", antialias=True)
            total += loss(network(seen), galaxies.targets[first : first + BATCH]).item() * len(seen)
    return total / len(galaxies)


def write_model(network: GalaxyNetwork, folder: Path, plan: Plan, seconds: float) -> Manifest:
    """Write weights and manifest, without figures, into an empty folder."""
    manifest = Manifest(
        folder=folder,
        name=NAME,
        title=TITLE,
        family=FAMILY,
        schema=SCHEMA,
        label_columns=load_schema(SCHEMA).label_columns,
        weights=WEIGHTS,
        sha256=save_weights(network, folder / WEIGHTS),
        licence=LICENCE,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        provisional=True,
        architecture=ARCHITECTURE,
        channels=3,
        head="dirichlet",
        dropout=DROPOUT,
        side=INPUT_SIDE,
        crop_fraction=CROP_FRACTION,
        value_range="0..1",
        training=_told(plan, seconds),
    )
    write_manifest(manifest)
    return manifest


def command(plan: Plan) -> str:
    """The command that carries out a plan, with DIR for folders."""
    words = ["python -m gzviewer.ml.train_bundled --data DIR --out NEW_DIR"]
    words += ["--pretrain DIR", f"--pretrain-epochs {plan.pretrain_epochs}"] * bool(plan.pretrain)
    words += [f"--epochs {plan.epochs} --seed {plan.seed} --threads {plan.threads}", *["--half"] * plan.half]
    return " ".join(words)


def make_empty(folder: Path) -> None:
    """Make a folder, or see that it is empty: what takes half an hour to make is not written over.

    Raises
    ------
    ModelError
        If it cannot be made, or something is in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise ModelError(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from error
    if not is_empty:
        raise ModelError(f"{folder} is not empty.", "Name a new folder.")


def _told(plan: Plan, seconds: float) -> dict[str, object]:
    """What the manifest tells of the training."""
    chances = {key: value for key, value in asdict(plan).items() if key not in {"data", "pretrain"}}
    return {
        "command": command(plan),
        "data": "Galaxy Zoo 2 images and vote fractions of the Kaggle Galaxy Challenge, 15 % by id held out",
        "pretrain": "five classes of further images of the same kind" if plan.pretrain else "",
        "field_of_view": "central 256 of 424 pixels of a Galaxy Zoo 2 image, zoomed by 0.60 to 1.15 of its side",
        "asked_at_root": int(ASKED_AT_ROOT),
        **chances,
        "minutes": round(seconds / 60, 1),
    }


def main() -> None:
    """Read the command line, train, write."""
    parser = argparse.ArgumentParser(prog="python -m gzviewer.ml.train_bundled", description=TITLE)
    parser.add_argument("--data", type=Path, required=True, help="folder of images and vote fractions")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the model")
    parser.add_argument("--pretrain", type=Path, help="folder of images with one class each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=26)
    parser.add_argument("--pretrain-epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="compute in bfloat16")
    options = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folder, started = options.pop("out"), time.monotonic()
    plan = Plan(**options)
    try:
        make_empty(folder)
    except ModelError as error:
        parser.error(str(error))
    write_model(train(plan), folder, plan, time.monotonic() - started)


if __name__ == "__main__":
    main()
