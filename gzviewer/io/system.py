"""What machine and which versions this is: for the About box, ``gzviewer check``, and reports of bugs."""

import ctypes
import os
import platform
import sys
import tempfile
import tomllib
import traceback
from datetime import UTC, datetime
from pathlib import Path

from gzviewer import __version__
from gzviewer.io.catalogs import readers as catalog_readers
from gzviewer.io.images import readers as image_readers
from gzviewer.io.provenance import package_versions
from gzviewer.io.settings import data_folder, resource_folder

PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "torchvision",
    "timm",
    "pyro-ppl",
    "astropy",
    "pyarrow",
    "h5py",
    "numpy",
    "scipy",
    "pillow",
)


def versions() -> dict[str, str]:
    """Name -> version of the program, Python, the system, and the packages that matter; nothing is imported."""
    here = {"gzviewer": __version__, "Python": platform.python_version(), "system": platform.platform()}
    return {**here, **package_versions(PACKAGES)}


def reader_failures() -> dict[str, str]:
    """Reader module -> why it could not be loaded."""
    return {**catalog_readers.failures, **image_readers.failures}


def missing_libraries() -> list[str]:
    """Debian packages of the shared libraries that Qt needs and this Linux lacks; empty elsewhere."""
    if not sys.platform.startswith("linux"):
        return []
    table = tomllib.loads((resource_folder() / "system_libraries.toml").read_text(encoding="utf-8"))
    return [
        package for group in table.values() for library, package in group.items() if not _can_load(library)
    ]


def write_report(error: BaseException) -> str:
    """Keep what a bug said of itself in the data folder, without the person's catalog in it; a sentence that says where.

    Where the data folder cannot be written the report goes to the system's folder for temporary files.
    """
    facts = "\n".join(f"{name} {number}" for name, number in versions().items())
    trace = "".join(traceback.format_exception(error)).replace(str(Path.home()), "~")
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}.txt"
    for folder in (data_folder() / "reports", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{facts}\n\n{trace}", encoding="utf-8")
        except OSError:
            continue
        return f"A report was written to {folder / name}."
    return "No report could be written."


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
