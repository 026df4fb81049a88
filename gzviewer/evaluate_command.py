"""``gzviewer evaluate``."""

import argparse

from gzviewer.core.errors import UserError

HELP = "how good predictions are beside votes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - to come
    """Do it; returns the exit status."""
    raise UserError("gzviewer evaluate does nothing yet.", "")
