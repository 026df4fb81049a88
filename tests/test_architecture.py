"""The layers of the house, as rules that a machine checks. See docs/architecture.md."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gzviewer"
MAY_IMPORT = {
    "core": set(),
    "jobs": {"core"},
    "io": {"core", "jobs"},
    "ml": {"core", "jobs", "io"},
    "session": {"core", "jobs", "io"},
    "ui": {"core", "jobs", "session"},
}
QT = {"PySide6", "pyqtgraph", "shiboken6"}
TORCH = {"torch", "torchvision", "timm", "pyro"}
FILES = {"sqlite3", "astropy", "pyarrow", "pandas", "PIL", "h5py"}
FORBIDDEN = {
    "core": QT | TORCH | FILES | {"pathlib", "os", "io", "tomllib"},
    "jobs": QT | TORCH | FILES | {"numpy"},
    "io": QT | TORCH,
    "ml": QT,
    "session": TORCH | FILES | {"pyqtgraph"},
    "ui": TORCH | FILES,
}


def imported_modules(source: str) -> Iterator[str]:
    """Every module a source imports, inside functions too, ``from a import b`` as ``a.b``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_the_layers_below_it(layer):
    allowed = MAY_IMPORT[layer] | {layer, "__version__"}
    for path in (PACKAGE / layer).rglob("*.py"):
        for name in imported_modules(path.read_text(encoding="utf-8")):
            top, _, rest = name.partition(".")
            assert top not in FORBIDDEN[layer], f"{path.name} imports {name}"
            if top == PACKAGE.name:
                assert rest.partition(".")[0] in allowed, f"{path.name} imports {name}"


def test_the_session_uses_no_widgets():
    for path in (PACKAGE / "session").rglob("*.py"):
        used = set(imported_modules(path.read_text(encoding="utf-8")))
        assert not any(name.startswith("PySide6.QtWidgets") for name in used), path.name


def test_every_folder_of_the_package_is_a_known_layer():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert folders == set(MAY_IMPORT)


def test_there_is_no_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "common", "helpers", "misc", "manager"}
    assert not [path for path in PACKAGE.rglob("*") if path.stem in drawers]


@pytest.mark.skipif(not (PACKAGE / "app.py").exists(), reason="the window is not built yet")
def test_the_process_of_the_window_loads_no_heavy_library():
    pytest.importorskip("PySide6")
    heavy = sorted(TORCH | {"astropy", "pandas"})
    program = f"import sys, gzviewer.app; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
