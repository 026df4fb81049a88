"""The members of the bundled model, and the two rounds in which each learns.

First round: votes of the galaxies that have votes, plain classes of the others. Then all members together say what volunteers
would have said of every galaxy; second round: the votes, and what the members said where there are none.
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
from gzviewer.ml.bundled_training.losses import SQUARES, shares_of_all, squares, votes_loss
from gzviewer.ml.network import GalaxyNetwork

log = logging.getLogger(__name__)

SCHEMA = "kaggle_37"
SIDE, STORED_SIDE = (
    128,
    160,
)  # what networks see; what is kept of a picture with votes, so that a zoom in does not blur
FIELD = Chances().field  # of the central square that the model looks at, in sides of a picture
DROPOUT = 0.2
UNSURE = -3.0  # a head that starts with concentrations of about 6
CLASSES_WEIGHT = 5.0  # of the cross entropy beside the votes' loss
VIEWS = 2  # upright and turned by a quarter, averaged when members say what volunteers would have said
AT_A_TIME = 64


Draw = Callable[[], tuple[Tensor, Tensor, Tensor]]  # images of both kinds together, targets of each


@dataclass(frozen=True)
class Plan:
    """Which folders, how far, and where what has been reached is kept.

    Parameters
    ----------
    data, classes, work
        Folders: galaxies with votes, galaxies with classes, what the rounds reach.
    first_steps, second_steps
        Of each round; a batch each.
    architectures
        The members, by their names in timm.
    side, stored_side
        Pixels that networks see; that are kept of a picture with votes, more, so that a zoom in does not blur.
    first_batch, second_batch
        Galaxies with votes, and without, in a batch of each round.
    threads
        Of each member's process.
    """

    data: Path
    classes: Path
    work: Path
    first_steps: int = 1800
    second_steps: int = 3600
    architectures: tuple[str, ...] = ("regnety_002",)
    side: int = 128
    stored_side: int = 160
    first_batch: tuple[int, int] = (40, 40)
    second_batch: tuple[int, int] = (32, 48)
    threads: int = 1

    @property
    def members(self) -> range:
        """The numbers of the members."""
        return range(len(self.architectures))

    def weights(self, round_name: str, member: int) -> Path:
        """Where the weights of a member stand after a round."""
        return self.work / f"{round_name}-{member}.pt"


def learn_first(plan: Plan, member: int) -> None:
    """First round of one member."""
    schema, known, others = _prepared(plan, member)
    network = GalaxyNetwork(plan.architectures[member], len(schema.label_columns), dropout=DROPOUT)
    with torch.no_grad():
        network.head.bias.fill_(UNSURE)
    classes = nn.Linear(network.feature_count, int(others.targets.max()) + 1)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pupil = nn.ModuleDict({"network": network, "classes": classes})
    entropy = nn.CrossEntropyLoss(label_smoothing=0.05)
    generator = torch.Generator().manual_seed(member)
    draw, count = _drawing(plan, known, others, plan.first_batch, generator), plan.first_batch[0]

    def batch_loss() -> Tensor:
        images, votes, kinds = draw()
        with torch.autocast("cpu", torch.bfloat16):
            features = network.features(images)
        features = network.dropout(features.float())
        loss = votes_loss(schema, network.outputs(features[:count]), votes)
        cross: Tensor = entropy(classes(features[count:]), kinds)
        return loss + CLASSES_WEIGHT * cross

    descend(pupil, batch_loss, Descent(plan.first_steps, 2e-3))
    torch.save(network.state_dict(), plan.weights("first", member))


def learn_second(plan: Plan, member: int) -> None:
    """Second round of one member; the first round of all of them must be over."""
    schema, known, others = _prepared(plan, member)
    network = GalaxyNetwork(plan.architectures[member], len(schema.label_columns), dropout=DROPOUT)
    said = _said(plan)
    others = Galaxies(others.ids, others.images, said["others"])
    known = Galaxies(known.ids, known.images, torch.cat([known.targets, said["known"]], dim=1))
    network.load_state_dict(torch.load(plan.weights("first", member), weights_only=True))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    generator = torch.Generator().manual_seed(100 + member)
    draw, count = _drawing(plan, known, others, plan.second_batch, generator), plan.second_batch[0]
    answers = len(schema.label_columns)

    def batch_loss() -> Tensor:
        images, votes, said_of_others = draw()
        with torch.autocast("cpu", torch.bfloat16):
            features = network.features(images)
        concentrations = network.outputs(network.dropout(features.float()))
        loss = votes_loss(schema, concentrations[:count], votes[:, :answers])
        fill = torch.where(votes[:, :answers].isnan(), votes[:, answers:], torch.nan)
        guesses = torch.cat([fill, said_of_others])
        return loss + SQUARES * squares(schema, concentrations, guesses).mean()

    descend(network, batch_loss, Descent(plan.second_steps, 1.5e-3), plan.weights("running", member))
    torch.save(network.state_dict(), plan.weights("second", member))


def say(plan: Plan, member: int) -> None:
    """What a member says of all galaxies after the first round: written for the second."""
    schema, known, others = _prepared(plan, member)
    network = load_member(plan, "first", member, len(schema.label_columns))
    said = {
        name: predicted_shares(schema, network, galaxies, plan.side)
        for name, galaxies in (("known", known), ("others", others))
    }
    torch.save(said, plan.weights("say", member))


def _said(plan: Plan) -> dict[str, Tensor]:
    """What the members say in the mean: "known" and "others" -> (galaxy, answer)."""
    all_said = [torch.load(plan.weights("say", member), weights_only=True) for member in plan.members]
    return {name: torch.stack([said[name] for said in all_said]).mean(dim=0) for name in ("known", "others")}


def load_member(plan: Plan, round_name: str, member: int, answers: int) -> GalaxyNetwork:
    """A member after a round, set to predict."""
    network = GalaxyNetwork(plan.architectures[member], answers, dropout=DROPOUT)
    network.load_state_dict(torch.load(plan.weights(round_name, member), weights_only=True))
    return network.eval()


def predicted_shares(schema: Schema, network: GalaxyNetwork, galaxies: Galaxies, side: int) -> Tensor:
    """(galaxy, answer): shares of all volunteers, the mean over `VIEWS` views."""
    views = [shares_of_all(schema, predicted(network, galaxies, side, turn)) for turn in range(VIEWS)]
    return torch.stack(views).mean(dim=0)


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


def _prepared(plan: Plan, member: int) -> tuple[Schema, Galaxies, Galaxies]:
    """The schema, the galaxies to learn votes from, and the others."""
    torch.set_num_threads(plan.threads)
    torch.manual_seed(member + 1)
    schema = load_schema(SCHEMA)
    galaxies = read_votes(plan.data, schema, plan.stored_side)
    known = galaxies.where(not is_held_out(name) and not is_for_calibration(name) for name in galaxies.ids)
    others = read_classes(plan.classes, plan.side)
    log.info("%d galaxies with votes to learn from, %d with classes", len(known), len(others))
    return schema, known, others


def _drawing(
    plan: Plan, known: Galaxies, others: Galaxies, sizes: tuple[int, int], generator: torch.Generator
) -> Draw:
    """A function that draws a batch: images of both kinds together, targets of each."""
    rows = [
        row_batches(len(galaxies), size, generator)
        for galaxies, size in zip((known, others), sizes, strict=True)
    ]
    chances = Chances()

    def draw() -> tuple[Tensor, Tensor, Tensor]:
        ours, theirs = next(rows[0]), next(rows[1])
        images = [
            augmented(galaxies.images[chosen], plan.side, generator, chances)
            for galaxies, chosen in ((known, ours), (others, theirs))
        ]
        both = torch.cat(images).to(memory_format=torch.channels_last)
        return both, known.targets[ours], others.targets[theirs]

    return draw
