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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
BARE = ("numpy", "scipy", "pillow", "platformdirs", "pyarrow", "astropy", "h5py")
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
    import tomllib  # noqa: PLC0415 - new in Python 3.11; an older one is told so before it comes here

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
    """Have the shared libraries that Qt needs; False where they are missing and may not be installed."""
    if not sys.platform.startswith("linux"):
        return True
    if with_display_tests and shutil.which("Xvfb") is None:
        apt_get_install(["xvfb"])  # the tests in a real window say that they are skipped without it
    missing = missing_packages()
    if not missing or (apt_get_install(missing) and not missing_packages()):
        return True
    refuse("Some system libraries that the window needs are missing.", in_words(missing))
    return False


def in_words(packages: list[str]) -> str:
    """The line that installs Debian packages, for a person to type."""
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y --no-install-recommends {' '.join(packages)}"


def apt_get_install(packages: list[str]) -> bool:
    """Install Debian packages where that is allowed without asking for a password; True if it was done."""
    is_root = os.geteuid() == 0
    if shutil.which("apt-get") is None:
        return False
    if not is_root and (
        shutil.which("sudo") is None
        or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    ):
        return False
    print(f"installing system packages: {' '.join(packages)}", flush=True)
    prefix = [] if is_root else ["sudo"]
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=False)
    quietly = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        "-qq",
        "-y",
        "--no-install-recommends",
    ]
    return (
        subprocess.run([*prefix, *quietly, *packages], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


def make_environment(folder: Path) -> bool:
    """Have a virtual environment of the project's own; Debian keeps what makes one in a package of its own."""
    if (folder / "bin" / "pip").exists():
        return True
    print(f"making {folder.name}", flush=True)
    if created(folder) or (apt_get_install(["python3-venv"]) and created(folder)):
        return True
    refuse("This Python cannot make virtual environments.", in_words(["python3-venv"]))
    return False


def created(folder: Path) -> bool:
    """Make a virtual environment, in a process of its own: what is missing may have just been installed."""
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
    return made.returncode == 0


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
