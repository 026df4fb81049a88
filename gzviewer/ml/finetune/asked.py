"""What was asked, kept beside what has been reached, so that a run is taken up again by its folder alone. Imports no torch."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import UserError
from gzviewer.io.manifest import FILE_NAME as MANIFEST_NAME
from gzviewer.jobs.finetune_requests import FinetuneRequest, FinetuneSettings

WORK = "work"  # folder inside the model's, removed when it is finished
FILE_NAME = "settings.json"
STATE_NAME = "state.safetensors"


def keep_request(request: FinetuneRequest) -> None:
    """Write a request into its folder."""
    path = Path(request.out) / FILE_NAME
    path.write_text(json.dumps(asdict(request), indent=1) + "\n", encoding="utf-8")


def kept_request(out: Path) -> FinetuneRequest:
    """The request that a folder was begun with, set to go on.

    Raises
    ------
    UserError
        If nothing was begun there, or what is kept cannot be read.
    """
    path = out / FILE_NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        table["roles"], table["settings"] = Roles(**table["roles"]), _settings(table["settings"])
        table["classes"] = tuple(table["classes"])
        return replace(FinetuneRequest(**table), out=str(out), resumes=True)
    except OSError as error:
        raise UserError(
            f"Nothing was begun in {out}: {path.name} is not there.", "Start without --resume."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} cannot be read: {error}.", "Start anew in another folder.") from error


def _settings(table: Mapping[str, object]) -> FinetuneSettings:
    values = dict(table)
    values["split"] = tuple(table["split"])  # type: ignore[arg-type] # or it is a TypeError, which is caught
    return FinetuneSettings(**values)  # type: ignore[arg-type]


def work_folder(request: FinetuneRequest) -> Path:
    """Where pictures and state lie while a run lasts; a preview must not disturb a run that was stopped."""
    return Path(request.out) / ("preview" if request.preview_only else WORK)


@contextmanager
def leaving_nothing(request: FinetuneRequest) -> Iterator[None]:
    """What is refused before it began leaves no folder that was not there; what was begun can be taken up again."""
    out, work = Path(request.out), work_folder(request)
    made = [folder for folder in (work, out) if not folder.exists()]
    try:
        yield
    except BaseException:
        if work in made and (request.preview_only or not (out / FILE_NAME).exists()):
            shutil.rmtree(work, ignore_errors=True)
            with suppress(OSError):  # it is not empty, or somebody's
                if out in made:
                    out.rmdir()
        raise


def check_folder(request: FinetuneRequest) -> None:
    """Refuse to write over a model or a run that was begun; make the folders."""
    out = Path(request.out)
    if not request.resumes and not request.preview_only:
        if (out / MANIFEST_NAME).exists():
            raise UserError(f"{out} already holds a model.", "Name another folder with --out.")
        if (out / WORK / STATE_NAME).exists():
            raise UserError(
                f"{out} holds a run that was stopped.", "Go on with --resume, or name another folder."
            )
    if request.resumes and (out / MANIFEST_NAME).exists():
        raise UserError(f"The model in {out} is finished.", "Use it: gzviewer predict --model.")
    try:
        work_folder(request).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{out} cannot be made: {error.strerror}.", "Name another folder with --out."
        ) from error
