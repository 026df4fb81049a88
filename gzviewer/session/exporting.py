"""The predictions of one model of a session for other programs: the kinds of file, and the job that writes one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gzviewer.core.predictions import Predictions
from gzviewer.io.exports import can_hold, check_export, save_predictions
from gzviewer.io.provenance import UNKNOWN
from gzviewer.jobs.job import JobContext
from gzviewer.session.predictions import PredictionModel
from gzviewer.session.session import Session
from gzviewer.session.shown_predictions import ShownPredictions


@dataclass(frozen=True)
class ExportKind:
    """One kind of file: what it is called, its kind of table, and its suffix."""

    title: str
    table: str
    suffix: str


KINDS = (
    ExportKind("Table of everything", "ours", ".parquet"),
    ExportKind("Table of everything", "ours", ".csv"),
    ExportKind("Zoobot, all samples", "zoobot", ".hdf5"),
    ExportKind("Zoobot 2.9", "zoobot", ".csv"),
    ExportKind("Zoobot 2.0", "zoobot-2.0", ".csv"),
    ExportKind("Friendly release table", "friendly", ".parquet"),
    ExportKind("Friendly release table", "friendly", ".csv"),
    ExportKind("Advanced release table", "advanced", ".parquet"),
    ExportKind("Advanced release table", "advanced", ".csv"),
)


def kinds_for(model: ShownPredictions) -> tuple[ExportKind, ...]:
    """The kinds of file that can hold what a model gives."""
    return tuple(kind for kind in KINDS if can_hold(kind.table, model.predictions.head))


def exporting(
    session: Session, model: ShownPredictions, path: str, table: str = ""
) -> Callable[[JobContext], str]:
    """The job; it returns the path.

    Parameters
    ----------
    table
        A kind of `gzviewer.io.exports`; empty: the file's suffix decides.

    Raises
    ------
    UserError
        Here and now, if such a file cannot be written.
    """
    catalog, predictions = session.catalog, _at_rest(model)
    kind = check_export(Path(path), table, predictions.head)
    problems, made = {}, UNKNOWN
    if isinstance(model, PredictionModel):
        problems = {problem.id: problem.why for problem in model.problems()}
        made = model.store.made

    def job(context: JobContext) -> str:
        save_predictions(Path(path), catalog, predictions, problems, table=kind, made=made, context=context)
        return path

    return job


def _at_rest(model: ShownPredictions) -> Predictions:
    """The predictions as they are now, whatever is predicted while they are written."""
    predictions = model.predictions
    if isinstance(model, PredictionModel) and model.missing_count + model.failed_count:
        return replace(predictions, numbers=predictions.numbers.copy())
    return predictions
