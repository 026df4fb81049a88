"""How a member of the bundled model learns, round by round.

In every batch there are galaxies with votes, and further ones of which only a plain class is known: telling the classes apart
helps the encoder, and costs no votes. Later rounds start from the weights of the one before.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from gzviewer.core.schema import Schema
from gzviewer.io.schemas import load_schema
from gzviewer.ml.bundled_training.augment import Chances, augmented
from gzviewer.ml.bundled_training.descent import Descent, descend, row_batches
from gzviewer.ml.bundled_training.galaxies import (
    Galaxies,
    is_for_calibration,
    is_held_out,
    read_classes,
    read_votes,
)
from gzviewer.ml.bundled_training.losses import votes_loss
from gzviewer.ml.network import GalaxyNetwork

log = logging.getLogger(__name__)

SCHEMA = "kaggle_37"
FIELD = Chances().field  # of the central square that the model looks at, in sides of a picture
DROPOUT = 0.2
UNSURE = -3.0  # a head that starts with concentrations of about 6
CLASSES_WEIGHT = 5.0  # of the cross entropy beside the votes' loss
AT_A_TIME = 64

Draw = Callable[[], tuple[Tensor, Tensor, Tensor]]  # images of both kinds together, targets of each


@dataclass(frozen=True)
class Round:
    """How far and how fast a round goes.

    Parameters
    ----------
    steps, rate
        Batches, and the highest rate of learning.
    side
        Pixels that the network sees: small pictures teach as much in half the time.
    votes, classes
        Galaxies with votes and with classes in a batch.
    """

    steps: int
    rate: float
    side: int
    votes: int
    classes: int


ROUNDS = (
    Round(1800, 2e-3, 128, 40, 40),
    Round(5600, 1.5e-3, 96, 48, 16),
    Round(2400, 7e-4, 128, 48, 16),
)


@dataclass(frozen=True)
class Plan:
    """Which folders, how far, and where what has been reached is kept.

    Parameters
    ----------
    data, classes, work
        Folders: galaxies with votes, galaxies with classes, what the rounds reach.
    rounds, architectures
        The rounds of each member; the members, by their names in timm.
    stored_side
        Pixels that are kept of a picture with votes: more than networks see, so that a zoom in does not blur.
    threads
        Of each member's process.
    """

    data: Path
    classes: Path
    work: Path
    rounds: tuple[Round, ...] = ROUNDS
    architectures: tuple[str, ...] = ("regnety_002",)
    stored_side: int = 160
    threads: int = 1

    @property
    def members(self) -> range:
        """The numbers of the members."""
        return range(len(self.architectures))

    @property
    def side(self) -> int:
        """Pixels that the finished model sees."""
        return self.rounds[-1].side

    def weights(self, number: int, member: int) -> Path:
        """Where the weights of a member stand after a round."""
        return self.work / f"round-{number}-member-{member}.pt"


def learn(plan: Plan, number: int, member: int) -> None:
    """One round of one member, from the weights of the round before if there is one."""
    torch.set_num_threads(plan.threads)
    torch.manual_seed(100 * number + member + 1)
    schema, known, others = _galaxies(plan)
    network = GalaxyNetwork(plan.architectures[member], len(schema.label_columns), dropout=DROPOUT)
    if number:
        network.load_state_dict(torch.load(plan.weights(number - 1, member), weights_only=True))
    else:
        nn.init.constant_(network.head.bias, UNSURE)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    classes = nn.Linear(network.feature_count, int(others.targets.max()) + 1)
    draw = _drawing(plan.rounds[number], known, others, torch.Generator().manual_seed(100 * number + member))
    pupil = nn.ModuleDict({"network": network, "classes": classes})
    batch_loss = _batch_loss(schema, network, classes, draw)
    descend(pupil, batch_loss, Descent(plan.rounds[number].steps, plan.rounds[number].rate))
    torch.save(network.state_dict(), plan.weights(number, member))


def _batch_loss(
    schema: Schema, network: GalaxyNetwork, classes: nn.Linear, draw: Draw
) -> Callable[[], Tensor]:
    """A function that draws a batch and returns the loss on it."""
    entropy = nn.CrossEntropyLoss(label_smoothing=0.05)

    def loss() -> Tensor:
        images, votes, kinds = draw()
        with torch.autocast("cpu", torch.bfloat16):
            features = network.features(images)
        features = network.dropout(features.float())
        loss = votes_loss(schema, network.outputs(features[: len(votes)]), votes)
        cross: Tensor = entropy(classes(features[len(votes) :]), kinds)
        return loss + CLASSES_WEIGHT * cross

    return loss


def load_member(plan: Plan, member: int, outputs: int) -> GalaxyNetwork:
    """A member after the last round, set to predict."""
    network = GalaxyNetwork(plan.architectures[member], outputs, dropout=DROPOUT)
    network.load_state_dict(torch.load(plan.weights(len(plan.rounds) - 1, member), weights_only=True))
    return network.eval()


def predicted(network: GalaxyNetwork, galaxies: Galaxies, side: int) -> Tensor:
    """(galaxy, answer): concentrations."""
    parts = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for first in range(0, len(galaxies), AT_A_TIME):
            seen = central(galaxies.images[first : first + AT_A_TIME], side)
            parts.append(network(seen).float())
    return torch.cat(parts)


def central(images: Tensor, side: int) -> Tensor:
    """(galaxy, channel, side, side) in 0..1 of stored pictures: the field that training is about, upright."""
    seen = round(images.shape[-1] * FIELD / 2) * 2
    edge = (images.shape[-1] - seen) // 2
    part = images[..., edge : edge + seen, edge : edge + seen].float() / 255
    return nn.functional.interpolate(part, side, mode="bilinear", antialias=True)


def _galaxies(plan: Plan) -> tuple[Schema, Galaxies, Galaxies]:
    """The schema, the galaxies to learn votes from, and the others."""
    schema = load_schema(SCHEMA)
    galaxies = read_votes(plan.data, schema, plan.stored_side)
    known = galaxies.where(not is_held_out(name) and not is_for_calibration(name) for name in galaxies.ids)
    others = read_classes(plan.classes, plan.side)
    log.info("%d galaxies with votes to learn from, %d with classes", len(known), len(others))
    return schema, known, others


def _drawing(part: Round, known: Galaxies, others: Galaxies, generator: torch.Generator) -> Draw:
    """A function that draws a batch: images of both kinds together, targets of each."""
    ours = row_batches(len(known), part.votes, generator)
    theirs = row_batches(len(others), part.classes, generator)
    chances = Chances()

    def draw() -> tuple[Tensor, Tensor, Tensor]:
        voted, classed = next(ours), next(theirs)
        images = [
            augmented(galaxies.images[rows], part.side, generator, chances)
            for galaxies, rows in ((known, voted), (others, classed))
        ]
        both = torch.cat(images).to(memory_format=torch.channels_last)
        return both, known.targets[voted], others.targets[classed]

    return draw
