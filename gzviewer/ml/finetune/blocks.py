"""The blocks of an encoder, from its stem to its top: which are trained, how fast, and which stand still.

Blocks are what timm says that the parts of an architecture are (the stem, then each stage or transformer block). A last part
that holds nothing but norms belongs to the block below it. So ConvNeXt, ResNet and RegNet have 5 blocks, EfficientNet-B0 8, a
ViT 13.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from gzviewer.core.errors import UserError
from gzviewer.jobs.finetune_requests import FinetuneSettings
from gzviewer.ml.network import GalaxyNetwork
from gzviewer.ml.torch_compat import timm

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
HEAD = "head"


@dataclass(frozen=True)
class Block:
    """One block: its names of parameters in the network, and what to call it."""

    title: str
    names: tuple[str, ...]


def blocks_of(network: GalaxyNetwork) -> tuple[Block, ...]:
    """The blocks of a network's encoder, the stem first."""
    encoder = network.encoder
    shapes = {name: value.dim() for name, value in encoder.named_parameters()}
    assert isinstance(encoder, nn.Module)
    matcher = getattr(encoder, "group_matcher")(coarse=True)  # noqa: B009 - every encoder of timm has it, no type knows
    found = list(timm.models.group_parameters(encoder, matcher).values())
    parts = [[name for name in names if name in shapes] for names in found]
    parts = [names for names in parts if names]
    if len(parts) > 1 and all(shapes[name] < 2 for name in parts[-1]):
        parts[-2:] = [parts[-2] + parts[-1]]
    return tuple(
        Block(_title(place, names), tuple(f"encoder.{name}" for name in names))
        for place, names in enumerate(parts)
    )


def _title(place: int, names: Sequence[str]) -> str:
    """Such as ``block 3 (stages.2)``: what the names of its parameters begin with."""
    start = names[0].split(".")
    while len(start) > 1 and not all(name.split(".")[: len(start)] == start for name in names):
        start = start[:-1]
    last = "" if all(name.startswith(start[0]) for name in names) else f" to {names[-1].split('.')[0]}"
    return f"block {place} ({'.'.join(start)}{last})"


def trained_count(wanted: str, blocks: Sequence[Block]) -> int:
    """How many blocks from the top are trained; `UserError` where there are not so many."""
    if wanted in ("all", HEAD):
        return len(blocks) if wanted == "all" else 0
    count = int(wanted) if wanted.isdigit() else -1
    if not 0 <= count <= len(blocks):
        titles = ", ".join(block.title for block in blocks)
        raise UserError(
            f"{wanted} blocks cannot be trained: the encoder has {len(blocks)}, {titles}.",
            f"Say head, all, or 0 to {len(blocks)}.",
        )
    return count


def freeze(network: GalaxyNetwork, blocks: Sequence[Block], count: int) -> None:
    """Let only the top `count` blocks and the head learn. A table of positions that does not learn stays as it is."""
    moving = {name for block in blocks[len(blocks) - count :] for name in block.names}
    for name, value in network.named_parameters():
        was = value.requires_grad
        value.requires_grad_(name.startswith(f"{HEAD}.") or (was and name in moving))


def set_to_train(network: GalaxyNetwork, *, moves_batch_norm: bool) -> None:
    """Training mode, but where nothing learns: there dropped paths and the statistics of batch norms stand still.

    A part without parameters of its own does as the nearest part around it that has some. Batch norms of trained blocks keep
    their statistics too unless `moves_batch_norm`: those of a few small batches are worse than the parent's.
    """
    modes: dict[str, bool] = {}
    for name, module in network.named_modules():
        own = [value.requires_grad for value in module.parameters()]
        above = modes.get(name.rpartition(".")[0], True)
        modes[name] = any(own) if own else above
        module.training = modes[name]
        if isinstance(module, BATCH_NORMS) and not moves_batch_norm:
            module.training = False
    network.dropout.training = True


def parameter_groups(
    network: GalaxyNetwork, blocks: Sequence[Block], count: int, settings: FinetuneSettings
) -> list[dict[str, object]]:
    """Groups for an optimizer, from the top: head, topmost block ... each once with weight decay and once without.

    The learning rate of a block is that of the block above it times ``layer_decay``. Biases, norms and scales, which have
    fewer than two axes, are not decayed.
    """
    parameters = dict(network.named_parameters())
    trained = list(reversed(blocks[len(blocks) - count :]))
    rates = [
        (
            Block(HEAD, tuple(name for name in parameters if name.startswith(f"{HEAD}."))),
            settings.head_learning_rate,
        )
    ]
    rates += [
        (block, settings.learning_rate * settings.layer_decay**depth) for depth, block in enumerate(trained)
    ]
    groups: list[dict[str, object]] = []
    for block, rate in rates:
        learning = [parameters[name] for name in block.names if parameters[name].requires_grad]
        for is_decayed in (True, False):
            chosen = [value for value in learning if (value.dim() > 1) == is_decayed]
            decay = settings.weight_decay if is_decayed else 0.0
            if chosen:
                groups.append(
                    {"params": chosen, "lr": rate, "full": rate, "weight_decay": decay, "title": block.title}
                )
    return groups


def trained_state(network: GalaxyNetwork) -> Mapping[str, Tensor]:
    """What teaching may change: learning parameters, and the statistics of batch norms that move. Not copied."""
    learning = {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}
    moving = {
        f"{name}.{key}": value
        for name, module in network.named_modules()
        if isinstance(module, BATCH_NORMS) and module.training
        for key, value in module.named_buffers(recurse=False)
    }
    return {**learning, **moving}
