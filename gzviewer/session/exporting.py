"""A job that writes the predictions of one model of a session for other programs."""

from collections.abc import Callable
from pathlib import Path

from gzviewer.io.exports import check_export, save_predictions
from gzviewer.io.provenance import UNKNOWN
from gzviewer.jobs.job import JobContext
from gzviewer.session.predictions import PredictionModel
from gzviewer.session.session import Session
from gzviewer.session.shown_predictions import ShownPredictions


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
    catalog, predictions = session.catalog, model.predictions
    kind = check_export(Path(path), table, predictions.head)
    problems, made = {}, UNKNOWN
    if isinstance(model, PredictionModel):
        problems = {problem.id: problem.why for problem in model.problems()}
        made = model.store.made

    def job(context: JobContext) -> str:
        save_predictions(Path(path), catalog, predictions, problems, table=kind, made=made, context=context)
        return path

    return job
