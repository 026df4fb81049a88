"""How far two ways to compute one network are from each other, on pictures made for that."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gzviewer.io.manifest import Manifest
from gzviewer.io.model_input import IMAGENET
from gzviewer.ml.families import Predictor


def difference(one: Predictor, other: Predictor, manifest: Manifest, device: torch.device) -> float:
    """The largest difference between their features or their outputs, as a share of the largest number of `one`.

    NaN where either gives what is no number.
    """
    images = torch.from_numpy(test_pictures(manifest)).to(device)
    with torch.inference_mode():
        features = one.features(images), other.features(images)
        pairs = (features, (one.outputs(features[0]), other.outputs(features[1])))
        return float(np.max([_relative(ours, theirs) for ours, theirs in pairs]))  # max of Python drops NaN


def test_pictures(manifest: Manifest) -> NDArray[np.float32]:
    """(2, channel, y, x): a tilted blob on a noisy sky, and noise of every brightness, in the range of the manifest."""
    chance, side = np.random.default_rng(0), manifest.side
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    blob = np.exp(-4 * np.hypot(0.8 * x + 0.6 * y, 2 * (0.8 * y - 0.6 * x)))
    noise = chance.random((2, manifest.channels, side, side))
    pictures = np.stack([np.clip(blob + 0.1 * noise[0], 0, 1), noise[1]]).astype(np.float32)
    if manifest.value_range == "imagenet":
        mean, deviation = IMAGENET[manifest.channels]
        pictures = (pictures - mean) / deviation
    return np.ascontiguousarray(pictures, dtype=np.float32)


def _relative(one: Tensor, other: Tensor) -> float:
    scale = one.abs().max().clamp_min(torch.finfo(torch.float32).tiny)
    return float((one - other).abs().max() / scale)
