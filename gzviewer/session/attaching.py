"""Opens files of predictions beside the catalog that is open, and again when the same catalog is opened anew."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gzviewer.core.errors import UserError
from gzviewer.io.settings import model_folders
from gzviewer.session.attached import attaching
from gzviewer.session.jobs import JobHandle, JobRunner
from gzviewer.session.session import Session


class Attaching(QObject):
    """Whoever makes sessions tells it of each by `follow`."""

    attached = Signal(object)  # Session: it shows one more model
    failed = Signal(object)  # Exception: a UserError, or a bug

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session: Session | None = None
        self._reading: dict[str, JobHandle] = {}  # path -> the newest that read it for this session

    def follow(self, session: Session, wish: str = "") -> None:
        """Another session is open: what was attached to the same catalog, or was on its way there, is attached again.

        Parameters
        ----------
        wish
            One more file of predictions, or the folder of a model, to attach; "" for none.
        """
        old, self._session = self._session, session
        reading, self._reading = self._reading, {}
        under_way = [path for path, handle in reading.items() if not handle.state.is_ending]
        for path in under_way:
            reading[path].cancel()
        session.attached_changed.connect(self._tell)
        is_same = old is not None and old.catalog.source == session.catalog.source
        paths = [*old.attached_paths, *under_way] if is_same and old is not None else []
        chosen = "" if session.manifest is None else str(session.manifest.folder)
        for path in dict.fromkeys([*paths, wish]):
            if path and path != chosen and not _is_removed_model(path):
                self.attach(path)

    def attach(self, path: str) -> JobHandle:
        """Read a file of predictions, or those of the model in a folder, and show them beside what is shown.

        Raises
        ------
        UserError
            If no catalog is open.
        """
        session = self._session
        if session is None:
            raise UserError("No catalog is open.", "Open the galaxies first, then their predictions.")
        if path in self._reading:
            self._reading[path].cancel()
        handle = self._runner.submit(
            f"Open {path.rpartition('/')[2]}", attaching(path, session.catalog), is_brief=True
        )
        self._reading[path] = handle
        handle.finished.connect(session.attach)
        handle.failed.connect(self.failed)
        return handle

    def _tell(self) -> None:
        self.attached.emit(self._session)


def _is_removed_model(path: str) -> bool:
    """A model that was compared may have been removed since; that a file is missing is worth telling."""
    return Path(path).parent in model_folders() and not Path(path).exists()
