"""What stands around a foreign file of weights and says what it is: the hub's ``config.json`` beside it, its name on the hub."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

CONFIG = "config.json"
MOST_CONFIG = 2**20  # bytes; the hub's have some hundred
SNAPSHOTS, OF_HUB, ZOOBOT = "snapshots", "models--", "zoobot"  # parts of the hub's cache


def config_beside(file: Path) -> Mapping[str, object]:
    """The hub's settings of the model; empty where there are none."""
    return _config(_text_beside(file))


def is_zoobots_on_hub(file: Path) -> bool:
    """True for a file in the hub's cache, in the folder of a model that is called after Zoobot. Other folders say nothing."""
    snapshots = file.absolute().parent.parent
    home = snapshots.parent.name.lower()
    return snapshots.name == SNAPSHOTS and home.startswith(OF_HUB) and ZOOBOT in home


def surroundings_of(file: Path) -> str:
    """A digest of all that is around a file and says how it is to be read; empty where nothing is."""
    text = _text_beside(file)
    config, is_zoobots = text if _config(text) else b"", is_zoobots_on_hub(file)
    if not config and not is_zoobots:
        return ""
    return hashlib.sha256(b"%d %s" % (is_zoobots, config)).hexdigest()


def _text_beside(file: Path) -> bytes:
    try:
        with (file.parent / CONFIG).open("rb") as content:
            return content.read(MOST_CONFIG)
    except OSError:
        return b""


def _config(text: bytes) -> Mapping[str, object]:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):  # it is about something else
        return {}
    return config if isinstance(config, dict) and "architecture" in config else {}
