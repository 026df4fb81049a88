"""Opens files of predictions beside the catalog that is open, and again when the same catalog is opened anew."""

from PySide6.QtCore import QObject, Signal

from gzviewer.core.errors import UserError
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
        self._wish = ""

    def wish(self, path: str) -> None:
        """The file of predictions to attach to the next session; "" for none."""
        self._wish = path

    def follow(self, session: Session | None) -> None:
        """Another session is open: what was attached to the same catalog is attached again, and what was wished for."""
        if session is self._session:
            return
        old, self._session = self._session, session
        if session is not None:
            session.attached_changed.connect(self._tell)
        is_same = old is not None and session is not None and old.catalog.source == session.catalog.source
        paths = old.attached_paths if is_same and old is not None else ()
        wish, self._wish = self._wish, ""
        chosen = "" if session is None or session.manifest is None else str(session.manifest.folder)
        for path in dict.fromkeys([*paths, wish]):
            if path and path != chosen:
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
        handle = self._runner.submit(
            f"Open {path.rpartition('/')[2]}", attaching(path, session.catalog), is_brief=True
        )
        handle.finished.connect(session.attach)
        handle.failed.connect(self.failed)
        return handle

    def _tell(self) -> None:
        self.attached.emit(self._session)
