"""What a network sees, by the rules that the module states, for whatever the file was."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from gzviewer.core.image import Image
from gzviewer.core.stretch import decals_rgb, to_rgb
from gzviewer.io.images import read_image
from gzviewer.io.manifest import FITS_RECIPES, GREYSCALES, INTERPOLATIONS, RANGES, Manifest
from gzviewer.io.model_input import describe_input, network_input, picture_of_input, pixels_needed, seen_box

MODEL = Manifest(
    folder=Path(),
    name="m",
    title="M",
    family="bundled",
    schema="gz2_ortho_schema",
    label_columns=(),
    weights="weights.safetensors",
    sha256="0" * 64,
    licence="",
    parameters=1,
    provisional=False,
    architectures=("a",),
    channels=3,
    head="none",
    dropout=0.0,
    side=32,
    crop_fraction=0.8,
)
manifests = st.builds(
    replace,
    st.just(MODEL),
    side=st.integers(1, 40),
    crop_fraction=st.floats(0.01, 1),
    channels=st.sampled_from((1, 3)),
    greyscale=st.sampled_from(GREYSCALES),
    interpolation=st.sampled_from(INTERPOLATIONS),
    value_range=st.sampled_from(RANGES),
    fits=st.sampled_from(FITS_RECIPES),
)
sides = st.integers(1, 70)
wild = st.sampled_from((0.0, 1.0, -1e38, 3e38, 1e-40, np.nan, np.inf, -np.inf))


@st.composite
def images(draw):
    """Pictures and measurements of any shape, some of them absurd."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(sides), draw(sides))
    if draw(st.booleans()):
        return Image(chance.integers(0, 256, (*shape, 3), dtype=np.uint8))
    names = draw(st.sampled_from(((), ("r",), ("g", "r", "z"), ("g", "r", "i"), ("u", "g", "r", "i", "z"))))
    count = len(names) or draw(st.integers(1, 4))
    pixels = (10 ** draw(st.floats(-3, 6)) * chance.normal(1, 1, (*shape, count))).astype(np.float32)
    pixels[chance.random(pixels.shape) < draw(st.floats(0, 1))] = draw(wild)
    return Image(pixels[..., 0] if count == 1 else pixels, bands=names)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(images(), manifests)
