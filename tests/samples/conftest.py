"""Fixtures of the simulated sample: its catalog and its folder."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the simulator is a script beside its output, not part of the package


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    """Folder of the committed sample."""
    return ROOT / "resources" / "samples" / "simulated"


@pytest.fixture(scope="session")
def catalog(sample_folder: Path) -> list[dict[str, str]]:
    """Rows of the committed catalog."""
    with (sample_folder / "catalog.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
