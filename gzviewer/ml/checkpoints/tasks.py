"""What a child process does to import a model: fetch it if it may, read it, and write it in this program's own form."""

from pathlib import Path

from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.hub import Snapshot, download, hub_name, snapshot_of
from gzviewer.io.manifest import FILE_NAME, Manifest, read_manifest
from gzviewer.io.model_library import READ_AS_KEY, ModelLibrary, file_of, is_of_hub
from gzviewer.io.settings import model_folders
from gzviewer.io.surroundings import surroundings_of
from gzviewer.jobs.import_requests import ImportRequest, ImportResult
from gzviewer.jobs.job import JobContext, Progress
from gzviewer.ml.checkpoints.convert import Origin, convert
from gzviewer.ml.checkpoints.reading import read_checkpoint
from gzviewer.ml.families.bundled import check_weights

TELLS_NOTHING = ("last", "best", "model", "pytorch_model", "weights", "checkpoint")  # file names of any model


def run_import(request: ImportRequest, context: JobContext) -> ImportResult:
    """Import a model into the person's library, unless the same file was imported with the same corrections before.

    Raises
    ------
    ModelError
        If it is not there and may not be fetched, is not safe to read, or it cannot be found out what it is.
    """
    library = ModelLibrary(Path(request.models), model_folders()[:-1])
    if request.name:
        library.check_free(request.name)
    source, licence = _local(request, context)
    if (source / FILE_NAME).is_file():
        check_weights(read_manifest(source))
        return _result(library.add(source, request.name), was_there=False)
    context.report(Progress(0, 0, "reading"))
    file = file_of(source)
    digest = "" if not file.is_file() else sha256_of(file)
    around = surroundings_of(file)
    known = library.imported(digest, request.corrections, around)
    if known is not None and not request.name:
        return _result(known, was_there=True)
    checkpoint = read_checkpoint(source)
    name = request.name or library.free_name(_called(request.source, file))
    context.checkpoint()
    origin = Origin(request.source, digest, around, licence or "not known")
    with library.new_folder(name) as folder:
        convert(checkpoint, request.corrections, origin, folder, name)
        context.checkpoint()
    return _result(read_manifest(library.folder / name), was_there=False)


def _local(request: ImportRequest, context: JobContext) -> tuple[Path, str]:
    """Where the model lies on this machine, fetched first if it must be; and its licence, empty where not known."""
    if not is_of_hub(request.source):
        return Path(request.source).expanduser(), ""
    name = hub_name(request.source)
    snapshot: Snapshot = download(name, context) if request.may_download else snapshot_of(name)
    return snapshot.folder, snapshot.licence


def _called(source: str, file: Path) -> str:
    """A name for the model: of the hub, or of the file unless all files are called so."""
    if is_of_hub(source):
        return hub_name(source).name
    is_telling = file.stem not in TELLS_NOTHING and not file.stem.replace("epoch=", "").isdigit()
    return file.stem if is_telling else f"{file.parent.name}-{file.stem}"


def _result(manifest: Manifest, *, was_there: bool) -> ImportResult:
    notes = manifest.training.get(READ_AS_KEY)
    read_as = tuple(str(note) for note in notes) if isinstance(notes, list | tuple) else ()
    return ImportResult(str(manifest.folder), manifest.name, read_as, was_there)
