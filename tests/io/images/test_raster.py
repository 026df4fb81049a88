import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.errors import ImageError, ShortMemory
from gzviewer.io.images import raster, read_image

RED = (200, 10, 20)


def test_transparency_shows_the_black_of_the_sky(tmp_path):
    picture = Pillow.new("RGBA", (2, 1), (*RED, 255))
    picture.putpixel((1, 0), (255, 255, 255, 0))
    picture.save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").pixels.tolist() == [[list(RED), [0, 0, 0]]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK"])
def test_every_mode_of_eight_bits_becomes_rgb(tmp_path, mode):
    name = "a.tif" if mode == "CMYK" else "a.png"
    Pillow.new("RGB", (5, 4), (255, 255, 255)).convert(mode).save(tmp_path / name)
    image = read_image(tmp_path / name)
    assert image.pixels.shape == (4, 5, 3)
    assert (image.pixels == 255).all()
    assert not image.is_measured


def test_a_palette_with_a_transparent_colour_is_laid_on_black(tmp_path):
    picture = Pillow.new("P", (2, 2), 0)
    picture.putpalette([255, 255, 255, *RED])
    picture.putpixel((0, 0), 1)
    picture.save(tmp_path / "a.gif", transparency=0)
    assert read_image(tmp_path / "a.gif").pixels[..., 0].tolist() == [[200, 0], [0, 0]]


@pytest.mark.parametrize(
    ("dtype", "name"),
    [(np.uint16, "a.png"), (np.uint16, "a.tif"), (np.float32, "a.tif"), (np.int32, "a.tif")],
)
def test_more_than_eight_bits_are_measurements(tmp_path, dtype, name):
    values = np.array([[0, 300], [40000, 65535]], dtype=dtype)
    Pillow.fromarray(values).save(tmp_path / name)
    image = read_image(tmp_path / name)
    assert image.is_measured
    assert image.note
    np.testing.assert_array_equal(image.pixels, values.astype(np.float32))


def test_a_picture_turned_by_its_camera_is_turned_back(tmp_path):
    picture = Pillow.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").pixels.shape == (40, 20, 3)


@pytest.mark.parametrize(("at_least", "shorter"), [(0, 424), (300, 424), (200, 212), (100, 106), (10, 53)])
def test_a_jpeg_is_decoded_no_larger_than_needed_and_no_smaller_than_asked(tmp_path, at_least, shorter):
    Pillow.new("RGB", (600, 424)).save(tmp_path / "a.jpg")
    image = read_image(tmp_path / "a.jpg", at_least=at_least)
    assert min(image.height, image.width) == shorter


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(raster, "PIXELS_MAX", 99)
    Pillow.new("L", (10, 10)).save(tmp_path / "bomb.png")
    with pytest.raises(ImageError, match=r"bomb.png has more than .* million pixels"):
        read_image(tmp_path / "bomb.png")


def test_a_picture_cut_short_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Pillow.fromarray(noise).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:3000])
    with pytest.raises(ImageError, match=r"a.jpg cannot be decoded"):
        read_image(tmp_path / "a.jpg")


@pytest.fixture
def little_memory():
    """This process may not grow by more than a few megabytes."""
    if sys.platform != "linux":
        pytest.skip("limits are told apart on Linux only")
    import resource

    usual = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**24, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, usual)


@pytest.fixture
def large_picture(tmp_path):
    Pillow.new("L", (9000, 9000)).save(tmp_path / "large.png")
    return tmp_path / "large.png"


def test_a_sound_picture_is_not_called_damaged_where_memory_is_short(large_picture, little_memory):
    with pytest.raises(ShortMemory, match=r"not enough memory free to read large\.png"):
        read_image(large_picture)


def test_a_file_that_asks_for_absurd_memory_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(raster, "_image_of", lambda *_: np.empty(2**58))
    Pillow.new("L", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="cannot be decoded: it asks for more memory") as caught:
        read_image(tmp_path / "a.png")
    assert not isinstance(caught.value, ShortMemory)
