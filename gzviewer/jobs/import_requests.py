"""What a child process is asked to make a model of, and what it says of it: picklable values, like those of `requests`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Corrections:
    """What a person says of a foreign model in place of what is inferred; an empty value: nothing is said.

    Parameters
    ----------
    encoder
        Name of the encoder in timm.
    schema
        Name of an installed decision tree, or path of a file of one.
    head
        One of `gzviewer.io.manifest.HEADS`.
    channels, side, crop
        Bands, pixels a side, and the share of an image's shorter side that the network sees.
    classes
        Names of what a head of classes or values gives, in order.
    value_range, greyscale
        As `gzviewer.io.manifest` has them.
    made_by
        ``zoobot`` or ``timm``: whose way of showing images to a network is meant where nothing else is said.
    """

    encoder: str = ""
    schema: str = ""
    head: str = ""
    channels: int = 0
    side: int = 0
    crop: float = 0.0
    classes: tuple[str, ...] = ()
    value_range: str = ""
    greyscale: str = ""
    made_by: str = ""


@dataclass(frozen=True)
class ImportRequest:
    """Turn a foreign model into this program's own form, once: what was imported before is found again.

    Parameters
    ----------
    source
        Absolute path of a checkpoint or folder, or ``hf_hub:owner/name``.
    models
        Absolute path of the folder that the new model's folder is made in.
    name
        Name of the new model; empty: one made from `source`.
    corrections
        What the person knows better.
    may_download
        True where the person agreed that files of the hub are fetched.
    """

    source: str
    models: str
    name: str = ""
    corrections: Corrections = Corrections()
    may_download: bool = False
    task: str = "gzviewer.ml.checkpoints.tasks:run_import"


@dataclass(frozen=True)
class ImportResult:
    """What a finished import says: the new model's folder, how its parts were found out, and whether it was there before."""

    folder: str
    name: str
    read_as: tuple[str, ...]
    was_there: bool


@dataclass(frozen=True)
class LookUpRequest:
    """Find out what adding a model of the hub would fetch: a child can be ended while it waits for the network.

    Parameters
    ----------
    name
        ``owner/name``, as a person types it.
    """

    name: str
    task: str = "gzviewer.io.hub_offer:run_look_up"
