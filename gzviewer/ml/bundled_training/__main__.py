"""Trains the model that ships with the program, and writes its folder.

::

    python -m gzviewer.ml.bundled_training --data KAGGLE_GZ2 --classes KAGGLE_CLASS --work DIR --out NEW_DIR
"""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

from gzviewer.ml.bundled_training.members import ARCHITECTURES, Plan, learn_first, learn_second, say

ROUNDS = {"first": learn_first, "say": say, "second": learn_second}


def _round(arguments: list[str], name: str) -> None:
    """All members at once, each in a process of its own: one thread each disturbs nobody."""
    command = [sys.executable, "-m", "gzviewer.ml.bundled_training", *arguments, "--round", name]
    running = [
        subprocess.Popen([*command, "--member", str(member)])  # noqa: S603 - this module again
        for member in range(len(ARCHITECTURES))
    ]
    statuses = [process.wait() for process in running]
    if any(statuses):
        raise SystemExit(f"The round {name} failed.")


def main() -> None:
    """Read the command line, train, write."""
    parser = argparse.ArgumentParser(prog="python -m gzviewer.ml.bundled_training")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--first-steps", type=int, default=Plan.first_steps)
    parser.add_argument("--second-steps", type=int, default=Plan.second_steps)
    parser.add_argument("--round", choices=tuple(ROUNDS))
    parser.add_argument("--member", type=int)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {options.member} %(message)s")
    plan = Plan(options.data, options.classes, options.work, options.first_steps, options.second_steps)
    plan.work.mkdir(parents=True, exist_ok=True)
    if options.round is not None:
        ROUNDS[options.round](plan, options.member)
        return
    os.nice(10)
    for name in ROUNDS:
        if not all(plan.weights(name, member).exists() for member in range(len(ARCHITECTURES))):
            _round(sys.argv[1:], name)


if __name__ == "__main__":
    main()
