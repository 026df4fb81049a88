"""Keeps the figures of ``gzviewer evaluate --json`` in the manifest of a model.

::

    python -m gzviewer.ml.bundled_training.figures MODEL_FOLDER FIGURES.json
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gzviewer.io.manifest import read_manifest, write_manifest

COMMAND = "gzviewer evaluate PREDICTIONS --votes votes.csv --ids held_out_ids.txt --json"


def keep_figures(folder: Path, evaluation: Mapping[str, object]) -> None:
    """Write the figures, to four places, in place of those that are there; what could not be measured is left out."""
    kept = {key: value for key, value in evaluation.items() if isinstance(value, Mapping | float | int)}
    write_manifest(replace(read_manifest(folder), metrics={"command": COMMAND, **_rounded(kept)}))


def _rounded(figures: Mapping[str, object]) -> dict[str, object]:
    rounded: dict[str, object] = {}
    for key, value in figures.items():
        if isinstance(value, Mapping):
            rounded[key] = _rounded(value)
        elif isinstance(value, float):
            rounded[key] = round(value, 4)
        elif isinstance(value, int):
            rounded[key] = value
    return rounded


if __name__ == "__main__":
    keep_figures(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
