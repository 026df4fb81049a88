"""A job on the terminal: told on stderr how far it is, stopped politely by Ctrl+C."""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gzviewer.jobs.job import Job, JobContext, Progress, Result

SAY_EVERY_S = 5.0


def run_in_foreground(
    job: Job[Result],
    report: Callable[[Progress], None] | None = None,
    publish: Callable[[object], None] = lambda part: None,
) -> Result:
    """Run a job here and now; an interrupt from the keyboard asks it to stop and waits until it has.

    `report` and `publish` are told what the job tells; without `report` a line on stderr says how far it is.
    """
    cancel = threading.Event()
    context = JobContext(report=report or _Teller().report, publish=publish, cancel_flag=cancel)
    with ThreadPoolExecutor(1, thread_name_prefix="job") as pool:
        outcome = pool.submit(job, context)
        try:
            return outcome.result()
        except KeyboardInterrupt:
            cancel.set()  # leaving the block waits until the job has stored what it has
            raise


class _Teller:
    """Says on stderr how far a job is: one line that changes on a terminal, a line now and then in a log."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._said_s = 0.0
        self._every_s = 0.2 if sys.stderr.isatty() else SAY_EVERY_S

    def report(self, progress: Progress) -> None:
        """Say it, if it is time; the end always."""
        now = time.monotonic()
        if not progress.done:
            self._started_s = now
        if now - self._said_s < self._every_s and progress.done < progress.total:
            return
        self._said_s = now
        rate = progress.done / max(now - self._started_s, 1e-3)
        left = f", {(progress.total - progress.done) / rate:,.0f} s left" if rate else ""
        end = "" if sys.stderr.isatty() and progress.done < progress.total else "\n"
        start = "\r\033[K" if sys.stderr.isatty() else ""
        line = f"{start}{progress.done:,} of {progress.total:,}, {rate:,.0f} galaxies/s{left}"
        print(line, end=end, file=sys.stderr, flush=True)


def say(text: str) -> None:
    """One line for the person; stdout stays free for what programs read."""
    print(text, file=sys.stderr, flush=True)


def print_json(what: object) -> None:
    """For a program to read."""
    print(json.dumps(what, indent=1))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side, the last one as long as it likes."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]))
