"""The command line: every function of the program without its window.

Errors of the person go to stderr as one sentence and its remedy, status 2; a bug leaves a report, status 1. With ``--json``
what a program would read stands on stdout, and nothing else does.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from gzviewer import __version__, evaluate_command, finetune_command, models_command
from gzviewer.core.errors import UserError
from gzviewer.io.exports import TABLES
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import model_folders, resource_folder
from gzviewer.io.system import versions, write_report
from gzviewer.jobs.requests import MOST_SAMPLES
from gzviewer.predict_command import predict
from gzviewer.self_test import check
from gzviewer.terminal import print_json, print_table


class Command(Protocol):
    """A module that holds one command."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Tell what the command takes."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; returns the exit status."""


SAMPLE = "sample"
PREDICTIONS = "file of predictions made elsewhere, to show beside: Zoobot's, a release table, our own"
MODULES: Mapping[str, Command] = {
    "models": models_command,
    "evaluate": evaluate_command,
    "finetune": finetune_command,
}
DEVICES = ("auto", "cpu", "cuda", "mps")


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say.

    Returns
    -------
    Exit status: 0 done, 1 a bug, 2 something the person can mend, 130 interrupted.
    """
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "predict": _predict,
        "screenshot": _screenshot,
        "schemas": _schemas,
        "check": _check,
        **{name: module.run for name, module in MODULES.items()},
    }
    named = next(iter(arguments), "")
    parser = _parser() if named in commands else _window_parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="gzviewer: %(message)s")
    try:
        return commands.get(named, _window)(options)
    except UserError as error:
        print(f"gzviewer: {error.what}\n{error.remedy}".strip(), file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(
            "\ngzviewer: stopped; what was stored is kept, and the same command goes on from there.",
            file=sys.stderr,
        )
        return 130
    except Exception as error:  # noqa: BLE001 - the boundary: a bug is reported, not thrown at an astronomer
        print(f"gzviewer: a mistake in gzviewer, not yours: {type(error).__name__}: {error}", file=sys.stderr)
        print(f"{write_report(error)} Please send it to the developers.", file=sys.stderr)
        return 1


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gzviewer",
        description="Look at galaxies together with what a Galaxy Zoo model says of them.",
        epilog="Without the window: gzviewer predict, screenshot, models, evaluate, finetune, schemas, check; "
        "each explains itself with --help.",
    )
    parser.add_argument("--version", action="version", version=f"gzviewer {__version__}")
    parser.add_argument("path", nargs="?", help="catalog or folder of images to open, or the word 'sample'")
    parser.add_argument(
        "--predict", action="store_true", help="predict what is missing as soon as it is open"
    )
    parser.add_argument("--image-folder", default="", help="where to look for images by path or by id")
    parser.add_argument("--predictions", default="", help=PREDICTIONS)
    parser.add_argument(
        "--theme", choices=["system", "dark", "light"], help="colours of the window, this time"
    )
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gzviewer", description="Without a command: gzviewer [PATH] opens the window."
    )
    parser.add_argument("--version", action="version", version=f"gzviewer {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_predict(
        commands.add_parser("predict", help="predict every galaxy of a catalog or folder, into a file")
    )
    _add_screenshot(commands.add_parser("screenshot", help="a picture of the window with a galaxy in it"))
    for name, words in (
        ("schemas", "list the decision trees"),
        ("check", "versions, device, missing libraries, and a self-test"),
    ):
        commands.add_parser(name, help=words).add_argument(
            "--json", action="store_true", help="for a program to read"
        )
    for name, module in MODULES.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP))
    return parser


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="catalog, folder of images, or the word 'sample'")
    parser.add_argument("--out", required=True, type=Path, help="file to write: .csv, .parquet or .hdf5")
    parser.add_argument(
        "--table",
        choices=TABLES,
        default="",
        help="columns as ours, as Zoobot's, or as a release table (default: ours; of .hdf5 zoobot)",
    )
    parser.add_argument("--model", default="", help="name or folder of a model (gzviewer models)")
    parser.add_argument(
        "--samples", type=_positive, default=1, help="draws of dropout; 1 (default): the deterministic pass"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument(
        "--half",
        action="store_true",
        help="half precision on a graphics card: faster, less exact; says how much",
    )
    parser.add_argument("--image-folder", default="", help="where to look for images by path or by id")
    parser.add_argument("--json", action="store_true", help="print a summary for a program to read")


def _add_screenshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="catalog, folder of images, or the word 'sample'")
    parser.add_argument("--out", required=True, type=Path, help="picture to write: .png")
    parser.add_argument("--galaxy", default="", help="id of the galaxy to look at (default: the first)")
    parser.add_argument(
        "--size", type=_size, default=(1600, 1000), help="width x height in pixels, as 1600x1000"
    )
    parser.add_argument("--theme", choices=["dark", "light"], default="dark")
    parser.add_argument("--sort", default="", help="column to sort the gallery by, highest first")
    parser.add_argument("--predictions", default="", help=PREDICTIONS)
    parser.add_argument("--image-folder", default="", help="where to look for images by path or by id")


def _positive(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 1 <= number <= MOST_SAMPLES:
        raise argparse.ArgumentTypeError(f"{text} is no number of samples; give 1 to {MOST_SAMPLES}")
    return number


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text} is no size; write it as 1600x1000")
    return int(width), int(height)


def the_path(path: str) -> str:
    """The word ``sample`` names the simulated galaxies that come with the program, unless there is a file of that name."""
    if path == SAMPLE and not Path(path).exists():
        return str(resource_folder() / "samples" / "simulated" / "catalog.csv")
    return path


def _window(options: argparse.Namespace) -> int:
    from gzviewer.app import run_window  # noqa: PLC0415 - Qt, which the commands do without

    path = "" if options.path is None else the_path(options.path)
    return run_window(
        path,
        predict=options.predict,
        image_folder=options.image_folder,
        theme=options.theme or "",
        predictions=options.predictions,
    )


def _screenshot(options: argparse.Namespace) -> int:
    from gzviewer.app import run_screenshot  # noqa: PLC0415 - Qt, which the other commands do without

    run_screenshot(
        the_path(options.path),
        options.out,
        galaxy=options.galaxy,
        size=options.size,
        theme=options.theme,
        sort=options.sort,
        image_folder=options.image_folder,
        predictions=options.predictions,
    )
    return 0


def _predict(options: argparse.Namespace) -> int:
    return predict(
        the_path(options.path),
        options.out,
        model=options.model,
        folders=model_folders(),
        samples=options.samples,
        device=options.device,
        half=options.half,
        image_folder=options.image_folder,
        table=options.table,
        as_json=options.json,
    )


def _schemas(options: argparse.Namespace) -> int:
    schemas = [load_schema(name) for name in schema_names()]
    if options.json:
        print_json([{"name": s.name, "title": s.title, "label_columns": s.label_columns} for s in schemas])
    else:
        print_table(
            [
                (s.name, f"{len(s.questions)} questions", f"{len(s.label_columns)} answers", s.title)
                for s in schemas
            ]
        )
    return 0


def _check(options: argparse.Namespace) -> int:
    facts, is_well = check(model_folders(), Path(the_path(SAMPLE)))
    if options.json:
        print_json({**versions(), **facts})
    else:
        print_table([*versions().items(), *facts.items()])
    return 0 if is_well else 2
