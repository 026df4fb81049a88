"""How a member of the bundled model learns, round by round.

In every batch there are galaxies with votes, and further ones of which only a plain class is known: telling the classes apart
helps the encoder, and costs no votes. Later rounds start from the weights of the one before. In the last one the members
themselves have said what volunteers would say of the further galaxies, and of questions without votes.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from gzviewer.core.schema import Schema
from gzviewer.io.schemas import load_schema
from gzviewer.ml.bundled_training.augment import Chances, augmented
from gzviewer.ml.bundled_training.descent import Batch, Descent, descend, row_batches
from gzviewer.ml.bundled_training.galaxies import (
    Galaxies,
    is_for_calibration,
    is_held_out,
    read_classes,
    read_votes,
)
from gzviewer.ml.bundled_training.losses import SQUARES, shares_of_all, squares, votes_loss
from gzviewer.ml.network import GalaxyNetwork

log = logging.getLogger(__name__)

SCHEMA = "kaggle_37"
FIELD = Chances().field  # of the central square that the model looks at, in sides of a picture
DROPOUT = 0.2
UNSURE = -3.0  # a head that starts with concentrations of about 6
CLASSES_WEIGHT = 5.0  # of the cross entropy beside the votes' loss
AT_A_TIME = 64
VIEWS = 4  # turns by a quarter, of which each prediction is the mean

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
    votes, others
        Galaxies with votes and without in a batch.
    is_told
        False: the others teach their classes. True: they teach what the members say of them.
    """

    steps: int
    rate: float
    side: int
    votes: int
    others: int
    is_told: bool = False


ROUNDS = (
    Round(1800, 2e-3, 128, 40, 40),
    Round(5600, 1.5e-3, 96, 48, 16),
    Round(4200, 1e-3, 96, 40, 40, is_told=True),
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

    def said(self, number: int, member: int) -> Path:
        """Where stands what a member says after a round."""
        return self.work / f"said-{number}-member-{member}.pt"

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
    part, generator = plan.rounds[number], torch.Generator().manual_seed(100 * number + member)
    if part.is_told:
        said = _said(plan, number - 1)
        known = Galaxies(known.ids, known.images, torch.cat([known.targets, said["known"]], dim=1))
        others = Galaxies(others.ids, others.images, said["others"])
        batch_loss = _told_loss(schema, network, _drawing(part, known, others, generator))
        descend(network, batch_loss, Descent(part.steps, part.rate))
    else:
        classes = nn.Linear(network.feature_count, int(others.targets.max()) + 1)
        batch_loss = _classes_loss(schema, network, classes, _drawing(part, known, others, generator))
        pupil = nn.ModuleDict({"network": network, "classes": classes})
        descend(pupil, batch_loss, Descent(part.steps, part.rate))
    _keep(network.state_dict(), plan.weights(number, member))


def _classes_loss(schema: Schema, network: GalaxyNetwork, classes: nn.Linear, draw: Draw) -> Batch:
    """A function that draws a batch and returns the loss on it: of votes, and of classes."""
    entropy = nn.CrossEntropyLoss(label_smoothing=0.05)

    def batch_loss() -> Tensor:
        images, votes, kinds = draw()
        features = network.dropout(_features(network, images))
        loss = votes_loss(schema, network.outputs(features[: len(votes)]), votes)
        cross: Tensor = entropy(classes(features[len(votes) :]), kinds)
        return loss + CLASSES_WEIGHT * cross

    return batch_loss


def _told_loss(schema: Schema, network: GalaxyNetwork, draw: Draw) -> Batch:
    """The same: of votes, and of the shares that the members said where there are none."""
    answers = len(schema.label_columns)

    def batch_loss() -> Tensor:
        images, votes, said_of_others = draw()
        known, said = votes[:, :answers], votes[:, answers:]
        concentrations = network.outputs(network.dropout(_features(network, images)))
        loss = votes_loss(schema, concentrations[: len(votes)], known)
        told = torch.cat([torch.where(known.isnan(), said, torch.nan), said_of_others])
        return loss + SQUARES * squares(schema, concentrations, told).mean()

    return batch_loss


def _features(network: GalaxyNetwork, images: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        features = network.features(images)
    return features.float()


def say(plan: Plan, number: int, member: int) -> None:
    """What a member says of all galaxies after a round: written for the next."""
    torch.set_num_threads(plan.threads)
    schema, known, others = _galaxies(plan)
    network = load_member(plan, member, len(schema.label_columns), number)
    said = {
        name: _shares(schema, network, galaxies, plan.rounds[number].side)
        for name, galaxies in (("known", known), ("others", others))
    }
    _keep(said, plan.said(number, member))


def _said(plan: Plan, number: int) -> dict[str, Tensor]:
    """What the members said in the mean: "known" and "others" -> (galaxy, answer) shares of all volunteers."""
    everything = [torch.load(plan.said(number, member), weights_only=True) for member in plan.members]
    return {name: torch.stack([said[name] for said in everything]).mean(dim=0) for name in everything[0]}


def _shares(schema: Schema, network: GalaxyNetwork, galaxies: Galaxies, side: int) -> Tensor:
    """(galaxy, answer): shares of all volunteers, the mean over `VIEWS` views."""
    views = [shares_of_all(schema, predicted(network, galaxies, side, turn)) for turn in range(VIEWS)]
    return torch.stack(views).mean(dim=0)


def load_member(plan: Plan, member: int, outputs: int, number: int = -1) -> GalaxyNetwork:
    """A member after a round, the last one if none is named; set to predict."""
    network = GalaxyNetwork(plan.architectures[member], outputs, dropout=DROPOUT)
    path = plan.weights(range(len(plan.rounds))[number], member)
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def predicted(network: GalaxyNetwork, galaxies: Galaxies, side: int, turn: int = 0) -> Tensor:
    """(galaxy, answer): concentrations, from pictures turned by so many quarters."""
    parts = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for first in range(0, len(galaxies), AT_A_TIME):
            seen = central(galaxies.images[first : first + AT_A_TIME], side)
            parts.append(network(torch.rot90(seen, turn, (2, 3))).float())
    return torch.cat(parts)


def central(images: Tensor, side: int) -> Tensor:
    """(galaxy, channel, side, side) in 0..1 of stored pictures: the field that training is about, upright."""
    seen = round(images.shape[-1] * FIELD / 2) * 2
    edge = (images.shape[-1] - seen) // 2
    part = images[..., edge : edge + seen, edge : edge + seen].float() / 255
    return nn.functional.interpolate(part, side, mode="bilinear", antialias=True)


def _keep(what: Mapping[str, Tensor], path: Path) -> None:
    """Write all of it or nothing: a file that is there counts as done."""
    beside = path.with_suffix(".part")
    torch.save(what, beside)
    beside.replace(path)


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
    theirs = row_batches(len(others), part.others, generator)
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
