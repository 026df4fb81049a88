"""``gzviewer predict``: the prediction job without a window, told on the terminal."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import ModelError, UserError
from gzviewer.core.predictions import Predictions
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.checkpoints import Manifest, find_model, list_models
from gzviewer.io.export import check_suffix, save_predictions
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import data_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest, PredictResult, Problem

SAY_EVERY_S = 5.0
PROBLEMS_SAID = 10
Outcome = TypeVar("Outcome")


def predict(
    path: str,
    out: Path,
    *,
    model: str,
    folders: Sequence[Path],
    samples: int,
    device: str,
    image_folder: str,
    as_json: bool,
) -> int:
    """Predict what the store does not hold yet, then write the table; the exit status.

    Parameters are those of the command line; `folders` are where models lie. Parts are kept in the person's data folder, so
    that a run that was ended in any way goes on where it was when it is started again.
    """
    check_suffix(out)
    manifest = the_model(model, folders)
    catalog = open_catalog(path, image_folder=image_folder)
    images = [catalog.image_of(row) for row in range(len(catalog))]
    _say(f"{len(catalog):,} galaxies in {catalog.name}; model {manifest.name}")
    store = PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, samples))
    result = predict_missing(catalog, images, manifest, store, samples=samples, device=device)
    store.refresh()
    concentrations = store.read(catalog.ids.tolist(), images)
    predictions = Predictions(load_schema(manifest.schema), manifest.name, concentrations)
    done = int(predictions.is_predicted().sum())
    if not done:
        why = result.problems[0].why if result.problems else "the catalog is empty"
        raise UserError(
            f"None of the {len(catalog):,} galaxies could be predicted: {why}",
            "Name the folder with --image-folder.",
        )
    save_predictions(out, catalog, predictions, {problem.id: problem.why for problem in result.problems})
    _say_problems(result.problems)
    _say(
        f"{done:,} of {len(catalog):,} predicted, {result.predicted:,} of them now in {result.seconds:.1f} s on {result.device}"
    )
    _say(f"written to {out}")
    if as_json:
        summary = {
            "galaxies": len(catalog),
            "predicted": done,
            "now": result.predicted,
            "problems": len(result.problems),
        }
        print(json.dumps({**summary, "seconds": result.seconds, "device": result.device, "out": str(out)}))
    return 0


def the_model(name: str, folders: Sequence[Path]) -> Manifest:
    """The model of that name, or the first usable one where no name is given."""
    if name:
        return find_model(name, folders)
    for model in list_models(folders):
        if isinstance(model, Manifest):
            return model
    raise ModelError("No model is installed.", "Name the folder of one with --model.")


def predict_missing(
    catalog: Catalog,
    images: Sequence[str],
    manifest: Manifest,
    store: PredictionStore,
    *,
    samples: int,
    device: str,
) -> PredictResult:
    """Run the prediction job in a child process on everything that the store lacks, and tell how far it is."""
    ids = catalog.ids.tolist()
    rows = np.flatnonzero(store.missing(ids, images)).tolist()
    if not rows:
        return PredictResult(0, len(ids), (), 0.0, "nothing to do")
    request = PredictRequest(
        ids=tuple(ids[row] for row in rows),
        images=tuple(images[row] for row in rows),
        model=str(manifest.folder),
        store=str(store.folder.parent),
        samples=samples,
        device=device,
    )
    if kept := len(ids) - len(rows):
        _say(f"{kept:,} are already stored")
    result = _in_foreground(request)
    assert isinstance(result, PredictResult), f"unexpected result {result!r}"
    return result


def _in_foreground(request: PredictRequest) -> object:
    """Run a job here and now; an interrupt from the keyboard asks it to stop and waits until it has."""
    cancel = threading.Event()
    teller = _Teller()
    context = JobContext(report=teller.report, publish=lambda part: None, cancel_flag=cancel)
    try:
        return run_in_child(request)(context)
    except KeyboardInterrupt:
        cancel.set()
        raise


class _Teller:
    """Says on stderr how far a job is: one line that changes on a terminal, a line now and then in a log."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._said_s = 0.0
        self._first = 0
        self._every_s = 0.2 if sys.stderr.isatty() else SAY_EVERY_S

    def report(self, progress: Progress) -> None:
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


def _say_problems(problems: Sequence[Problem]) -> None:
    for problem in problems[:PROBLEMS_SAID]:
        _say(f"not read: {problem.id}: {problem.why}")
    if len(problems) > PROBLEMS_SAID:
        _say(f"... and {len(problems) - PROBLEMS_SAID:,} more; the column 'problem' has them all")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
