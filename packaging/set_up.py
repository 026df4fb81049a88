"""Makes everything that ``make run`` and ``make test`` need, from a bare Python: libraries, ``.venv``, packages.

Standard library only, because it runs before anything is installed. Says what it does; where it may not install a system
library it prints the exact line to type and ends with status 2.
"""

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
BARE = ("numpy", "scipy", "pillow", "platformdirs", "pyarrow", "astropy")
BARE_TESTS = ("pytest", "pytest-timeout", "hypothesis")


def main() -> int:
    """Set up what the goal needs and no more; nothing to do takes a fraction of a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goal", choices=["run", "test", "bare"])
    goal = parser.parse_args().goal
    if sys.version_info < (3, 11):  # noqa: UP036 - the person's Python may well be older: this is where it is said
        return refuse(
            f"gzviewer needs Python 3.11 or newer; this is {sys.version.split()[0]}.",
            "make run PYTHON=python3.12",
        )
    if goal != "bare" and not install_libraries(with_display_tests=goal == "test"):
        return 2
    environment = ROOT / (".venv-bare" if goal == "bare" else ".venv")
    if not make_environment(environment):
        return 2
    wanted = [*BARE, *BARE_TESTS] if goal == "bare" else ["-e", ".[dev]" if goal == "test" else "."]
    return install(environment, wanted, goal)


def refuse(what: str, line: str) -> int:
    """One sentence and the line to type."""
    print(f"{what}\nType:\n    {line}", file=sys.stderr)
    return 2


def missing_packages() -> list[str]:
    """Debian packages of the shared libraries that cannot be loaded."""
    table = tomllib.loads((ROOT / "resources" / "system_libraries.toml").read_text(encoding="utf-8"))
    return [
        package for group in table.values() for library, package in group.items() if not can_load(library)
    ]


def can_load(library: str) -> bool:
    """True where the dynamic linker finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_libraries(*, with_display_tests: bool) -> bool:
    """Install the missing system libraries where that is allowed; else say how."""
    if not sys.platform.startswith("linux"):
        return True
    missing = missing_packages()
    if with_display_tests and shutil.which("Xvfb") is None:
        missing.append("xvfb")
    if not missing:
        return True
    line = "apt-get install -y --no-install-recommends " + " ".join(missing)
    prefix = "" if os.geteuid() == 0 else "sudo "
    may = shutil.which("apt-get") and (
        not prefix or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    )
    if may:
        print(f"installing system libraries: {' '.join(missing)}", flush=True)
        subprocess.run(f"{prefix}apt-get update -qq && {prefix}{line} -qq", shell=True, check=False)
        missing = [package for package in missing_packages() if package in missing]
        if not missing:
            return True
    if missing == ["xvfb"]:
        return True  # only the tests in a real window need it, and they say that they are skipped
    refuse("Some system libraries that the window needs are missing.", f"{prefix}{line}")
    return False


def make_environment(folder: Path) -> bool:
    """A virtual environment of the project's own."""
    if (folder / "bin" / "pip").exists():
        return True
    print(f"making {folder.name}", flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, SystemExit):
        shutil.rmtree(folder, ignore_errors=True)
        refuse("This Python cannot make virtual environments.", "sudo apt-get install -y python3-venv")
        return False
    return True


def install(environment: Path, wanted: list[str], goal: str) -> int:
    """Install packages, unless the same were installed before from the same files."""
    files = (ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__))
    state = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = environment / f"installed-for-{goal}"
    if stamp.exists() and stamp.read_text() == state:
        return 0
    print(f"installing packages into {environment.name} (some minutes the first time)", flush=True)
    pip = [
        str(environment / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    done = subprocess.run([*pip, "-c", str(CONSTRAINTS), *wanted], cwd=ROOT, check=False)
    if done.returncode:
        return refuse(
            "The packages could not be installed; the lines above say why.", "make run   # once mended"
        )
    stamp.write_text(state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
