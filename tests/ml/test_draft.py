from dataclasses import replace

import numpy as np
import pytest

from gzviewer.io.images import read_image
from gzviewer.io.model_input import network_input, pixels_needed


@pytest.mark.parametrize(("folder", "side", "crop"), [("gz2_hart16", 64, 0.65), ("decals_rings", 96, 1.0)])
def test_a_jpeg_that_is_decoded_at_part_of_its_size_looks_the_same_to_a_network(
    real_data, tiny_model, folder, side, crop
):
    paths = sorted((real_data / folder / "images").glob("*.jpg"))[:30]
    manifest = replace(tiny_model, side=side, crop_fraction=crop)
    small = [read_image(path, pixels_needed(manifest)) for path in paths]
    assert {image.height for image in small} == {212}  # half of 424
    there = np.stack([network_input(image, manifest) for image in small])
    whole = np.stack([network_input(read_image(path), manifest) for path in paths])
    assert np.abs(there - whole).mean() < 0.5 / 255
    assert np.abs(there - whole).max() < 12 / 255
