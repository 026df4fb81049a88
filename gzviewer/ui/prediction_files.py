"""The dialogs of files of predictions: which to open beside the catalog, and where and how to write."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from gzviewer.core.errors import UserError
from gzviewer.session.desk import Desk
from gzviewer.session.exporting import kinds_for
from gzviewer.session.session import Session
from gzviewer.session.shown_predictions import ShownPredictions

FILTER = "Predictions (*.hdf5 *.h5 *.csv *.csv.gz *.parquet *.fits *.vot);;All files (*)"


def open_predictions(desk: Desk, parent: QWidget | None) -> None:
    """Ask for a file of predictions and show it beside what is shown."""
    if desk.session is None:
        raise UserError("No catalog is open.", "Open the galaxies first, then their predictions.")
    folder = str(Path(desk.session.catalog.source).parent)
    path, _ = QFileDialog.getOpenFileName(parent, "Open predictions", folder, FILTER)
    if path:
        desk.attaching.attach(path)


def compare_models(desk: Desk, parent: QWidget | None) -> None:
    """Ask for another model whose predictions, made before, are shown beside those of the one that is chosen."""
    others = [model for model in desk.models if model != desk.manifest]
    if desk.session is None or not others:
        raise UserError("There is no other model to compare with.", "Add one in Predict ▸ Models.")
    titles = [f"{model.title} ({model.name})" for model in others]
    words = "Show the predictions of:"
    title, is_chosen = QInputDialog.getItem(parent, "Compare models", words, titles, 0, editable=False)
    if is_chosen:
        desk.attaching.attach(str(others[titles.index(title)].folder))


def export_predictions(desk: Desk, parent: QWidget | None) -> None:
    """Ask whose predictions to write where, and as what kind of file; then write them."""
    session = desk.session
    model = None if session is None else _chosen_model(session, parent)
    if model is None:
        return
    kinds = {f"{kind.title} (*{kind.suffix})": kind for kind in kinds_for(model)}
    path, chosen = QFileDialog.getSaveFileName(
        parent, "Export predictions", f"predictions{next(iter(kinds.values())).suffix}", ";;".join(kinds)
    )
    if path:
        kind = kinds[chosen]
        whole = path if Path(path).suffix else f"{path}{kind.suffix}"
        if whole == path or _may_write(Path(whole), parent):
            desk.save_predictions(whole, kind.table, model)


def _may_write(path: Path, parent: QWidget | None) -> bool:
    """Ask before a file is overwritten whose name the dialog has not seen: it got its suffix afterwards."""
    if not path.exists():
        return True
    question = QMessageBox.StandardButton
    words = f"{path.name} is there already. Overwrite it?"
    answer = QMessageBox.question(
        parent, "Export predictions", words, question.Yes | question.No, question.No
    )
    return answer == question.Yes


def _chosen_model(session: Session, parent: QWidget | None) -> ShownPredictions | None:
    """The one model that has predicted something, or the one that a person chooses; None for none."""
    models = [model for model in (session.predictions, *session.attached) if model is not None]
    models = [model for model in models if model.predicted_count]
    if not models:
        raise UserError("Nothing has been predicted yet.", "Predict first, or open predictions.")
    if len(models) == 1:
        return models[0]
    titles = [model.title for model in models]
    words = "Whose predictions?"
    title, is_chosen = QInputDialog.getItem(parent, "Export predictions", words, titles, 0, editable=False)
    return models[titles.index(title)] if is_chosen else None
