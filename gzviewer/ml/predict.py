"""From what a network sees of galaxies to its outputs. Knows no files but through its arguments.

A galaxy's numbers depend on nothing but its image, its id, the model, the kind of device and who computes the encoder. So a
run that was stopped and taken up again gives, bit for bit, what an undisturbed one gives. For that dropout is drawn for each
galaxy from its own id; and an encoder sees either one galaxy at a time (ONNX Runtime), or batches of one size, the last
one filled up, on the CPU each worked on by one thread, several at a time (torch). (Where torch shares an array among
threads, or its length is no multiple of twice the width of the processor's vectors, the elements at the seams are computed
by other instructions, and may differ in the last bit.)

All views of a galaxy meet the same draws of dropout, and so do networks of one width. So members of several views or networks
are not independent: their mean scatters by chance as that of fewer draws does, at worst as that of `samples` alone.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gzviewer.ml.devices import SEAMLESS, to_device
from gzviewer.ml.families import Predictor

SAMPLES_AT_A_TIME = 32  # of dropout: memory does not grow with their number


def predict(
    predictors: Sequence[Predictor],
    inputs: NDArray[np.float32],
    ids: Sequence[str],
    *,
    size: int,
    samples: int = 1,
    views: int = 1,
    device: torch.device,
    one_by_one: bool = False,
) -> NDArray[np.float32]:
    """What the networks say of the galaxies of one batch.

    Parameters
    ----------
    inputs : (galaxy, channel, y, x)
        At least one galaxy, at most `size`.
    ids
        Their galaxy ids: they decide the draws of dropout.
    size
        How many galaxies a network is given, whatever the number of `inputs`; a multiple of `SEAMLESS`.
    samples
        1: no dropout. More: that many draws, one a member.
    views
        How many of the eight turned and mirrored views are predicted.
    one_by_one
        True where the encoders compute each galaxy by itself: they are not given what fills a batch up.

    Returns
    -------
    (galaxy, member, output): members are network after network, in each view after view, in each sample after sample.
    """
    count = len(inputs)
    assert 0 < count <= size, f"{count} galaxies in a batch of {size}"
    assert size % SEAMLESS == 0, f"batches of {size}"
    with torch.inference_mode():
        images = torch.from_numpy(inputs) if one_by_one else to_device(_filled(inputs, size), device)
        members = [
            _outputs(predictor, _features(predictor, view(images, number), size), ids, samples)
            for predictor in predictors
            for number in range(views)
        ]
        outputs: NDArray[np.float32] = torch.cat(members, dim=1)[:count].cpu().numpy()
    return outputs


def _filled(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """`values` with zeros after them, `size` in all."""
    filled = np.zeros((size, *values.shape[1:]), dtype=np.float32)
    filled[: len(values)] = values
    return filled


def _features(predictor: Predictor, images: Tensor, size: int) -> Tensor:
    """(size, 1, feature): what the encoder says, once whatever the number of samples; zeros fill it up."""
    features = predictor.features(images)
    missing = size - len(features)
    return torch.nn.functional.pad(features, (0, 0, 0, missing))[:, None, :]


def view(images: Tensor, number: int) -> Tensor:
    """One of eight views of images (..., y, x): 0 is upright, up to 3 turned by quarters, from 4 on mirrored as well."""
    if number == 0:
        return images
    turned = torch.rot90(images, number % 4, (-2, -1))
    return (turned.flip(-1) if number > 3 else turned).contiguous(memory_format=torch.channels_last)


def _outputs(predictor: Predictor, features: Tensor, ids: Sequence[str], samples: int) -> Tensor:
    """(galaxy, sample, output) of features (galaxy, 1, feature)."""
    if samples == 1:
        return predictor.outputs(features)
    drawn = _dropout(predictor, features.shape[-1], ids, len(features), samples)
    return torch.cat([predictor.outputs(features * kept.to(features.device)) for kept in drawn], dim=1)


def _dropout(
    predictor: Predictor, features: int, ids: Sequence[str], size: int, samples: int
) -> Iterator[Tensor]:
    """(size, sample, feature), some samples at a time: 0 where a feature is dropped, else what makes up for those that are."""
    digests = [hashlib.sha256(name.encode(errors="surrogatepass")).digest() for name in ids]
    generators = [torch.Generator().manual_seed(int.from_bytes(digest[:7], "big")) for digest in digests]
    for first in range(0, samples, SAMPLES_AT_A_TIME):
        kept = torch.ones(size, min(SAMPLES_AT_A_TIME, samples - first), features)
        for row, generator in enumerate(generators):
            chances = torch.rand(kept.shape[1:], generator=generator)
            kept[row] = (chances >= predictor.drop_probability).float()
        yield kept / (1 - predictor.drop_probability)
