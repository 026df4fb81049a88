"""The pictures that recipes make of measurements."""

import numpy as np
import pytest

from gzviewer.core.image import Image
from gzviewer.core.recipes import picture_of
from gzviewer.core.stretch import DECALS_SCALES, to_rgb

CUBE = np.random.default_rng(5).normal(3, 4, (30, 20, 3)).astype(np.float32)


def test_a_picture_for_the_screen_passes_unchanged():
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert np.shares_memory(picture_of(Image(pixels), "zoobot"), pixels)
    assert np.array_equal(picture_of(Image(pixels), "zoobot"), pixels)


def test_the_recipe_of_lupton_is_that_of_astropy():
    astropy = pytest.importorskip("astropy.visualization")
    expected = astropy.make_lupton_rgb(CUBE[..., 2], CUBE[..., 1], CUBE[..., 0])
    ours = picture_of(Image(CUBE), "lupton")
    assert abs(ours.astype(int) - expected).max() <= 1


def test_one_band_by_lupton_is_grey():
    picture = picture_of(Image(CUBE[..., 0]), "lupton")
    assert (picture == picture[..., :1]).all()
    assert picture.max() > 100


def test_the_scaling_of_zoobot_is_limited_at_its_quantile_and_not_made_whiter():
    band = np.linspace(-7, 50, 10_000, dtype=np.float32).reshape(100, 100)
    picture = picture_of(Image(band), "zoobot")
    high = np.quantile(band, 0.997)
    expected = np.arcsinh((np.clip(band, -7, high) + 7) / (high + 7))
    assert picture == pytest.approx(expected, abs=1e-6)
    assert picture.max() == pytest.approx(0.8814, abs=1e-4)


def test_a_flat_image_is_black_by_zoobot():
    assert not picture_of(Image(np.full((5, 5), 7, np.float32)), "zoobot").any()


def test_bands_i_and_z_have_scales_of_their_own():
    grz = picture_of(Image(CUBE, bands=("g", "r", "z")), "decals")
    gri = picture_of(Image(CUBE, bands=("g", "r", "i")), "decals")
    assert DECALS_SCALES["r"] < DECALS_SCALES["i"] < DECALS_SCALES["z"]
    assert not np.array_equal(grz, gri)


def test_of_five_bands_the_recipe_takes_its_three():
    cube = np.stack([CUBE[..., 0] * 0, *np.moveaxis(CUBE, 2, 0), CUBE[..., 0] * 9], axis=2)
    five = Image(cube, bands=("u", "g", "r", "i", "y"))
    three = Image(CUBE, bands=("g", "r", "i"))
    assert np.array_equal(picture_of(five, "decals"), picture_of(three, "decals"))


@pytest.mark.parametrize("pixels", [CUBE[..., 0], CUBE[..., :2]])
def test_what_the_recipe_of_decals_is_not_for_is_shown_as_on_the_screen(pixels):
    assert np.array_equal(picture_of(Image(pixels), "decals"), to_rgb(Image(pixels)))


@pytest.mark.parametrize("recipe", ["screen", "decals", "lupton", "zoobot"])
def test_pixels_without_a_measurement_are_black(recipe):
    pixels = CUBE.copy()
    pixels[3, 4], pixels[5, 6] = np.nan, -np.inf
    picture = picture_of(Image(pixels), recipe)
    assert not picture[3, 4].any()
    assert not picture[5, 6].any()


@pytest.mark.parametrize("recipe", ["screen", "decals", "lupton", "zoobot"])
@pytest.mark.parametrize("pixels", [CUBE, CUBE[..., 0]])
def test_a_part_is_drawn_as_it_is_in_the_whole_picture(recipe, pixels):
    part = (slice(5, 20), slice(3, 17))
    whole = picture_of(Image(pixels), recipe)
    assert picture_of(Image(pixels), recipe, part) == pytest.approx(whole[part], abs=1)


@pytest.mark.parametrize("recipe", ["decals", "lupton"])
def test_strips_of_a_large_image_are_put_together_again(recipe):
    cube = np.tile(CUBE, (80, 100, 1))[:2401]
    picture = picture_of(Image(cube), recipe)
    assert picture.shape == cube.shape
    assert np.array_equal(picture[-1], picture_of(Image(cube[-1:]), recipe)[0])
