"""What a file is, and whether it is fit to be read at all: looked up in its first bytes and its list of contents."""

import zipfile
from enum import Enum
from pathlib import Path

from gzviewer.core.errors import ModelError

MOST_UNPACKED = 1.5  # torch stores its archives unpacked: one that grows more is none of its own
MOST_PICKLE = 256 * 2**20  # bytes of what is no weights; that of Lightning is below one megabyte
MOST_HEADER = 100 * 2**20  # bytes; safetensors itself allows no more
ANOTHER = "Fetch it again, or choose another file."
PIECE = 2**20  # bytes read at a time
KERAS = b"\x89HDF\r\n\x1a\n"
HTML = (
    b"<!do",
    b"<htm",
    b'{"er',
    b"vers",
)  # a page, a message or a pointer of git that was saved in place of the file


class Kind(Enum):
    """How a file is to be read."""

    ARCHIVE = "a zip archive of torch"
    LEGACY = "a file of an old torch"
    SAFETENSORS = "safetensors"


def kind_of(path: Path) -> Kind:
    """What kind of checkpoint a file is, after a look at whether it is whole and no larger inside than it should be.

    Raises
    ------
    ModelError
        If it is missing, empty, cut off, no checkpoint, or would unpack to much more than it is.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    if not size:
        raise ModelError(f"{path} is empty.", ANOTHER)
    if start.startswith(b"PK"):
        _check_archive(path, size)
        return Kind.ARCHIVE
    if start.startswith(b"\x80"):
        return Kind.LEGACY
    header = int.from_bytes(start[:8], "little")
    if start[8:9] == b"{" and len(start) > 8:
        if header > min(size - 8, MOST_HEADER):
            raise ModelError(f"{path} is cut off, or no whole file of safetensors.", ANOTHER)
        return Kind.SAFETENSORS
    raise _none_of_these(path, start)


def _none_of_these(path: Path, start: bytes) -> ModelError:
    if start.startswith(KERAS):
        return ModelError(
            f"{path} is a file of Keras: the Zoobot of TensorFlow, whose weights do not fit any network here.",
            "Choose a checkpoint of the Zoobot of PyTorch.",
        )
    if start[:4].lower() in HTML:
        return ModelError(f"{path} is text, such as a web page saved in place of a model.", ANOTHER)
    return ModelError(f"{path} is no checkpoint: neither of torch nor safetensors.", ANOTHER)


def _check_archive(path: Path, size: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            contents = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ModelError(
            f"{path} is cut off or damaged: its list of contents is missing.", ANOTHER
        ) from error
    unpacked = sum(entry.file_size for entry in contents)
    if unpacked > MOST_UNPACKED * size:
        raise ModelError(
            f"{path} would unpack to {unpacked / 1e6:,.0f} MB from {size / 1e6:,.1f} MB, which no checkpoint does.",
            ANOTHER,
        )
    if any(entry.file_size > MOST_PICKLE for entry in contents if entry.filename.endswith(".pkl")):
        raise ModelError(f"{path} holds far more than weights.", ANOTHER)
    names = {entry.filename.rpartition("/")[2] for entry in contents}
    if "constants.pkl" in names:
        raise ModelError(
            f"{path} is TorchScript, a program: it is not read, because reading would run it.",
            "Ask its author for the weights alone, as safetensors or a state_dict.",
        )
    if "data.pkl" not in names:
        raise ModelError(f"{path} is a zip archive, but none of torch.", ANOTHER)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in contents):
        raise ModelError(
            f"{path} was packed again by another program, as torch does not read it.",
            "Unpack it, and pack it without compression.",
        )
    _check_sums(path, contents)


def _check_sums(path: Path, contents: list[zipfile.ZipInfo]) -> None:
    """Compare each entry with the sum that the archive keeps of it: torch does not when it reads."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in contents:
                with archive.open(entry) as content:
                    while entry.CRC and content.read(PIECE):
                        pass
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path} is damaged: {entry.filename} is not what was stored.", ANOTHER) from error
