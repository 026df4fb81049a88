"""Models of the Hugging Face hub by name: found in the local cache that other programs share, fetched only when asked to.

The cache has the hub's own layout (``models--owner--name/{blobs,refs,snapshots}``), so that what timm or Zoobot fetched is found
here, and the other way round. A file that was fetched in part is continued; its digest is checked before it counts.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gzviewer.core.errors import ModelError
from gzviewer.io.hub_files import Offered, fetch, listing
from gzviewer.io.surroundings import CONFIG
from gzviewer.jobs.job import JobContext

ENDPOINT = "https://huggingface.co"
PREFIXES = ("hf_hub:", "hf-hub:")
MAIN = "main"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
CHECKPOINTS = tuple(
    f"{name}.ckpt"
    for name in (
        "FinetuneableZoobotTree",
        "FinetuneableZoobotClassifier",
        "FinetuneableZoobotRegressor",
        "ZoobotTree",
    )
)


@dataclass(frozen=True)
class HubName:
    """A model of the hub.

    Parameters
    ----------
    owner, name
        The two halves of its name there.
    revision
        Branch or commit.
    """

    owner: str
    name: str
    revision: str = MAIN

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class Snapshot:
    """A model of the hub on this machine: the folder of its files, and its licence, empty where it is not known."""

    folder: Path
    licence: str


def hub_name(text: str) -> HubName:
    """Read ``hf_hub:owner/name`` or ``hf_hub:owner/name@revision``.

    Raises
    ------
    ModelError
        If it is none.
    """
    rest = next((text.removeprefix(prefix) for prefix in PREFIXES if text.startswith(prefix)), text)
    rest, _, revision = rest.partition("@")
    parts = rest.strip("/").split("/")
    words = [*parts, revision or MAIN]
    if len(parts) != 2 or not all(word and word.strip(".") and _is_plain(word) for word in words):
        raise ModelError(f"{text} is no name of the hub.", "Write it as hf_hub:owner/name.")
    return HubName(parts[0], parts[1], revision or MAIN)


def _is_plain(word: str) -> bool:
    return all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in word)


def hub_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that all programs of the hub share; moved by its usual environment variables."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(variable):
            return Path(environment[variable]).expanduser()
    if environment.get("HF_HOME"):
        return Path(environment["HF_HOME"]).expanduser() / "hub"
    caches = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "huggingface" / "hub"


def endpoint(environment: Mapping[str, str] = os.environ) -> str:
    """Where the hub is asked: its own site, or the mirror that ``HF_ENDPOINT`` names."""
    return (environment.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")


def snapshot_of(name: HubName) -> Snapshot:
    """The model in the local cache, without asking the network.

    Raises
    ------
    ModelError
        If it is not there, or not whole.
    """
    folder = cached_folder(name)
    if folder is None:
        raise ModelError(
            f"{name} is not in the local cache of the hub, {hub_cache()}.",
            f"Allow it to be fetched from {endpoint()}: gzviewer models add hf_hub:{name} --download.",
        )
    return Snapshot(folder, _licence_in(folder))


def cached_folder(name: HubName) -> Path | None:
    """The folder of the model's files in the local cache; None where its weights are not there."""
    return next((folder for folder in _snapshots(name) if _has_weights(folder)), None)


def _has_weights(folder: Path) -> bool:
    return any((folder / file).is_file() for file in (*CHECKPOINTS, *WEIGHTS))


def _snapshots(name: HubName) -> Iterator[Path]:
    """The snapshot of a model's revision. One that no branch names is main's where it is the only one: a copied folder."""
    home = _home(name)
    try:
        yield home / "snapshots" / (home / "refs" / name.revision).read_text(encoding="utf-8").strip()
    except OSError:
        yield home / "snapshots" / name.revision
    if name.revision == MAIN and not any((home / "refs").glob("*")):
        others = [path for path in (home / "snapshots").glob("*") if path.is_dir()]
        yield from others if len(others) == 1 else ()


def _home(name: HubName) -> Path:
    return hub_cache() / f"models--{name.owner}--{name.name}"


def _licence_in(folder: Path) -> str:
    """What the card of the model says of its licence, in the lines before its text."""
    try:
        head = (folder / "README.md").read_text(encoding="utf-8", errors="replace").split("---")[1]
    except (OSError, IndexError):
        return ""
    lines = [line.partition(":") for line in head.splitlines() if line.startswith("license:")]
    return lines[0][2].strip().strip("\"'") if lines else ""


def download(name: HubName, context: JobContext) -> Snapshot:
    """Fetch what of the model is missing in the local cache. Call it only after the person has agreed.

    Progress counts bytes. A part that was fetched before is kept and continued.

    Raises
    ------
    ModelError
        If the hub cannot be reached, has no such model, or gives something else than it announced; if the files
        cannot be kept. The sentence says which.
    Cancelled
        If somebody asked to stop; what was fetched is kept.
    """
    offer = listing(endpoint(), str(name), name.revision)
    wanted = wanted_files(name, offer.files)
    home = _home(name)
    try:
        (home / "blobs").mkdir(parents=True, exist_ok=True)
        folder = home / "snapshots" / offer.commit
        folder.mkdir(parents=True, exist_ok=True)
        total = sum(file.size for file in wanted)
        done = 0
        for file in wanted:
            blob = fetch(file, home / "blobs", context, done=done, total=total)
            _place(blob, folder / file.path)
            done += file.size
        (home / "refs").mkdir(exist_ok=True)
        if name.revision != offer.commit:
            (home / "refs" / name.revision).write_text(offer.commit, encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{home} cannot be written: {error.strerror}.", "Make room there.") from error
    return Snapshot(folder, offer.licence)


def wanted_files(name: HubName, files: Mapping[str, Offered]) -> list[Offered]:
    """The files of a model that are worth fetching: what says what it is, and one of weights, which is the last.

    Raises
    ------
    ModelError
        If there are no weights.
    """
    weights = next((files[file] for file in (*CHECKPOINTS, *WEIGHTS) if file in files), None)
    if weights is None:
        raise ModelError(f"{name} holds no weights on the hub.", "Check the name.")
    beside = [files[file] for file in (CONFIG, "README.md") if file in files]
    return [*beside, weights]


def _place(blob: Path, path: Path) -> None:
    """Give a fetched file its name: by a link where there are links, else by a copy."""
    if path.is_file() and path.resolve() == blob.resolve():
        return
    path.unlink(missing_ok=True)
    try:
        path.symlink_to(os.path.relpath(blob, path.parent))
    except OSError:  # Windows without the right to make links
        shutil.copyfile(blob, path)
