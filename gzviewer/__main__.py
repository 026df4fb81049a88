"""The program's entrance: the command line where a command is named, else the window."""

import sys
from multiprocessing import freeze_support

from gzviewer.cli import run


def main() -> int:
    """Do what the command line says; the exit status."""
    freeze_support()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