def test_whatever_the_image_the_network_sees_numbers_in_range(image, manifest):
    seen = network_input(image, manifest)
    low, high = (0, 1) if manifest.value_range == "0..1" else (-2.2, 2.7)
    assert (seen.shape, seen.dtype) == ((manifest.channels, manifest.side, manifest.side), np.float32)
    assert np.isfinite(seen).all()
    assert low <= seen.min() <= seen.max() <= high + 1e-6
    assert seen.flags.c_contiguous


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("shape", [(2100, 2000), (1000, 4300)])
def test_of_a_huge_picture_the_same_square_is_seen(interpolation, shape):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    pixels = np.stack([x // 20 % 256, y // 20 % 256, (x + y) // 40 % 256], axis=2).astype(np.uint8)
    manifest = replace(MODEL, interpolation=interpolation, crop_fraction=0.6)
    how = getattr(Pillow.Resampling, interpolation.upper())
    whole = Pillow.fromarray(pixels).resize((32, 32), how, box=seen_box(shape[1], shape[0], manifest))
    shown = picture_of_input(network_input(Image(pixels), manifest), manifest)
    assert abs(shown.astype(int) - np.asarray(whole)).max() <= 1


def test_a_huge_band_is_stretched_by_the_whole_of_it():
    light = np.random.default_rng(3).normal(0, 1, (2100, 2100)).astype(np.float32)
    light[:100] += 50
    seen = network_input(Image(light), replace(MODEL, crop_fraction=0.3))
    whole = network_input(Image(to_rgb(Image(light))), replace(MODEL, crop_fraction=0.3))
    assert seen == pytest.approx(whole, abs=1.1 / 255)


@pytest.mark.parametrize("shape", [(100, 100), (100, 160), (160, 100)])
def test_the_central_square_is_cut_out(shape):
    pixels = np.zeros((*shape, 3), dtype=np.uint8)
    top, left = shape[0] // 2 - 25, shape[1] // 2 - 25
    pixels[top : top + 50, left : left + 50] = 255
    half = network_input(Image(pixels), replace(MODEL, crop_fraction=0.5))
    whole = network_input(Image(pixels), replace(MODEL, crop_fraction=1.0))
    assert (half[:, 1:-1, 1:-1] == 1).all()  # the outermost pixels blend with what lies behind the edge
    assert whole.mean() == pytest.approx(0.25, abs=0.01)


def test_rows_stay_rows_and_columns_columns():
    pixels = np.zeros((64, 64, 3), dtype=np.uint8)
    pixels[:32] = 200
    seen = network_input(Image(pixels), MODEL)
    assert seen[0, 0].min() > 0.7
    assert seen[0, -1].max() < 0.1


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
def test_pictures_of_any_mode_become_three_bands(tmp_path, mode):
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    Pillow.new("RGB", (60, 60), (255, 255, 255)).convert(mode).save(path)
    seen = network_input(read_image(path), MODEL)
    assert seen.shape == (3, 32, 32)
    assert (seen > 0.95).all()


def test_what_is_transparent_is_black(tmp_path):
    layer = np.full((40, 40, 4), 255, dtype=np.uint8)
    layer[:20, :, 3] = 0
    Pillow.fromarray(layer).save(tmp_path / "half.png")
    seen = network_input(read_image(tmp_path / "half.png"), MODEL)
    assert seen[:, :14].max() == 0
    assert seen[:, 18:].min() == 1


@pytest.mark.parametrize("suffix", ["png", "fits"])
@pytest.mark.parametrize("recipe", ["screen", "zoobot"])
def test_measurements_go_through_the_recipe(tmp_path, suffix, recipe):
    y, x = np.mgrid[-30:30, -30:30]
    light = (60_000 * np.exp(-np.hypot(x, y) / 8)).astype(np.uint16)
    path = tmp_path / f"galaxy.{suffix}"
    if suffix == "png":
        Pillow.fromarray(light).save(path)
    else:
        from astropy.io import fits

        fits.PrimaryHDU(light.astype(np.float32)).writeto(path)
    seen = network_input(read_image(path), replace(MODEL, fits=recipe))
    assert 0 <= seen.min() < 0.2
    assert 0.7 < seen[:, 15:17, 15:17].mean() <= 1
    assert (seen[0] == seen[2]).all()


def test_one_band_is_stretched_as_the_screen_does_it():
    light = np.random.default_rng(1).normal(5, 2, (90, 70)).astype(np.float32)
    light[10, 10] = np.nan
    whole = network_input(Image(to_rgb(Image(light))), MODEL)
    assert np.array_equal(network_input(Image(light), MODEL), whole)


def test_the_two_kinds_of_grey_weigh_the_colours_differently():
    pixels = Image(np.full((40, 40, 3), (30, 60, 90), dtype=np.uint8))
    one = replace(MODEL, channels=1)
    assert np.allclose(network_input(pixels, one), 60 / 255)
    luma = 0.2989 * 30 + 0.587 * 60 + 0.114 * 90
    assert np.allclose(network_input(pixels, replace(one, greyscale="luma")), luma / 255, atol=1e-6)


def test_the_range_of_imagenet_can_be_shown_as_it_was():
    pixels = Image(np.random.default_rng(2).integers(0, 256, (50, 50, 3), dtype=np.uint8))
    shifted = replace(MODEL, value_range="imagenet")
    plain, seen = network_input(pixels, MODEL), network_input(pixels, shifted)
    assert seen[0] == pytest.approx((plain[0] - 0.485) / 0.229, abs=1e-5)
    assert np.array_equal(picture_of_input(seen, shifted), picture_of_input(plain, MODEL))


@pytest.mark.parametrize("name", ["decals_grz_a.fits", "decals_grz_bad_pix.fits"])
def test_the_recipe_of_decals_finds_its_bands(real_data, name):
    with warnings.catch_warnings(action="ignore"):
        cube = read_image(real_data / "fits" / name)
    expected = network_input(Image(decals_rgb(cube)), MODEL)
    decals = replace(MODEL, fits="decals")
    turned = replace(cube, pixels=cube.pixels[..., ::-1], bands=("z", "r", "g"))
    assert np.array_equal(network_input(replace(cube, bands=()), decals), expected)
    assert np.array_equal(network_input(turned, decals), expected)
    assert not np.array_equal(network_input(cube, MODEL), expected)


def test_an_image_keeps_the_pixels_that_the_network_needs(tmp_path):
    path = tmp_path / "large.jpg"
    Pillow.new("RGB", (800, 640)).save(path)
    image = read_image(path, pixels_needed(MODEL))
    assert min(image.width, image.height) * MODEL.crop_fraction >= MODEL.side


def test_the_recipe_is_told_in_short_lines():
    lines = describe_input(
        replace(MODEL, crop_fraction=1 / 1.2, side=224, channels=1, greyscale="luma", views=8)
    )
    assert lines[0] == "central 83 % of the shorter side"
    assert "bilinear to 224 × 224" in lines[1]
    assert lines[2].startswith("luma")
    assert lines[-1] == "seen 8 times, turned and mirrored"
    assert max(map(len, lines)) < 75


@pytest.mark.parametrize("recipe", FITS_RECIPES)
@pytest.mark.parametrize("value_range", RANGES)
def test_every_choice_has_words(recipe, value_range):
    lines = describe_input(replace(MODEL, fits=recipe, value_range=value_range))
    assert len(set(lines)) == len(lines) == 5
