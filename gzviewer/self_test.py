"""``gzviewer check``: does the program work on this machine? A prediction of a few sample galaxies tells."""

import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from gzviewer.core.errors import UserError
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.schemas import load_schema, schema_names
from gzviewer.io.system import missing_libraries, reader_failures
from gzviewer.jobs.job import JobContext
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest, PredictResult
from gzviewer.predict_command import the_model

GALAXIES = 3
NOTHING_MISSING = "none"


def check(folders: Iterable[Path], sample: Path) -> tuple[dict[str, str], bool]:
    """Facts by name, and whether everything works.

    Parameters
    ----------
    folders
        Where models lie.
    sample
        The catalog that comes with the program.
    """
    failures = reader_failures()
    tests = {"schemas": _schemas(), "self-test": _predicts(tuple(folders), sample)}
    missing = missing_libraries()
    facts = {
        "missing libraries": " ".join(missing) or NOTHING_MISSING,
        "readers that failed": "; ".join(f"{name}: {why}" for name, why in failures.items())
        or NOTHING_MISSING,
        **{name: words for name, (words, _) in tests.items()},
    }
    if missing:
        facts["to install them"] = f"sudo apt-get install -y {' '.join(missing)}"
    return facts, not failures and not missing and all(is_well for _, is_well in tests.values())


def _schemas() -> tuple[str, bool]:
    try:
        count = len([load_schema(name) for name in schema_names()])
    except UserError as error:
        return str(error), False
    return f"{count} read", count > 0


def _predicts(folders: tuple[Path, ...], sample: Path) -> tuple[str, bool]:
    """Predict a few sample galaxies in a child, into a store that is thrown away."""
    try:
        catalog, manifest = open_catalog(sample), the_model("", folders)
        with tempfile.TemporaryDirectory() as store:
            request = PredictRequest(
                ids=tuple(catalog.ids[:GALAXIES].tolist()),
                images=tuple(catalog.image_of(row) for row in range(min(GALAXIES, len(catalog)))),
                model=str(manifest.folder),
                store=store,
            )
            context = JobContext(lambda progress: None, lambda part: None, threading.Event())
            result = run_in_child(request)(context)
    except UserError as error:
        return str(error), False
    assert isinstance(result, PredictResult), f"unexpected result {result!r}"
    words = (
        f"{manifest.name} predicted {result.predicted} of {GALAXIES} simulated galaxies on {result.device}"
    )
    return words, result.predicted == GALAXIES
