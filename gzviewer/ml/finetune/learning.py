"""The loop: epochs of steps, a validation after each, the state on disk before anybody hears of it.

Every draw of an epoch (order, views, dropout) comes from the run's seed and the epoch's number. So a run that was killed and
goes on from the last finished epoch ends where an undisturbed one ends; on a CPU with the same number of threads, bit for bit.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gzviewer.core.errors import UserError
from gzviewer.jobs.finetune_requests import FinetuneEpoch, FinetuneSettings, FinetuneStep
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.ml.devices import give_back, is_out_of_memory
from gzviewer.ml.finetune.blocks import Block, parameter_groups, set_to_train, trained_state
from gzviewer.ml.finetune.objectives import Loss
from gzviewer.ml.finetune.sources import AT_A_TIME, Source
from gzviewer.ml.finetune.state import (
    Reached,
    load_state,
    optimizer_tensors,
    restore_optimizer,
    save_state,
)
from gzviewer.ml.finetune.troubles import memory_remedy
from gzviewer.ml.network import GalaxyNetwork

Rows = NDArray[np.int64]
STEP_TOLD_S = 0.5
EPOCHS_APART = 1_000_003  # between the seeds of two runs whose seeds follow each other
LEAST_PART = 2


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is taught to what.

    Parameters
    ----------
    targets : (galaxy, column), on `device`
    train, validation
        Places of galaxies.
    watch
        Outputs (galaxy, output) and places -> further figures of validation by name.
    autoscale
        True: float16, whose loss must be scaled.
    starts_taught
        True: the network answers already, so that an epoch has to be better than none.
    """

    network: GalaxyNetwork
    source: Source
    loss: Loss
    targets: Tensor
    train: Rows
    validation: Rows
    blocks: tuple[Block, ...]
    count: int
    settings: FinetuneSettings
    device: torch.device
    watch: Callable[[NDArray[np.float32], Rows], dict[str, float]]
    autoscale: bool = False
    starts_taught: bool = False


def rate_factor(step: int, steps_an_epoch: int, settings: FinetuneSettings) -> float:
    """Of all learning rates at a step from 0: a straight warm-up, then half a cosine down to 0 at the last step."""
    warm, total = settings.warm_up_epochs * steps_an_epoch, settings.epochs * steps_an_epoch
    if step < warm:
        return (step + 1) / max(warm, 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))


def dealt(rows: Rows, batch: int) -> list[Rows]:
    """Batches of at most `batch` rows, as equal as can be: no row is dropped, and none is left alone."""
    return np.array_split(rows, max(1, math.ceil(len(rows) / batch)))


def _check_number(loss: float) -> float:
    if not math.isfinite(loss):
        raise UserError(
            "The loss is no longer a number.",
            "Start anew with a lower --learning-rate and --head-learning-rate, or with --precision float32.",
        )
    return loss


