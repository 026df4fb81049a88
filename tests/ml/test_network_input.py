"""The pixels that Zoobot's default transform gives, asked of torchvision itself."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.io.images import read_image
from gzviewer.io.model_input import network_input

ZOOBOT_SIDE, ZOOBOT_ZOOM = 224, 1.2


@pytest.fixture(scope="module")
def zoobot_pixels():
    """Path -> (channel, y, x) in 0..1: magnified by exactly 1.2, then the shorter side to 224, then the central square."""
    pytest.importorskip("gzviewer.ml.torch_compat")  # torchvision cannot be imported before it everywhere
    import torch
    from torchvision.transforms import InterpolationMode, v2

    transform = v2.Compose(
        [
            v2.RandomAffine(
                degrees=0,
                scale=(ZOOBOT_ZOOM, ZOOBOT_ZOOM),
                interpolation=InterpolationMode.BILINEAR,
                fill=0,
            ),
            v2.Resize(ZOOBOT_SIDE, interpolation=InterpolationMode.BILINEAR, antialias=True),
            v2.CenterCrop(ZOOBOT_SIDE),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )

    def pixels(path):
        with Pillow.open(path) as picture:
            return transform(picture.convert("RGB")).numpy()

    return pixels


@pytest.mark.parametrize("folder", ["decals_rings/images", "gz2_hart16/images", "predictions_kaggle_test"])
def test_the_pixels_are_those_of_zoobot_to_one_level_in_the_mean(
    real_data, tiny_model, zoobot_pixels, folder
):
    zoobot = replace(tiny_model, side=ZOOBOT_SIDE, crop_fraction=1 / ZOOBOT_ZOOM)
    paths = sorted((real_data / folder).rglob("*.jpg"))[:48]
    differences = [
        np.abs(network_input(read_image(path), zoobot) - zoobot_pixels(path)).mean() for path in paths
    ]
    assert np.mean(differences) <= 1 / 255
    assert max(differences) <= 1.5 / 255  # of the noisiest picture: it interpolates twice, we once
