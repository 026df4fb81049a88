from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.image import Image
from gzviewer.io.images import read_image
from gzviewer.ml.preprocess import network_input, pixels_needed


def test_what_the_network_sees_is_bands_first_from_zero_to_one(tiny_model):
    seen = network_input(Image(np.full((50, 40, 3), (255, 51, 0), dtype=np.uint8)), tiny_model)
    assert (seen.shape, seen.dtype) == ((3, 32, 32), np.float32)
    assert np.allclose(seen.mean(axis=(1, 2)), [1, 0.2, 0])
    assert seen.flags.c_contiguous


@pytest.mark.parametrize("shape", [(100, 100), (100, 160), (160, 100)])
def test_the_central_square_is_cut_out(tiny_model, shape):
    pixels = np.zeros((*shape, 3), dtype=np.uint8)
    top, left = shape[0] // 2 - 25, shape[1] // 2 - 25
    pixels[top : top + 50, left : left + 50] = 255
    half = network_input(Image(pixels), replace(tiny_model, crop_fraction=0.5))
    whole = network_input(Image(pixels), replace(tiny_model, crop_fraction=1.0))
    assert (half[:, 1:-1, 1:-1] == 1).all()  # the outermost pixels blend with what lies behind the edge
    assert whole.mean() == pytest.approx(0.25, abs=0.01)


def test_rows_stay_rows_and_columns_columns(tiny_model):
    pixels = np.zeros((64, 64, 3), dtype=np.uint8)
    pixels[:32] = 200
    seen = network_input(Image(pixels), tiny_model)
    assert seen[0, 0].min() > 0.7
    assert seen[0, -1].max() < 0.1


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
def test_pictures_of_any_mode_become_three_bands(tiny_model, tmp_path, mode):
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    Pillow.new("RGB", (60, 60), (255, 255, 255)).convert(mode).save(path)
    seen = network_input(read_image(path), tiny_model)
    assert seen.shape == (3, 32, 32)
    assert (seen > 0.95).all()


@pytest.mark.parametrize("suffix", ["png", "fits"])
def test_measurements_go_through_the_stretch(tiny_model, tmp_path, suffix):
    y, x = np.mgrid[-30:30, -30:30]
    light = (60_000 * np.exp(-np.hypot(x, y) / 8)).astype(np.uint16)
    path = tmp_path / f"galaxy.{suffix}"
    if suffix == "png":
        Pillow.fromarray(light).save(path)
    else:
        from astropy.io import fits

        fits.PrimaryHDU(light.astype(np.float32)).writeto(path)
    seen = network_input(read_image(path), tiny_model)
    assert 0 <= seen.min() < 0.2
    assert 0.8 < seen[:, 15:17, 15:17].mean() <= 1
    assert (seen[0] == seen[2]).all()


def test_a_network_of_one_channel_sees_the_mean_of_the_colours(tiny_model):
    pixels = np.full((40, 40, 3), (30, 60, 90), dtype=np.uint8)
    seen = network_input(Image(pixels), replace(tiny_model, channels=1))
    assert seen.shape == (1, 32, 32)
    assert np.allclose(seen, 60 / 255)


def test_an_image_keeps_the_pixels_that_the_network_needs(tiny_model, tmp_path):
    path = tmp_path / "large.jpg"
    Pillow.new("RGB", (800, 640)).save(path)
    image = read_image(path, pixels_needed(tiny_model))
    assert min(image.width, image.height) * tiny_model.crop_fraction >= tiny_model.side
