"""What a foreign network is to see: size, crop, range and greyscale, as it was trained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from gzviewer.core.errors import ModelError
from gzviewer.io.manifest import GREYSCALES, RANGES
from gzviewer.jobs.import_requests import Corrections
from gzviewer.ml.checkpoints.encoders import Encoder
from gzviewer.ml.checkpoints.reading import Checkpoint
from gzviewer.ml.torch_compat import timm

ZOOBOT_SIDE, ZOOBOT_CROP = 224, 1 / 1.2  # Zoobot 2.9 predicts on the middle 83 % of the side
IMAGENET_MEAN = (0.485, 0.456, 0.406)
NEWEST_ONLY = ("training_mode", "head_dropout_prob", "layer_decay")  # settings that came with Zoobot 2.9
MAKERS = ("", "zoobot", "timm")
OTHERWISE = "one of Zoobot sees images otherwise: add it with --made-by zoobot"
INTERPOLATIONS = ("bilinear", "bicubic")


@dataclass(frozen=True)
class InputRecipe:
    """The ``[input]`` of a manifest, and how it was found out."""

    side: int
    crop_fraction: float
    value_range: str
    interpolation: str
    greyscale: str
    how: tuple[str, ...]


def find_input(checkpoint: Checkpoint, encoder: Encoder, said: Corrections, why_zoobot: str) -> InputRecipe:
    """What the network sees: as Zoobot does, or as timm's settings for the encoder have it.

    Parameters
    ----------
    why_zoobot
        Why it is taken for one of Zoobot, in words; empty where it is not.

    Raises
    ------
    ModelError
        If what a person says cannot be.
    """
    known = said.value_range in ("", *RANGES) and said.greyscale in GREYSCALES and said.made_by in MAKERS
    if not known or not 0 <= said.crop <= 1:
        raise ModelError(
            "The range, greyscale kind, crop or maker that you gave cannot be.",
            f"Ranges are {', '.join(RANGES)}; greyscale kinds mean, luma; makers zoobot, timm; a crop lies above 0 and up to 1.",
        )
    recipe = _zoobot(why_zoobot) if why_zoobot else _of_timm(checkpoint, encoder, said)
    greyscale, grey_how = _greyscale(checkpoint, encoder)
    spoken = [
        f"{name.replace('value_range', 'range of values')}: as you said"
        for name in ("side", "crop", "value_range", "greyscale")
        if getattr(said, name)
    ]
    return InputRecipe(
        said.side or recipe.side,
        said.crop or recipe.crop_fraction,
        said.value_range or recipe.value_range,
        recipe.interpolation,
        said.greyscale or greyscale,
        (*recipe.how, *grey_how, *spoken),
    )


def _zoobot(why: str) -> InputRecipe:
    how = f"input: as Zoobot 2.9 predicts ({why}), the middle 1/1.2 of the side at 224 pixels, bilinear, values 0 to 1"
    return InputRecipe(ZOOBOT_SIDE, ZOOBOT_CROP, "0..1", "bilinear", "", (how,))


def _of_timm(checkpoint: Checkpoint, encoder: Encoder, said: Corrections) -> InputRecipe:
    """The settings beside the weights, else those of timm for the architecture."""
    beside = checkpoint.config.get("pretrained_cfg")
    known = timm.get_pretrained_cfg(encoder.architecture, allow_unregistered=True)
    usual: Mapping[str, object] = asdict(known) if known else {}
    settings = {**usual, **beside} if isinstance(beside, dict) else usual
    size, crop, mean = (settings.get(key) for key in ("input_size", "crop_pct", "mean"))
    side = size[-1] if isinstance(size, list | tuple) and size and isinstance(size[-1], int) else ZOOBOT_SIDE
    means = tuple(mean) if isinstance(mean, list | tuple) else ()
    interpolation = settings.get("interpolation")
    why = ", as you said" if said.made_by else f"; {OTHERWISE}"
    how = [f"input: as timm's settings {'beside the weights' if beside else 'for this encoder'} have it{why}"]
    if means not in (IMAGENET_MEAN, (0.0, 0.0, 0.0)):
        how.append(f"values: of a mean of {means}, which is not known here; ImageNet's is taken")
    return InputRecipe(
        side,
        float(crop) if isinstance(crop, int | float) and 0 < crop <= 1 else 1.0,
        "0..1" if means == (0.0, 0.0, 0.0) else "imagenet",
        str(interpolation) if interpolation in INTERPOLATIONS else "bilinear",
        "",
        tuple(how),
    )


def _greyscale(checkpoint: Checkpoint, encoder: Encoder) -> tuple[str, tuple[str, ...]]:
    if encoder.channels != 1:
        return "", ()
    if any(key in checkpoint.settings for key in NEWEST_ONLY):
        return "luma", ("greyscale: luma, as Zoobot 2.9 makes it, whose settings these are",)
    return "mean", ("greyscale: the mean of the colours, as Zoobot before 2.9 made it",)
