"""Files damaged by a bit, cut short, or made to fill the memory: an image or an error in a sentence, nothing else."""

import gzip
import io
import random
import struct
import zlib

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image as Pillow

from gzviewer.core.errors import ImageError
from gzviewer.core.image import Image
from gzviewer.io.images import fits as fits_images
from gzviewer.io.images import gzipped, raster, read_image

NOISE = np.random.default_rng(0).normal(100, 10, (24, 20)).astype(np.float32)
KINDS = ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1")


def fits_bytes(*extensions):
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *extensions]).writeto(content)
    return content.getvalue()


def compressed(kind):
    pixels = NOISE.astype(np.int32) if kind == "PLIO_1" else NOISE  # which knows nothing else
    return fits_bytes(fits.CompImageHDU(pixels, compression_type=kind, tile_shape=(8, 10)))


def picture_bytes(kind):
    content = io.BytesIO()
    Pillow.fromarray(NOISE.astype(np.uint8)).convert("RGB").save(content, kind)
    return content.getvalue()


SMALL = {
    "a.fits": lambda: fits_bytes(fits.ImageHDU(NOISE)),
    "a.fits.gz": lambda: gzip.compress(fits_bytes(fits.ImageHDU(NOISE))),
    "a.png": lambda: picture_bytes("PNG"),
    "a.jpg": lambda: picture_bytes("JPEG"),
    "a.tif": lambda: picture_bytes("TIFF"),
    "a.gif": lambda: picture_bytes("GIF"),
    "a.bmp": lambda: picture_bytes("BMP"),
    "a.webp": lambda: picture_bytes("WEBP"),
    **{f"{kind}.fits.fz": lambda kind=kind: compressed(kind) for kind in KINDS},
}


def damaged(content, chance):
    """One bit turned over or, one time in four, cut short."""
    place = chance.randrange(len(content))
    if chance.random() < 0.25:
        return content[:place]
    turned = content[place] ^ (1 << chance.randrange(8))
    return content[:place] + bytes([turned]) + content[place + 1 :]


def outcome(path):
    """What came of a file; anything but an image or an `ImageError` ends the test."""
    try:
        return read_image(path)
    except ImageError as error:
        assert path.name in error.what
        assert "\n" not in error.what
        return error


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of tags that it passes over
@pytest.mark.parametrize("name", SMALL)
def test_a_damaged_file_is_an_image_or_an_error_in_a_sentence(tmp_path, name):
    content, chance, path = SMALL[name](), random.Random(7), tmp_path / name
    path.write_bytes(content)
    assert isinstance(read_image(path), Image)
    for _ in range(60):
        path.write_bytes(damaged(content, chance))
        assert isinstance(outcome(path), Image | ImageError)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_compressed_pixels_are_an_image_or_an_error(tmp_path, kind):
    content, chance, path = compressed(kind), random.Random(3), tmp_path / "a.fits.fz"
    start = content.rindex(b"END" + b" " * 77) // 2880 * 2880 + 2880
    for _ in range(60):
        place = start + chance.randrange(len(content.rstrip(b"\0")) - start)
        path.write_bytes(content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :])
        assert isinstance(outcome(path), Image | ImageError)


@pytest.mark.parametrize("sides", [(9, 10), (8, 11), (-8, -10), (2**31 - 1, 1), (0, 10)])
def test_a_tile_that_claims_more_pixels_than_it_has_is_never_unpacked(tmp_path, sides):
    content = compressed("HCOMPRESS_1")
    place = content.index(struct.pack(">2sii", b"\xdd\x99", 8, 10))
    wrong = struct.pack(">2sii", b"\xdd\x99", *sides)
    (tmp_path / "a.fits.fz").write_bytes(content[:place] + wrong + content[place + len(wrong) :])
    with pytest.raises(ImageError, match=r"a.fits.fz cannot be read as FITS: tile 1 is damaged"):
        read_image(tmp_path / "a.fits.fz")


@pytest.mark.parametrize("place", [-8, -5, -1])
def test_a_packed_image_with_another_checksum_or_length_is_refused(tmp_path, place):
    content = bytearray(SMALL["a.fits.gz"]())
    content[place] ^= 1
    (tmp_path / "a.fits.gz").write_bytes(content)
    with pytest.raises(ImageError, match=r"a.fits.gz cannot be unpacked: it is damaged"):
        read_image(tmp_path / "a.fits.gz")


def test_a_packed_image_is_known_by_its_content_not_by_its_name(tmp_path):
    (tmp_path / "packed.fits").write_bytes(SMALL["a.fits.gz"]())
    (tmp_path / "plain.fits.gz").write_bytes(SMALL["a.fits"]())
    for name in ("packed.fits", "plain.fits.gz"):
        np.testing.assert_array_equal(read_image(tmp_path / name).pixels, NOISE[::-1])


def test_a_packed_file_that_unpacks_into_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gzipped, "ALWAYS_ALLOWED", 10_000)
    bomb = b"SIMPLE  =" + bytes(2_000_000)
    (tmp_path / "bomb.fits.gz").write_bytes(gzip.compress(bomb))
    assert len(zlib.compress(bomb)) < 3_000
    with pytest.raises(ImageError, match=r"bomb.fits.gz unpacks into more than 0 million bytes"):
        read_image(tmp_path / "bomb.fits.gz")


@pytest.mark.parametrize("shape", [(10, 10), (4, 5, 5), (2, 2, 5, 5)])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked_planes_counted(
    tmp_path, monkeypatch, shape
):
    planes = fits.CompImageHDU(np.ones(shape, dtype=np.int16), compression_type="GZIP_1")
    (tmp_path / "bomb.fits.fz").write_bytes(fits_bytes(planes))
    monkeypatch.setattr(fits_images, "VALUES_MAX", 100)
    assert isinstance(outcome(tmp_path / "bomb.fits.fz"), Image)
    monkeypatch.setattr(fits_images, "VALUES_MAX", 99)
    assert "million pixels, those of all planes counted" in str(outcome(tmp_path / "bomb.fits.fz"))


def test_a_few_bands_of_which_each_is_small_enough_can_be_too_many_together(tmp_path, monkeypatch):
    bands = [fits.ImageHDU(np.ones((10, 10)), fits.Header({"BAND": band})) for band in "gr"]
    (tmp_path / "a.fits").write_bytes(fits_bytes(*bands))
    monkeypatch.setattr(fits_images, "VALUES_MAX", 199)
    assert "million pixels" in str(outcome(tmp_path / "a.fits"))


def test_no_image_may_fill_the_memory():
    assert raster.PIXELS_MAX == 90_000_000
    assert fits_images.VALUES_MAX == 100_000_000
    assert gzipped.UNPACKED_MAX == 2**30


@pytest.mark.parametrize("pcount", [-820, -1540])
def test_extensions_that_lead_back_to_themselves_are_refused(tmp_path, pcount):
    content = fits_bytes(fits.ImageHDU(np.ones((10, 10), dtype=np.float32)))
    card = b"PCOUNT  =                    0"
    assert card in content
    (tmp_path / "a.fits").write_bytes(content.replace(card, b"PCOUNT  =%21d" % pcount))
    with pytest.raises(ImageError, match=r"a.fits cannot be read as FITS: its extensions overlap"):
        read_image(tmp_path / "a.fits")