class Learner:
    """Takes a lesson, from the start or from where the state on disk has it."""

    def __init__(self, lesson: Lesson, context: JobContext, state: Path, key: dict[str, str]) -> None:
        self._lesson, self._context, self._state = lesson, context, state
        set_to_train(lesson.network, moves_batch_norm=lesson.settings.moves_batch_norm)
        groups = parameter_groups(lesson.network, lesson.blocks, lesson.count, lesson.settings)
        self._optimizer = torch.optim.AdamW(groups)
        self._scaler = torch.amp.GradScaler(lesson.device.type, enabled=lesson.autoscale)
        self._moving = trained_state(lesson.network)
        self._mean = {name: value.clone() for name, value in self._moving.items()}
        self._best = {name: value.clone() for name, value in self._moving.items()}
        self._pieces = 1
        self.reached = Reached(key=key)

    def take_up(self) -> None:
        """Go on from the state on disk; nothing where there is none yet.

        Raises
        ------
        UserError
            If the labels or the parent have changed since.
        """
        if not self._state.exists():
            return
        reached, tensors = load_state(self._state)
        if changed := [name for name, value in self.reached.key.items() if reached.key.get(name) != value]:
            raise UserError(
                f"The {changed[0]} changed since this run began.", "Start anew in another folder."
            )
        self.reached = reached
        for start, known in (("now.", self._moving), ("mean.", self._mean), ("best.", self._best)):
            for name, value in known.items():
                value.copy_(tensors[start + name])
        restore_optimizer(self._optimizer, tensors)
        if reached.scaler:
            self._scaler.load_state_dict(reached.scaler)

    def learn(self) -> None:
        """Run epochs until the last, or until validation has not been better for ``patience`` of them; then take the best."""
        settings = self._lesson.settings
        if self._lesson.starts_taught and not self.reached.epoch:
            self.reached.best_loss = self._validated()["validation/loss"]
        while self.reached.epoch < settings.epochs and not self._is_over():
            self._epoch(self.reached.epoch + 1)
        self._put(self._best)

    def _is_over(self) -> bool:
        return self.reached.epoch - self.reached.best_epoch >= self._lesson.settings.patience

    def _epoch(self, epoch: int) -> None:
        started, lesson, reached = time.monotonic(), self._lesson, self.reached
        train_loss = self._steps(epoch, started)
        metrics = {"train/loss": train_loss, **self._validated()}
        loss = metrics["validation/loss"]
        _check_number(loss)
        is_best = loss < reached.best_loss
        if is_best:
            reached.best_loss, reached.best_epoch = loss, epoch
            for name, value in self._kept().items():
                self._best[name].copy_(value)
        seconds = time.monotonic() - started
        rates = {str(group["title"]): float(group["lr"]) for group in self._optimizer.param_groups}
        lines = {f"learning-rate/{name}": rate for name, rate in rates.items()}
        reached.epoch = epoch
        reached.history.append({"epoch": epoch, **metrics, **lines, "seconds": round(seconds, 3)})
        self._save()
        left = (lesson.settings.epochs - epoch) * float(
            np.mean([line["seconds"] for line in reached.history])
        )
        self._context.publish(
            FinetuneEpoch(epoch, lesson.settings.epochs, metrics, rates, seconds, left, is_best)
        )
        self._context.report(Progress(epoch, lesson.settings.epochs, "epochs"))

    def _steps(self, epoch: int, started: float) -> float:
        """One pass over the training galaxies; the mean loss."""
        lesson, told = self._lesson, started
        seed = lesson.settings.seed * EPOCHS_APART + epoch
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        set_to_train(lesson.network, moves_batch_norm=lesson.settings.moves_batch_norm)
        order = lesson.train[torch.randperm(len(lesson.train), generator=generator).numpy()]
        batches, total = dealt(order, lesson.settings.batch), 0.0
        for step, rows in enumerate(batches):
            self._context.checkpoint()
            factor = rate_factor((epoch - 1) * len(batches) + step, len(batches), lesson.settings)
            for group in self._optimizer.param_groups:
                group["lr"] = group["full"] * factor
            total += self._step(rows, generator) * len(rows)
            now, done = time.monotonic(), (step + 1) / len(batches)
            if now - told > STEP_TOLD_S:
                told, left = now, (lesson.settings.epochs - epoch + 1 - done) * (now - started) / done
                seen = sum(map(len, batches[: step + 1]))
                self._context.publish(FinetuneStep(epoch, step + 1, len(batches), total / seen, left))
        return total / len(order)

    def _step(self, rows: Rows, generator: torch.Generator) -> float:
        """One step down, in as many pieces as the memory asks for."""
        while True:
            try:
                return self._descend(rows, generator)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if len(rows) // (2 * self._pieces) < LEAST_PART:
                    device = self._lesson.device
                    raise UserError(
                        f"{device} has not enough memory for {LEAST_PART} galaxies at a time.",
                        memory_remedy(device),
                    ) from error
            self._pieces *= 2
            self._optimizer.zero_grad()
            give_back(self._lesson.device)

    def _descend(self, rows: Rows, generator: torch.Generator) -> float:
        lesson, total = self._lesson, 0.0
        self._optimizer.zero_grad()
        for part in np.array_split(rows, min(self._pieces, len(rows))):
            features = lesson.network.dropout(lesson.source.learned_from(part, generator))
            target = lesson.targets[torch.from_numpy(part).to(lesson.device)]
            loss = lesson.loss(lesson.network, features, target).sum() / len(rows)
            total += _check_number(loss.item())
            torch.autograd.backward(self._scaler.scale(loss))
        self._scaler.unscale_(self._optimizer)
        learning = [value for group in self._optimizer.param_groups for value in group["params"]]
        nn.utils.clip_grad_norm_(learning, lesson.settings.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if share := lesson.settings.running_mean:
            for name, value in self._moving.items():
                if value.is_floating_point():
                    self._mean[name].lerp_(value, 1 - share)
        return total

    def _validated(self) -> dict[str, float]:
        """Figures of validation, of the running mean of the weights where there is one."""
        lesson = self._lesson
        now = {name: value.clone() for name, value in self._moving.items()}
        self._put(self._kept())
        lesson.network.eval()
        losses, outputs = [], []
        with torch.no_grad():
            for first in range(0, len(lesson.validation), AT_A_TIME):
                self._context.checkpoint()
                rows = lesson.validation[first : first + AT_A_TIME]
                features = lesson.source.upright(rows)
                target = lesson.targets[torch.from_numpy(rows).to(lesson.device)]
                losses.append(lesson.loss(lesson.network, features, target))
                outputs.append(lesson.network.outputs(features))
        self._put(now)
        figures = lesson.watch(torch.cat(outputs).cpu().numpy(), lesson.validation)
        more = {f"validation/{name}": value for name, value in figures.items()}
        return {"validation/loss": float(torch.cat(losses).mean()), **more}

    def _kept(self) -> dict[str, Tensor]:
        """The weights that count: their running mean where there is one."""
        return self._mean if self._lesson.settings.running_mean else dict(self._moving)

    def _put(self, values: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in self._moving.items():
                value.copy_(values[name])

    def _save(self) -> None:
        named = (("now.", self._moving), ("mean.", self._mean), ("best.", self._best))
        tensors = {start + name: value for start, known in named for name, value in known.items()}
        self.reached.scaler = dict(self._scaler.state_dict())
        save_state(self._state, self.reached, {**tensors, **optimizer_tensors(self._optimizer)})
