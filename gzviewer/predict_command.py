"""``gzviewer predict``: the prediction job without a window, told on the terminal."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import ModelError, UserError
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.checkpoints import list_models
from gzviewer.io.exports import check_export, save_predictions
from gzviewer.io.manifest import Manifest
from gzviewer.io.predicted import predicted_tree, predictions_of
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.settings import data_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.cores import usable_cores
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest, PredictResult, Problem
from gzviewer.models_command import installed
from gzviewer.terminal import run_in_foreground, say

PROBLEMS_SAID = 10
NO_IMAGE = "No image was found for it."


def predict(
    path: str,
    out: Path,
    *,
    model: str,
    folders: Sequence[Path],
    samples: int,
    device: str,
    half: bool = False,
    image_folder: str,
    table: str,
    as_json: bool,
) -> int:
    """Predict what the store does not hold yet, then write the table; the exit status.

    Parameters are those of the command line; `folders` are where models lie, `table` is a kind of
    `gzviewer.io.exports`. Parts are kept in the person's data folder, so
    that a run that was ended in any way goes on where it was when it is started again.
    """
    check_export(out, table)
    manifest = the_model(model, folders)
    check_export(out, table, manifest.head)
    predicted_tree(manifest)  # an encoder predicts nothing: said before the work
    catalog = open_catalog(path, image_folder=image_folder)
    images = [catalog.image_of(row) for row in range(len(catalog))]
    say(f"{len(catalog):,} galaxies in {catalog.name}; model {manifest.name}")
    store = PredictionStore(data_folder() / "predictions", StoreKey.of(manifest, samples, half=half))
    result = predict_missing(catalog, images, manifest, store, samples=samples, device=device, half=half)
    store.refresh()
    for sentence in store.damaged:
        say(sentence)
    predictions = predictions_of(manifest, store.read(catalog.ids.tolist(), images))
    done = int(predictions.is_predicted().sum())
    if not done:
        _nothing(catalog, result)
    problems = {problem.id: problem.why for problem in result.problems}
    save_predictions(out, catalog, predictions, problems, table=table, made=store.made)
    _say_end(result, done, len(catalog), out)
    if as_json:
        print(json.dumps(_summary(result, done, len(catalog), out)))
    return 0


def _nothing(catalog: Catalog, result: PredictResult) -> NoReturn:
    why = result.problems[0].why if result.problems else "the catalog is empty"
    raise UserError(
        f"None of the {len(catalog):,} galaxies could be predicted: {why}",
        "Name the folder with --image-folder.",
    )


def _say_end(result: PredictResult, done: int, count: int, out: Path) -> None:
    _say_problems(result.problems)
    now = f", {result.predicted:,} of them now in {result.seconds:.1f} s on {result.device}"
    say(f"{done:,} of {count:,} predicted{now if result.device else ''}")
    if result.note:
        say(f"{result.backend}: {result.note}")
    say(f"written to {out}")


def _summary(result: PredictResult, done: int, count: int, out: Path) -> dict[str, object]:
    """What ``--json`` prints."""
    return {
        "galaxies": count,
        "predicted": done,
        "now": result.predicted,
        "problems": len(result.problems),
        "seconds": result.seconds,
        "device": result.device,
        "backend": result.backend,
        "out": str(out),
    }


def the_model(name: str, folders: Sequence[Path]) -> Manifest:
    """The model of that name, or the first usable one where no name is given."""
    if name:
        return installed(name, folders)
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
    half: bool,
) -> PredictResult:
    """Run the prediction job in a child process on everything that the store lacks, and tell how far it is."""
    ids = catalog.ids.tolist()
    missing = np.flatnonzero(store.missing(ids, images)).tolist()
    rows = [row for row in missing if images[row]]
    without = tuple(Problem(ids[row], "", NO_IMAGE) for row in missing if not images[row])
    if not rows:
        return PredictResult(0, len(ids) - len(without), without, 0.0, "")
    request = PredictRequest(
        ids=tuple(ids[row] for row in rows),
        images=tuple(images[row] for row in rows),
        model=str(manifest.folder),
        store=str(store.folder.parent),
        samples=samples,
        device=device,
        threads=usable_cores(),  # there is no window to leave one to
        half=half,
    )
    if kept := len(ids) - len(missing):
        say(f"{kept:,} are already stored")
    result = run_in_foreground(run_in_child(request))
    assert isinstance(result, PredictResult), f"unexpected result {result!r}"
    return replace(result, kept=kept + result.kept, problems=(*without, *result.problems))


def _say_problems(problems: Sequence[Problem]) -> None:
    for problem in problems[:PROBLEMS_SAID]:
        say(f"not read: {problem.id}: {problem.why}")
    if len(problems) > PROBLEMS_SAID:
        say(f"... and {len(problems) - PROBLEMS_SAID:,} more; the column 'problem' has them all")
