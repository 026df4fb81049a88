"""The network that is taught: the encoder of a model, with a head for the labels."""

from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import Manifest
from gzviewer.ml.families import load_predictors
from gzviewer.ml.families.bundled import FAMILY
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.network import SPAN, GalaxyNetwork

ENCODER = "encoder."
UNSURE = -3.0  # bias of a new Dirichlet head: concentrations of about 6, unsure but not absurd


def keeps_parents_head(parent: Manifest, labels: Labels, *, is_wished: bool) -> bool:
    """True where the labels answer the tree that the parent answers, so that its head need not start anew."""
    is_same = parent.head == "dirichlet" and labels.kind == "tree" and parent.label_columns == labels.names
    return is_same and is_wished


def head_of(labels: Labels) -> str:
    """What the new head gives, in the manifest's words."""
    if labels.kind == "regress":
        is_unit = labels.targets.min() >= 0 and labels.targets.max() <= 1
        return "unit-values" if is_unit else "values"
    return {"tree": "dirichlet", "classify": "classes"}[labels.kind]


def network_to_teach(
    parent: Manifest, labels: Labels, *, member: int, dropout: float, keeps_head: bool, seed: int
) -> GalaxyNetwork:
    """A network with the parent's encoder; its head is the parent's or new, drawn from `seed`.

    Raises
    ------
    ModelError
        If the parent cannot be used, or has no such member.
    """
    if not 0 <= member < len(parent.architectures):
        raise ModelError(
            f"{parent.name} has no network {member}.", f"Choose 0 to {len(parent.architectures) - 1}."
        )
    torch.manual_seed(seed)
    network = _new_network(
        parent, labels, parent.architectures[member], dropout, parent.span if keeps_head else SPAN
    )
    _start_head(network, labels)
    weights = parents_weights(parent, member)
    wanted = {name: value for name, value in weights.items() if keeps_head or not name.startswith("head.")}
    _fill(network, wanted, parent)
    if keeps_head and parent.factors:
        network.factors.copy_(_factors(parent, labels))
    return network


def _new_network(
    parent: Manifest, labels: Labels, architecture: str, dropout: float, span: float
) -> GalaxyNetwork:
    try:
        return GalaxyNetwork(
            architecture,
            len(labels.names),
            channels=parent.channels,
            dropout=dropout,
            head=head_of(labels),
            span=span,
        )
    except RuntimeError as error:  # of timm
        raise ModelError(f"{parent.name} is built on a network that timm does not know: {error}.") from error


def _start_head(network: GalaxyNetwork, labels: Labels) -> None:
    """Small weights, so that the first answers are alike; the bias as unsure as the labels allow."""
    nn.init.normal_(network.head.weight, std=0.01)
    nn.init.constant_(network.head.bias, UNSURE if labels.kind == "tree" else 0.0)


def parents_weights(parent: Manifest, member: int) -> Mapping[str, Tensor]:
    """Name -> weights of one network of a model: ``encoder.*``, and ``head.*`` where it has one; single precision."""
    if parent.family != FAMILY:
        predictor = load_predictors(parent, torch.device("cpu"))[member]
        if not isinstance(predictor, nn.Module):
            raise ModelError(f"{parent.name} is of a family that cannot be taught.", "Choose another model.")
        state: Mapping[str, Tensor] = predictor.state_dict()
    else:
        if sha256_of(parent.weights_path) != parent.sha256:
            raise ModelError(f"{parent.weights_path} is not the file its manifest names.", "Fetch it again.")
        try:
            state = load_file(parent.weights_path)
        except SafetensorError as error:
            raise ModelError(f"{parent.weights_path} cannot be read: {error}.", "Fetch it again.") from error
    if len(parent.architectures) > 1 and parent.family == FAMILY:
        start = f"{member}."
        state = {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}
    if not any(name.startswith(ENCODER) for name in state):  # an encoder alone
        state = {ENCODER + name: value for name, value in state.items()}
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def _fill(network: GalaxyNetwork, weights: Mapping[str, Tensor], parent: Manifest) -> None:
    """Take weights over; the encoder's must all be there, a head that is not keeps its start."""
    try:
        left = network.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ModelError(f"{parent.weights_path} does not fit {parent.architecture}: {error}") from error
    lacking = [name for name in left.missing_keys if name.startswith(ENCODER)]
    lacking += [name for name in left.unexpected_keys if name.startswith(ENCODER)]
    if lacking:
        raise ModelError(
            f"{parent.weights_path} does not fit {parent.architecture}: {lacking[0]}.", "Fetch it again."
        )


def _factors(parent: Manifest, labels: Labels) -> Tensor:
    """Calibration of each answer that goes with the parent's head."""
    assert labels.schema is not None
    questions = [labels.schema.question_of(label).name for label in labels.names]
    return torch.tensor([parent.factors.get(name, 1.0) for name in questions])
