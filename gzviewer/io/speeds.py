"""How fast each model predicted on this computer, by what it had to do and the kind of device: one small TOML file.

It can be measured again, so that a file that cannot be read or written is no error: then nothing is known.
"""

import contextlib
import tomllib
from pathlib import Path

from gzviewer.io.settings import cache_folder
from gzviewer.io.toml_text import toml_text

FILE_NAME = "speeds.toml"
GALAXIES_MIN = 64
"""Fewer say more about the start than about the speed."""


def load_speeds(folder: Path | None = None) -> dict[tuple[str, str], float]:
    """(what was done, device) -> galaxies a second; empty where nothing was measured."""
    path = (cache_folder() if folder is None else folder) / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        (work, device): float(speed)
        for work, by_device in table.items()
        if isinstance(by_device, dict)
        for device, speed in by_device.items()
        if isinstance(speed, int | float) and not isinstance(speed, bool) and speed > 0
    }


def keep_speed(work: str, device: str, galaxies: int, seconds: float, folder: Path | None = None) -> bool:
    """Keep what a finished prediction measured; False, and nothing is kept, where it says too little.

    Parameters
    ----------
    work
        What had to be done for a galaxy: the weights' SHA-256, pixels and passes.
    galaxies, seconds
        Predicted, and how long that took with everything that belongs to it.
    """
    if galaxies < GALAXIES_MIN or not seconds > 0 or not device:
        return False
    table: dict[str, dict[str, float]] = {}
    for (known, where), speed in load_speeds(folder).items():
        table.setdefault(known, {})[where] = speed
    table.setdefault(work, {})[device] = round(galaxies / seconds, 2)
    path = (cache_folder() if folder is None else folder) / FILE_NAME
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(toml_text(table), encoding="utf-8")
    return True
