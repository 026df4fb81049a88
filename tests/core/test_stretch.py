import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from gzviewer.core.image import Image
from gzviewer.core.stretch import KINDS, LIMITS, Stretch, decals_rgb, limits_of, to_rgb

ANY_FLOATS = numpy_st.arrays(
    np.float32,
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 2, 3, 5])),
    elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
)


def galaxy(*, bands=3, noise=1.0, size=64):
    """A round galaxy of 300 times the noise on a flat sky; the last band is the brightest."""
    y, x = np.indices((size, size)) - size / 2
    light = 300 * np.exp(-np.hypot(x, y) / 6)
    colours = np.linspace(0.5, 1.5, bands)
    return (
        light[..., None] * colours + np.random.default_rng(1).normal(0, noise, (size, size, bands)) + 50
    ).astype(np.float32)


@given(pixels=ANY_FLOATS, kind=st.sampled_from(KINDS), limits=st.sampled_from(LIMITS), inverted=st.booleans())
def test_whatever_the_pixels_hold_a_picture_comes_out_and_nan_is_black(pixels, kind, limits, inverted):
    with np.errstate(all="ignore"):  # of infinities, which images do not have but files can
        rgb = to_rgb(Image(pixels), Stretch(kind, limits, inverted=inverted))
    assert rgb.shape == (*pixels.shape[:2], 3)
    assert rgb.dtype == np.uint8
    assert (rgb[np.isnan(pixels).all(axis=2)] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_scale_keeps_the_order_of_brightness_from_black_to_white(kind):
    ramp = np.linspace(-5, 20, 400, dtype=np.float32).reshape(20, 20)
    grey = to_rgb(Image(ramp), Stretch(kind, "Min Max"))[..., 0].ravel().astype(int)
    assert (np.diff(grey) >= 0).all()
    assert grey[0] <= 1
    assert grey[-1] >= 254


def test_inverted_is_the_complement():
    image = Image(galaxy(bands=1)[..., 0])
    total = to_rgb(image).astype(int) + to_rgb(image, Stretch(inverted=True))
    assert total.min() >= 255
    assert total.max() <= 256  # both are rounded


def test_a_picture_for_the_screen_passes_unchanged():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(to_rgb(Image(pixels)), pixels)
    assert np.array_equal(to_rgb(Image(pixels), Stretch(inverted=True)), 255 - pixels)


def test_limits_leave_out_the_share_of_pixels_they_name():
    values = np.random.default_rng(0).permutation(10_001).astype(np.float32).reshape(1, -1)
    assert limits_of(values, Stretch(limits="90 %")) == pytest.approx((500, 9500))
    assert limits_of(values, Stretch(limits="Min Max")) == (0, 10_000)
    assert limits_of(values, Stretch(limits="User", low=3, high=4)) == (3, 4)


def test_zscale_shows_the_sky_and_not_the_galaxy():
    low, high = limits_of(galaxy(bands=1, size=200)[..., 0], Stretch(limits="ZScale"))
    assert 44 < low < 49
    assert 52 < high < 90


def test_zscale_of_a_flat_or_tiny_image_is_its_range():
    assert limits_of(np.full((9, 9), 7, dtype=np.float32), Stretch(limits="ZScale")) == (7, 7)
    assert limits_of(np.array([[1, 2]], dtype=np.float32), Stretch(limits="ZScale")) == (1, 2)


def test_the_reddest_band_is_red_and_the_sky_is_dark_grey():
    rgb = to_rgb(Image(galaxy(), bands=("a", "b", "c")), Stretch()).astype(int)
    bluer = galaxy()
    bluer[..., 0] += (
        2 * (bluer[..., 2] - 50).clip(20) * (np.indices((64, 64))[1] < 10)
    )  # a blue neighbour at the left
    middle, corner = rgb[30:34, 30:34].mean(axis=(0, 1)), rgb[:10, :10].mean(axis=(0, 1))
    assert middle.min() > 150
    assert corner.max() < 40
    neighbour = to_rgb(Image(bluer))[20:40, 2:8].mean(axis=(0, 1))
    assert neighbour[2] > neighbour[0]


def test_known_bands_keep_the_colour_of_a_red_galaxy():
    grz = galaxy() * np.array([0.3, 1.0, 3.0], dtype=np.float32)
    red, green, blue = to_rgb(Image(grz, bands=("g", "r", "z")))[26:30, 26:30].reshape(-1, 3).mean(axis=0)
    assert red > green > blue


def test_a_colour_picture_without_noise_has_no_division_by_zero():
    flat = np.zeros((8, 8, 3), dtype=np.float32)
    flat[4, 4] = (1, 2, 3)
    rgb = to_rgb(Image(flat))
    assert rgb[4, 4].max() > 200
    assert rgb[0, 0].max() < 30


def test_the_recipe_of_decals_gives_known_colours():
    cube = np.zeros((1, 3, 3), dtype=np.float32)
    cube[0, 1] = (0.008 * 300, 0.014 * 300, 0.019 * 300)  # white in every band
    cube[0, 2] = (0, 0, 0.019 * 300)  # red alone
    dark, white, red = decals_rgb(Image(cube))[0].tolist()
    black = 255 * np.arcsinh(0.5) / (np.arcsinh(300) + np.arcsinh(0.5))
    assert dark == pytest.approx([black] * 3, abs=1)
    assert white == [255] * 3
    assert red == [194, 104, 104]  # by hand: more than 2.5 times its mean, so nearly grey
