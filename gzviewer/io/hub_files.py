"""Fetches single files of the Hugging Face hub over HTTP: asked for by range, continued, and checked by digest.

The hub is asked twice: ``/api/models/NAME/revision/REVISION?blobs=true`` tells the commit and the size and digest of every file,
``/NAME/resolve/COMMIT/FILE`` gives it. No account, cookie or token is ever sent.
"""

import hashlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from gzviewer import __version__
from gzviewer.core.errors import ModelError
from gzviewer.jobs.job import JobContext, Progress

TIMEOUT_S = 30.0
CHUNK = 2**20
MOST_LISTING = 16 * 2**20
TRIES = 3  # that a connection may break while a file comes, before it is told
AGAIN = "Try again: what was fetched is kept."
UNKNOWN, FORBIDDEN = 404, (401, 403)
PARTIAL = 206
TRUE = ("1", "true", "yes", "on")
BREAKS = (HTTPException, TimeoutError, ConnectionError, urllib.error.URLError)


@dataclass(frozen=True)
class Offered:
    """A file that the hub offers.

    Parameters
    ----------
    path
        Its name in the model.
    url
        Where it is.
    size
        Bytes.
    digest
        SHA-256 of a large file, the digest of git (SHA-1) of a small one; hexadecimal. Also its name in the cache.
    """

    path: str
    url: str
    size: int
    digest: str


@dataclass(frozen=True)
class Listing:
    """What the hub says of a model: its commit, its files by name, its licence (empty: not said)."""

    commit: str
    files: Mapping[str, Offered]
    licence: str


def listing(endpoint: str, name: str, revision: str) -> Listing:
    """Ask the hub what a model consists of.

    Raises
    ------
    ModelError
        If it cannot be reached, has no such model or answers what is no answer; if ``HF_HUB_OFFLINE`` is set.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in TRUE:
        raise ModelError("HF_HUB_OFFLINE forbids to ask the hub.", "Unset it, or fetch the model elsewhere.")
    url = f"{endpoint}/api/models/{name}/revision/{urllib.parse.quote(revision)}?blobs=true"
    try:
        with _open(url, 0, name) as response:
            text = response.read(MOST_LISTING)
    except BREAKS as error:
        raise ModelError(f"{endpoint} cannot be reached: {error}.", "Check the connection.") from error
    try:
        answer = json.loads(text)
        commit = str(answer["sha"])
        files = {str(entry["rfilename"]): entry for entry in answer["siblings"]}
        offered = {path: _offered(endpoint, name, commit, path, entry) for path, entry in files.items()}
        card = answer.get("cardData")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{endpoint} gave no proper answer about {name}.", "Try again later.") from error
    if not _is_digest(commit):
        raise ModelError(f"{endpoint} gave no proper answer about {name}.", "Try again later.")
    return Listing(commit, offered, str(card.get("license") or "") if isinstance(card, dict) else "")


def _offered(endpoint: str, name: str, commit: str, path: str, entry: Mapping[str, object]) -> Offered:
    large = entry.get("lfs")
    digest = str(large["sha256"]) if isinstance(large, dict) else str(entry["blobId"])
    size = int(str(large["size"] if isinstance(large, dict) else entry["size"]))
    if not _is_digest(digest) or size < 0:
        raise ValueError(digest)
    return Offered(path, f"{endpoint}/{name}/resolve/{commit}/{urllib.parse.quote(path)}", size, digest)


def _is_digest(text: str) -> bool:
    return len(text) in (40, 64) and set(text) <= set("0123456789abcdef")


def fetch(file: Offered, blobs: Path, context: JobContext, *, done: int, total: int) -> Path:
    """Fetch a file into the folder of blobs, from where an earlier attempt ended.

    Parameters
    ----------
    done, total
        Bytes fetched before this file, and of all files: what progress is told in.

    Raises
    ------
    ModelError
        If it breaks off again and again, or is not what was announced.
    Cancelled
        If somebody asked to stop.
    """
    blob, part = blobs / file.digest, blobs / f"{file.digest}.incomplete"
    if blob.is_file() and blob.stat().st_size == file.size:
        context.report(Progress(done + file.size, total, file.path))
        return blob
    for attempt in range(TRIES):
        try:
            _append(file, part, context, done, total)
        except BREAKS as error:
            if attempt == TRIES - 1:
                raise ModelError(
                    f"The connection broke off while {file.path} came: {error}.", AGAIN
                ) from error
        if part.stat().st_size >= file.size:
            break
    size = part.stat().st_size
    if size < file.size:
        raise ModelError(f"{file.path} came only in part, {size:,} of {file.size:,} bytes.", AGAIN)
    if digest_of(part, file.digest) != file.digest:
        part.unlink()
        raise ModelError(
            f"{file.path} is not what the hub announced: its digest differs.", "Try again later."
        )
    return part.replace(blob)


def _append(file: Offered, part: Path, context: JobContext, done: int, total: int) -> None:
    """Add to what is there of a file; one that is longer than it should be is started anew."""
    have = part.stat().st_size if part.is_file() else 0
    if have > file.size:
        have = 0
    with part.open("r+b" if have else "wb") as out:
        if have == file.size:
            return
        with _open(file.url, have, file.path) as response:
            have = have if response.status == PARTIAL else 0
            out.seek(have)
            out.truncate()
            for chunk in iter(lambda: response.read(CHUNK), b""):
                context.checkpoint()
                out.write(chunk)
                have += len(chunk)
                context.report(Progress(done + have, total, file.path))
                if have > file.size:
                    return


def digest_of(path: Path, like: str) -> str:
    """The digest of a file, of the same kind as `like`: SHA-256, or what git names its files by."""
    if len(like) == 64:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def _open(url: str, start: int, what: str) -> Iterator[HTTPResponse]:
    """Ask for a URL, from a byte on; what refuses is told, what breaks is left to the caller."""
    request = urllib.request.Request(url, headers={"User-Agent": f"gzviewer/{__version__}"})  # noqa: S310 - checked below
    if request.type not in ("http", "https"):
        raise ModelError(f"{url} is no address of a hub.", "Set HF_ENDPOINT to one, or unset it.")
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310 - http and https only
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(error.code, url, what) from error


def _refused(status: int, url: str, what: str) -> ModelError:
    place = urllib.parse.urlsplit(url).netloc
    if status == UNKNOWN:
        return ModelError(f"{place} has no {what}.", "Check the name.")
    if status in FORBIDDEN:
        return ModelError(
            f"{place} gives {what} only to those who are signed in, or has no such model.",
            "Check the name, or fetch it with the hub's own program: it is found in the cache then.",
        )
    return ModelError(f"{place} answered {status} when asked for {what}.", "Try again later.")
