import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from astropy.io import fits

from gzviewer.core.errors import ImageError
from gzviewer.io.images import read_image

NAN = math.nan
GRZ = ("g", "r", "z")
# File: shape, bands, arcsec per pixel, north_deg, extension
REAL = {
    "COSMOS_147246.fits": ((60, 60), (), 0.396, 80.2, "PRIMARY"),
    "DES_000000_44.440647_-28.792948.fits": ((50, 50, 3), (), 0.263, 0.2, "0, 1, 2"),
    "EPFL_candID0028812_r.fits": ((44, 44), ("R.MP9602",), 0.186, -0.2, "PRIMARY"),
    "M51.fits": ((512, 512), (), NAN, NAN, "PRIMARY"),
    "astropy_comp.fits": ((300, 440), (), 7.0, -0.26, "COMPRESSED_IMAGE"),
    "astropy_double_ext.fits": ((5, 5), (), NAN, NAN, "ccd00"),
    "astropy_o4sp040b0_raw.fits": ((44, 62), (), NAN, NAN, "SCI"),
    "astropy_scale.fits": ((21, 20), ("H",), 4.9995, 0.3, "PRIMARY"),
    "astropy_test0.fits": ((40, 40), (), NAN, NAN, "SCI"),
    "compressed_with_nan.fits": ((12, 12), (), NAN, NAN, "COMPRESSED_IMAGE"),
    "decals_grz_a.fits": ((424, 424, 3), GRZ, 0.1225, 0.0, "PRIMARY"),
    "decals_grz_b.fits": ((424, 424, 3), GRZ, 0.1014, 0.0, "PRIMARY"),
    "decals_grz_bad_pix.fits": ((424, 424, 3), GRZ, 0.1302, 0.0, "PRIMARY"),
    "decals_grz_c.fits": ((424, 424, 3), GRZ, 0.1432, 0.0, "PRIMARY"),
    "decals_grz_e.fits": ((424, 424, 3), GRZ, 0.1414, 0.0, "PRIMARY"),
    "decals_grz_extended.fits": ((424, 424, 3), GRZ, 1.0, 0.0, "PRIMARY"),
    "decals_grz_small.fits": ((225, 225, 3), GRZ, 0.262, 0.0, "PRIMARY"),
    "dss.14.29.56-62.41.05.fits.gz": ((100, 100), (), 1.6995, -1.5, "PRIMARY"),
    "gzbayes_a.fits": ((509, 509, 3), GRZ, 0.262, 0.0, "PRIMARY"),
    "gzbayes_b.fits": ((162, 162, 3), GRZ, 0.262, 0.0, "PRIMARY"),
    "hstx2366y9367.r.fits": ((199, 199), (), NAN, NAN, "PRIMARY"),
    "hstx3003y8469.r.fits": ((199, 199), (), NAN, NAN, "PRIMARY"),
    "hstx5300y3539.r.fits": ((199, 199), (), NAN, NAN, "PRIMARY"),
    "hstx7346y10097.r.fits": ((199, 199), (), NAN, NAN, "PRIMARY"),
    "j94f05bgq_flt.fits": ((1, 1), (), 0.0491, -154.4, "SCI"),
    "m13.fits": ((300, 300), (), 0.9997, 0.0, "PRIMARY"),
    "m13_gzip.fits": ((300, 300), (), 0.9997, 0.0, "COMPRESSED_IMAGE"),
    "m13_hcomp.fits": ((300, 300), (), 0.9997, 0.0, "COMPRESSED_IMAGE"),
    "m13_plio.fits": ((300, 300), (), 0.9997, 0.0, "COMPRESSED_IMAGE"),
    "m13_rice.fits": ((300, 300), (), 0.9997, 0.0, "COMPRESSED_IMAGE"),
    "radio_cube.fits": ((4, 3), (), 0.12, 0.0, "PRIMARY"),
    "rice_dither2.fits.fz": ((100, 100), (), NAN, NAN, "COMPRESSED_IMAGE"),
    "sep_image.fits": ((256, 256), (), NAN, NAN, "PRIMARY"),
    "spitzer_example_image.fits": ((513, 1025), (), 1.2, 62.0, "PRIMARY"),
    "tpv.fits.gz": ((512, 512), ("I",), 0.259, -88.1, "PRIMARY"),
}
REFUSED = {
    "astropy_blank.fits": "has no pixel with a value",
    "astropy_table.fits": "holds no image: there are only tables in it",
    "decals_grz_truncated.fits": "is cut short",
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_is_read_as_what_it_is(real_data, name):
    shape, bands, scale, north, extension = REAL[name]
    image = read_image(real_data / "fits" / name)
    assert (image.pixels.shape, image.bands, image.extension) == (shape, bands, extension)
    assert image.pixels.dtype == np.float32
    assert image.arcsec_per_pixel == pytest.approx(scale, abs=5e-4, nan_ok=True)
    assert image.north_deg == pytest.approx(north, abs=0.06, nan_ok=True)
    assert not image.is_mirrored


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_that_holds_no_image_is_refused_in_a_sentence(real_data, name):
    with pytest.raises(ImageError, match=REFUSED[name]) as caught:
        read_image(real_data / "fits" / name)
    assert name in caught.value.what


def test_every_real_file_is_expected_to_do_one_or_the_other(real_data):
    here = {path.name for path in (real_data / "fits").iterdir() if path.name != "README.md"}
    assert here == REAL.keys() | REFUSED.keys()


def test_the_five_compressions_of_one_image_agree(real_data):
    plain = read_image(real_data / "fits" / "m13.fits").pixels
    for kind in ("gzip", "plio", "rice"):
        np.testing.assert_array_equal(read_image(real_data / "fits" / f"m13_{kind}.fits").pixels, plain)
    lossy = read_image(real_data / "fits" / "m13_hcomp.fits").pixels
    assert np.abs(lossy - plain).mean() < 0.02 * plain.std()


def card_image(**cards):
    header = fits.Header()
    header.update({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 30.0})
    header.update({"CRPIX1": 5.5, "CRPIX2": 5.5, "CD1_1": -1e-4, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 1e-4})
    header.update(cards)
    return fits.ImageHDU(np.ones((10, 10), dtype=np.float32), header)


def test_north_and_handedness_are_those_of_the_shown_picture(tmp_path):
    turned = np.radians(30)  # counter-clockwise, as seen with east to the left
    cards = {
        "CD1_1": -1e-4 * np.cos(turned),
        "CD1_2": -1e-4 * np.sin(turned),
        "CD2_1": -1e-4 * np.sin(turned),
        "CD2_2": 1e-4 * np.cos(turned),
    }
    for mirrored in (False, True):
        sign = -1 if mirrored else 1
        cards |= {"CD1_1": sign * cards["CD1_1"], "CD1_2": sign * cards["CD1_2"]}
        fits.HDUList([fits.PrimaryHDU(), card_image(**cards)]).writeto(tmp_path / "a.fits", overwrite=True)
        image = read_image(tmp_path / "a.fits")
        assert image.arcsec_per_pixel == pytest.approx(0.36, rel=1e-6)
        assert image.north_deg == pytest.approx(30, abs=0.01)
        assert image.is_mirrored is mirrored


def test_a_cutout_far_from_the_middle_of_its_tile_has_its_own_north(tmp_path):
    near_pole = card_image(CRVAL2=88.0, CRPIX1=15000.0)
    fits.HDUList([fits.PrimaryHDU(), near_pole]).writeto(tmp_path / "a.fits")
    assert abs(read_image(tmp_path / "a.fits").north_deg) > 20


def test_extensions_of_several_bands_become_one_image_from_blue_to_red(tmp_path):
    planes = [card_image(BAND=band) for band in "zgr"]
    for plane, value in zip(planes, (3, 1, 2), strict=True):
        plane.data *= value
    fits.HDUList([fits.PrimaryHDU(), *planes]).writeto(tmp_path / "a.fits")
    image = read_image(tmp_path / "a.fits")
    assert image.bands == ("g", "r", "z")
    assert image.pixels[0, 0].tolist() == [1, 2, 3]


def test_how_many_extensions_hold_an_image_is_told(real_data):
    counts = {"astropy_test0.fits": 4, "j94f05bgq_flt.fits": 2, "m13_rice.fits": 1}
    bands_of_one_image = {"DES_000000_44.440647_-28.792948.fits": 1}
    for name, count in (counts | bands_of_one_image).items():
        assert read_image(real_data / "fits" / name).extension_count == count


def test_errors_and_masks_beside_an_image_are_no_bands(tmp_path):
    planes = [card_image(EXTNAME=name) for name in ("SCI", "ERR", "DQ")]
    fits.HDUList([fits.PrimaryHDU(), *planes]).writeto(tmp_path / "a.fits")
    image = read_image(tmp_path / "a.fits")
    assert (image.pixels.shape, image.extension) == ((10, 10), "SCI")


@pytest.mark.parametrize(
    ("shape", "cards", "expected", "bands", "note"),
    [
        ((3, 5, 6), {"BANDS": "grz"}, (5, 6, 3), ("g", "r", "z"), ""),
        ((3, 5, 6), {"BANDS": "z,r,g"}, (5, 6, 3), ("g", "r", "z"), ""),
        ((2, 5, 6), {}, (5, 6, 2), (), ""),
        ((1, 5, 6), {}, (5, 6), (), ""),
        ((40, 5, 6), {}, (5, 6), (), "plane 1 of 40"),
        ((4, 5, 6), {"CTYPE3": "VRAD"}, (5, 6), (), "plane 1 of 4"),
        ((30, 40, 3), {}, (30, 40, 3), (), "the last axis was taken for the bands"),
        ((1, 4, 5, 6), {}, (5, 6), (), "the first plane of a 4-D cube"),
    ],
)
def test_a_cube_is_bands_or_one_plane_of_it_with_a_note(tmp_path, shape, cards, expected, bands, note):
    hdu = fits.PrimaryHDU(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    hdu.header.update(cards)
    hdu.writeto(tmp_path / "a.fits")
    image = read_image(tmp_path / "a.fits")
    assert (image.pixels.shape, image.bands, image.note) == (expected, bands, note)


def test_scaled_integers_and_blank_ones_become_values_and_nan(tmp_path):
    hdu = fits.PrimaryHDU(np.array([[1, -32768], [3, 4]], dtype=np.int16))
    hdu.header.update({"BSCALE": 0.5, "BZERO": 10.0, "BLANK": -32768, "BUNIT": "nanomaggy"})
    hdu.writeto(tmp_path / "a.fits")
    with fits.open(tmp_path / "a.fits", mode="update", do_not_scale_image_data=True) as again:
        again[0].header.update({"BSCALE": 0.5, "BZERO": 10.0})
    image = read_image(tmp_path / "a.fits")
    assert image.unit == "nanomaggy"
    assert np.isnan(image.pixels).sum() == 1


def test_many_threads_read_at_once_and_leave_the_warnings_as_they_were(tmp_path):
    fits.HDUList([fits.PrimaryHDU(), card_image(RADECSYS="FK5")]).writeto(tmp_path / "a.fits")
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(read_image, [tmp_path / "a.fits"] * 40))
    assert len({image.north_deg for image in images}) == 1
