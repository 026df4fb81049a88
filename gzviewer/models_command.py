"""``gzviewer models``: what is installed."""

import argparse
import sys

from gzviewer.io.checkpoints import list_models
from gzviewer.io.manifest import Manifest
from gzviewer.io.settings import model_folders
from gzviewer.terminal import print_json, print_table

HELP = "list the installed models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell what the command takes."""
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(options: argparse.Namespace) -> int:
    """List them."""
    models = list_models(model_folders())
    if options.json:
        print_json(
            [
                _facts_of(m)
                if isinstance(m, Manifest)
                else {"folder": str(m.folder), "problem": str(m.error)}
                for m in models
            ]
        )
        return 0
    usable = [model for model in models if isinstance(model, Manifest)]
    print_table(
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
