"""Trains the model that ships with the program, and writes its folder.

::

    python -m gzviewer.ml.bundled_training --data KAGGLE_GZ2 --classes KAGGLE_CLASS --out NEW_DIR [--work DIR]

What each round reaches is kept in ``--work``; the same command goes on after the last finished round. The galaxies of
`galaxies.is_held_out` are never seen. ``make model`` measures the model as well.
"""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

from gzviewer.core.errors import ModelError
from gzviewer.ml.bundled_training.finish import write_model
from gzviewer.ml.bundled_training.members import Plan, learn, say


def _run(plan: Plan, arguments: list[str], number: int) -> None:
    """A round of all members at once, each in a process of its own: one thread each disturbs nobody."""
    command = [sys.executable, "-m", "gzviewer.ml.bundled_training", *arguments, "--round", str(number)]
    running = [
        subprocess.Popen([*command, "--member", str(member)])  # noqa: S603 - this module again
        for member in plan.members
    ]
    statuses = [process.wait() for process in running]
    if any(statuses):
        raise SystemExit(f"Round {number} failed.")


def _make_empty(folder: Path) -> None:
    """Make a folder, or see that it is empty: what takes hours to make is not written over."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise ModelError(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from error
    if not is_empty:
        raise ModelError(f"{folder} is not empty.", "Name a new folder.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gzviewer.ml.bundled_training")
    parser.add_argument("--data", type=Path, required=True, help="folder of images and votes")
    parser.add_argument("--classes", type=Path, required=True, help="folder of images with one class each")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the model")
    parser.add_argument("--work", type=Path, help="folder for what each round reaches (default: OUT-work)")
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--say", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--member", type=int, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """Read the command line, train, write."""
    parser = _parser()
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {options.member or 0} %(message)s")
    work = options.work or options.out.with_name(f"{options.out.name}-work")
    plan = Plan(options.data, options.classes, work)
    plan.work.mkdir(parents=True, exist_ok=True)
    if options.round is not None:
        (say if options.say else learn)(plan, options.round, options.member)
        return
    try:
        _make_empty(options.out)
    except ModelError as error:
        parser.error(str(error))
    os.nice(10)  # it takes hours: whoever sits at the computer goes first
    for number in range(len(plan.rounds)):
        if not all(plan.weights(number, member).exists() for member in plan.members):
            if plan.rounds[number].is_told:  # all of them have to be heard before one learns
                _run(plan, [*sys.argv[1:], "--say"], number - 1)
            _run(plan, sys.argv[1:], number)
    write_model(plan, options.out)


if __name__ == "__main__":
    main()
