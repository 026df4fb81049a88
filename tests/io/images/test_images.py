"""What every image reader promises, and that importing them costs nothing."""

import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image as Pillow

from gzviewer.core.errors import ImageError
from gzviewer.io.images import image_suffixes, read_image, readers

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20  # three rows, four columns; row 0 is the top


def write_raster(path):
    Pillow.fromarray(RAMP).convert("RGB").save(path)


def write_fits(path):
    fits.PrimaryHDU(RAMP[::-1].astype(">f4")).writeto(path)


SAMPLES = {
    "raster": [("a.png", write_raster), ("a.TIFF", write_raster)],
    "fits": [("a.fits", write_fits), ("a.FIT.gz", write_fits)],
}


def test_every_reader_has_samples_and_could_be_imported():
    assert set(readers.things) == set(SAMPLES)
    assert not readers.failures


@pytest.mark.parametrize(("name", "write"), [sample for samples in SAMPLES.values() for sample in samples])
def test_every_reader_gives_rows_before_columns_with_the_top_first(tmp_path, name, write):
    write(tmp_path / name)
    image = read_image(tmp_path / name)
    assert (image.height, image.width) == (3, 4)
    assert image.pixels.dtype in (np.uint8, np.float32)
    assert image.pixels.flags.c_contiguous
    first = image.pixels[..., 0] if image.pixels.ndim == 3 else image.pixels
    np.testing.assert_array_equal(first, RAMP)


@pytest.mark.parametrize("suffix", image_suffixes())
@pytest.mark.parametrize(
    "content",
    [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"SIMPLE  =                    T", b"\xff\xd8\xff"],
)
def test_whatever_is_in_a_file_a_fault_is_one_sentence_with_its_name(tmp_path, suffix, content):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(ImageError, match="broken") as caught:
        read_image(path)
    assert caught.value.what.endswith(".")
    assert caught.value.remedy
    assert "\n" not in caught.value.what


@pytest.mark.parametrize(("name", "write"), [("a.png", write_raster), ("a.fits", write_fits)])
def test_a_file_cut_short_anywhere_is_refused_or_read_never_a_crash(tmp_path, name, write):
    write(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        (tmp_path / name).write_bytes(whole[:length])
        try:
            read_image(tmp_path / name)
        except ImageError as error:
            assert name in error.what


def test_an_unknown_suffix_and_a_missing_file_are_said(tmp_path):
    with pytest.raises(ImageError, match="no image format"):
        read_image(tmp_path / "galaxy.doc")
    with pytest.raises(ImageError, match="not there"):
        read_image(tmp_path / "galaxy.png")


def test_finding_the_readers_loads_no_slow_library():
    code = "import sys; from gzviewer.io.images import image_suffixes; image_suffixes(); print('astropy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
