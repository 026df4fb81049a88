"""Going down: batches, the rate of learning, the running mean of the weights."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

log = logging.getLogger(__name__)

WEIGHT_DECAY = 0.05
WARM_UP = 0.1  # share of the steps
MEAN_OVER = 500  # steps that the running mean of the weights remembers
TOLD_EVERY = 100  # steps
SETTLING = 50  # batches whose statistics are measured in the end

Batch = Callable[[], Tensor]  # draws a batch, returns the loss on it


@dataclass(frozen=True)
class Descent:
    """How far and how fast."""

    steps: int
    rate: float


def row_batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Row numbers without end: each row once, in a new order, before any comes again."""
    order = torch.empty(0, dtype=torch.int64)
    while True:
        while len(order) < size:
            order = torch.cat([order, torch.randperm(count, generator=generator)])
        yield order[:size]
        order = order[size:]


def descend(network: nn.Module, batch_loss: Batch, plan: Descent) -> None:
    """Lower the loss step by step; leaves the network with the running mean of its weights, set to predict."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=plan.rate, total_steps=plan.steps, pct_start=WARM_UP
    )
    running_mean = get_ema_multi_avg_fn(1 - 1 / MEAN_OVER)  # type: ignore[no-untyped-call]
    mean = AveragedModel(network, multi_avg_fn=running_mean)
    network.train()
    started, total = time.monotonic(), 0.0
    for step in range(1, plan.steps + 1):
        loss = batch_loss()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        mean.update_parameters(network)
        total += loss.item()
        if step % TOLD_EVERY == 0:
            if not math.isfinite(total):
                raise FloatingPointError(f"the loss is no longer a number at step {step}")
            log.info(
                "step %d of %d: loss %.4f, %.0f s",
                step,
                plan.steps,
                total / TOLD_EVERY,
                time.monotonic() - started,
            )
            total = 0.0
    network.load_state_dict(mean.module.state_dict())
    _settle(network, batch_loss)


def _settle(network: nn.Module, batch_loss: Batch) -> None:
    """Measure the statistics of batch normalization anew, as those of the mean weights; leaves the network set to predict.

    A running mean of the statistics themselves would remember for long how they started: with a variance of 1, more than a
    hundred times that of a first layer.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
    network.train()
    with torch.no_grad():
        for _ in range(SETTLING):
            batch_loss()
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    network.eval()
