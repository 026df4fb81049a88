"""Which encoders of timm have weights of which names and shapes, looked up without building any of them.

``resources/timm_encoders.txt`` holds a digest of every encoder that timm knows; this module makes it::

    python -m gzviewer.ml.checkpoints.encoder_index resources/timm_encoders.txt
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from gzviewer.io.settings import resource_folder
from gzviewer.ml.torch_compat import timm

FILE_NAME = "timm_encoders.txt"
UNCOUNTED = "num_batches_tracked"  # old files lack it, and nothing depends on it
PICTURE_CHANNELS = (1, 3)
DIGEST_LENGTH = 16

Shapes = Mapping[str, tuple[int, ...]]


def digest_of(shapes: Shapes) -> str:
    """A digest of names and shapes that does not see how many bands an encoder takes, nor counters of batches."""
    lines = sorted(
        f"{name} {_without_channels(shape)}" for name, shape in shapes.items() if not name.endswith(UNCOUNTED)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_LENGTH]


def _without_channels(shape: tuple[int, ...]) -> tuple[int, ...]:
    is_of_picture = len(shape) == 4 and shape[1] in PICTURE_CHANNELS
    return (shape[0], 0, *shape[2:]) if is_of_picture else shape


def shapes_of_encoder(architecture: str, channels: int = 3) -> Shapes:
    """Names and shapes of what the state of an encoder holds, without memory for it.

    Raises
    ------
    RuntimeError
        Of timm, if it does not know the architecture.
    """
    with torch.device("meta"):
        model = timm.create_model(architecture, pretrained=False, num_classes=0, in_chans=channels)
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def encoders_with(shapes: Shapes) -> tuple[str, ...]:
    """The architectures in the index whose encoders have these names and shapes; those of Zoobot first, then short names."""
    wanted = digest_of(shapes)
    lines = (resource_folder() / FILE_NAME).read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return tuple(sorted((name for digest, name in pairs if digest == wanted), key=_likeliest_first))


def _likeliest_first(name: str) -> tuple[bool, int, str]:
    is_of_zoobot = name in {"efficientnet_b0", "tf_efficientnetv2_s", "resnet18", "resnet50", "resnet101"}
    return not is_of_zoobot, len(name), name


def index_text(architectures: Iterable[str]) -> str:
    """The text of the index: a digest and an architecture a line. What cannot be built so is left out."""
    lines = [f"# Names and shapes of the encoders of timm {timm.__version__}, as digests; see ml/checkpoints"]
    for name in architectures:
        try:
            lines.append(f"{digest_of(shapes_of_encoder(name))} {name}")
        except (RuntimeError, NotImplementedError, TypeError, ValueError, AssertionError) as error:
            sys.stderr.write(f"{name} is left out: {error}\n")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(index_text(timm.list_models()), encoding="utf-8")
