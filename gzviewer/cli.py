"""The command line: every function of the program without its window.

Errors of the person go to stderr as one sentence and its remedy, status 2; a bug leaves a report, status 1. With ``--json``
what a program would read stands on stdout, and nothing else does.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gzviewer import __version__
from gzviewer.core.errors import UserError
from gzviewer.io.checkpoints import Manifest, list_models
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.settings import model_folders, resource_folder
from gzviewer.io.system import versions, write_report
from gzviewer.jobs.requests import MOST_SAMPLES
from gzviewer.predict_command import predict
from gzviewer.self_test import check

SAMPLE = "sample"
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
        "models": _models,
        "check": _check,
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
        epilog="Without the window: gzviewer predict, screenshot, schemas, models, check; each explains itself with --help.",
    )
    parser.add_argument("--version", action="version", version=f"gzviewer {__version__}")
    parser.add_argument("path", nargs="?", help="catalog or folder of images to open, or the word 'sample'")
    parser.add_argument(
        "--predict", action="store_true", help="predict what is missing as soon as it is open"
    )
    parser.add_argument("--image-folder", default="", help="where to look for images by path or by id")
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
        ("models", "list the installed models"),
        ("check", "versions, device, missing libraries, and a self-test"),
    ):
        commands.add_parser(name, help=words).add_argument(
            "--json", action="store_true", help="for a program to read"
        )
    return parser


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="catalog, folder of images, or the word 'sample'")
    parser.add_argument("--out", required=True, type=Path, help="file to write: .csv or .parquet")
    parser.add_argument("--model", default="", help="name or folder of a model (gzviewer models)")
    parser.add_argument(
        "--samples", type=_positive, default=1, help="draws of dropout; 1 (default): the deterministic pass"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto")
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
        path, predict=options.predict, image_folder=options.image_folder, theme=options.theme or ""
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
        image_folder=options.image_folder,
        as_json=options.json,
    )


def _schemas(options: argparse.Namespace) -> int:
    schemas = [load_schema(name) for name in schema_names()]
    if options.json:
        _print_json([{"name": s.name, "title": s.title, "label_columns": s.label_columns} for s in schemas])
    else:
        _print_table(
            [
                (s.name, f"{len(s.questions)} questions", f"{len(s.label_columns)} answers", s.title)
                for s in schemas
            ]
        )
    return 0


def _models(options: argparse.Namespace) -> int:
    models = list_models(model_folders())
    if options.json:
        _print_json(
            [
                _facts_of(m)
                if isinstance(m, Manifest)
                else {"folder": str(m.folder), "problem": str(m.error)}
                for m in models
            ]
        )
        return 0
    usable = [model for model in models if isinstance(model, Manifest)]
    _print_table(
        [
            (m.name, m.schema, m.architecture, f"{m.parameters / 1e6:.1f} M parameters", m.title)
            for m in usable
        ]
    )
    for model in models:
        if not isinstance(model, Manifest):
            print(f"gzviewer: {model.error}", file=sys.stderr)
    return 0


def _facts_of(manifest: Manifest) -> dict[str, object]:
    names = ("name", "title", "schema", "architecture", "parameters", "licence", "sha256", "provisional")
    return {name: getattr(manifest, name) for name in names} | {"folder": str(manifest.folder)}


def _check(options: argparse.Namespace) -> int:
    facts, is_well = check(model_folders(), Path(the_path(SAMPLE)))
    if options.json:
        _print_json({**versions(), **facts})
    else:
        _print_table([*versions().items(), *facts.items()])
    return 0 if is_well else 2


def _print_json(what: object) -> None:
    print(json.dumps(what, indent=1))


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side, the last one as long as it likes."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]))
