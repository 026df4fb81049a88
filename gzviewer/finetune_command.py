"""``gzviewer finetune``: teach a model from labels, told on the terminal."""

import argparse
import sys
import time
from pathlib import Path

from gzviewer.core.errors import WorkerDied
from gzviewer.finetune_options import add_arguments, new_request, resumed_request
from gzviewer.jobs.finetune_requests import (
    FinetuneEpoch,
    FinetunePlanned,
    FinetuneRequest,
    FinetuneResult,
    FinetuneStep,
)
from gzviewer.jobs.job import Progress
from gzviewer.jobs.process import run_in_child
from gzviewer.terminal import SAY_EVERY_S, print_json, run_in_foreground, say

__all__ = ["HELP", "add_arguments", "run"]

HELP = "teach a model from labels"
PROBLEMS_SAID = 10
INTERRUPTED = 130


def run(options: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    said = {name: value for name, value in vars(options).items() if name not in {"command", "json"}}
    request = resumed_request(said) if said.get("resumes") else new_request(said)
    teller = _Teller()
    try:
        result = run_in_foreground(run_in_child(request), report=teller.report, publish=teller.tell)
    except KeyboardInterrupt:
        say(
            f"\nstopped after the last finished epoch; go on with: gzviewer finetune --resume --out {request.out}"
        )
        return INTERRUPTED
    except WorkerDied as error:
        remedy = f"Go on after the last finished epoch with: gzviewer finetune --resume --out {request.out}"
        raise WorkerDied(error.what, remedy) from error
    assert isinstance(result, FinetuneResult), f"unexpected result {result!r}"
    _say_result(result, request)
    if "json" in vars(options):
        print_json(
            {
                "model": result.model,
                "seconds": result.seconds,
                "peak_memory_mib": result.peak_memory_mib,
                **result.report,
            }
        )
    return 0


class _Teller:
    """Says what will be done and how far it is; on a terminal the line of a running epoch changes in place."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._said_s = time.monotonic()

    def report(self, progress: Progress) -> None:
        """Only what comes before the first epoch; epochs tell themselves."""
        if not progress.note or progress.note == "epochs":
            return
        how_far = f": {progress.done:,} of {progress.total:,}" if progress.total else ""
        if self._is_terminal:
            self._in_place(f"{progress.note}{how_far}")
        elif time.monotonic() - self._said_s >= SAY_EVERY_S:  # a line now and then in a log
            self._said_s = time.monotonic()
            say(f"{progress.note}{how_far}")

    def tell(self, partial: object) -> None:
        """One record."""
        if isinstance(partial, FinetunePlanned):
            _say_plan(partial)
        elif isinstance(partial, FinetuneStep) and self._is_terminal:
            steps = f"{partial.step} of {partial.steps}"
            self._in_place(
                f"epoch {partial.epoch}: {steps}, loss {partial.loss:.4f}, {_left(partial.seconds_left)}"
            )
        elif isinstance(partial, FinetuneEpoch):
            self._end_line()
            _say_epoch(partial)

    def _in_place(self, text: str) -> None:
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def _end_line(self) -> None:
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr)


def _say_epoch(epoch: FinetuneEpoch) -> None:
    figures = ", ".join(
        f"{name} {value:.4f}" for name, value in epoch.metrics.items() if name.count("/") == 1
    )
    best = " (best so far)" if epoch.is_best else ""
    time = f"{epoch.seconds:.1f} s, {_left(epoch.seconds_left)}"
    say(f"epoch {epoch.epoch} of {epoch.epochs}: {figures}{best}, {time}")


def _left(seconds: float) -> str:
    return f"at most {seconds / 60:.0f} min left" if seconds > 120 else f"at most {seconds:.0f} s left"


def _say_plan(plan: FinetunePlanned) -> None:
    say(
        f"{plan.kind} from {plan.parent}, on {plan.device} with {plan.threads} threads, {plan.batch} galaxies a step"
    )
    for part, counts in plan.counts.items():
        each = ", ".join(f"{name} {count:,}" for name, count in zip(plan.names, counts, strict=True))
        say(f"  {part}: {plan.galaxies[part]:,} galaxies ({each})")
    blocks = ", ".join(plan.blocks[len(plan.blocks) - plan.trained :]) or "none"
    say(f"  trained: the head and {plan.trained} of {len(plan.blocks)} blocks: {blocks}")
    for note in plan.notes:
        say(f"  {note}")


def _say_result(result: FinetuneResult, request: FinetuneRequest) -> None:
    for problem in result.problems[:PROBLEMS_SAID]:
        say(f"not read: {problem.id}: {problem.why}")
    if request.preview_only:
        say(f"written to {result.model}/augmented.png")
        return
    say(
        f"epoch {result.best_epoch} of {result.epochs} was kept; {result.seconds:.0f} s, {result.peak_memory_mib:,.0f} MiB"
    )
    say((Path(result.model) / "report.md").read_text(encoding="utf-8"))
    say(f"the model: gzviewer predict PATH --model {result.model} --out FILE")
