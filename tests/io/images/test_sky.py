import warnings

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame

from gzviewer.io.images import read_image

# Distortions (TPV, SIP), three bands, galactic, FK5 and FK4 coordinates, a reference point far away; one pixel
REAL = (
    "tpv.fits.gz",
    "COSMOS_147246.fits",
    "decals_grz_a.fits",
    "spitzer_example_image.fits",
    "j94f05bgq_flt.fits",
    "astropy_comp.fits",
    "DES_000000_44.440647_-28.792948.fits",
)
ERROR_PIXELS = 0.01  # what gzviewer.io.images.sky promises


def points(image, count=2000):
    """Points all over a picture: pixels from its top left corner, x and y."""
    return np.random.default_rng(0).uniform(size=(2, count)) * [[image.width], [image.height]]


def error_pixels(path, image, frame=None):
    """How far the positions that an image tells are from those of astropy, at its points."""
    x, y = points(image)
    with warnings.catch_warnings(), fits.open(path) as extensions:
        warnings.simplefilter("ignore")
        header = next(each.header for each in extensions if each.is_image and len(each.shape) > 1)
        wcs = WCS(header, extensions, naxis=2)
        world = wcs.all_pix2world(x - 0.5, image.height - y - 0.5, 0)
    exact = SkyCoord(*world, unit="deg", frame=frame or wcs_to_celestial_frame(wcs)).icrs
    ra, dec = image.sky.position(x, y)
    return SkyCoord(ra, dec, unit="deg").separation(exact).arcsec / image.arcsec_per_pixel


@pytest.mark.parametrize("name", REAL)
def test_positions_agree_with_astropy_to_a_hundredth_of_a_pixel(real_data, name):
    path = real_data / "fits" / name
    assert error_pixels(path, read_image(path)).max() < ERROR_PIXELS


def sky_image(path, *, ctype="RA---TAN DEC--TAN", size=(100, 200), scale=1e-4, **cards):
    """An image of `size` (height, width) with these coordinates, `scale` degrees a pixel."""
    hdu = fits.PrimaryHDU(np.ones(size, dtype=np.float32))
    hdu.header.update(zip(("CTYPE1", "CTYPE2"), ctype.split(), strict=True))
    hdu.header.update({"CRVAL1": 150.0, "CRVAL2": 30.0, "CDELT1": -scale, "CDELT2": scale})
    hdu.header.update({"CRPIX1": (size[1] + 1) / 2, "CRPIX2": (size[0] + 1) / 2} | cards)
    hdu.writeto(path, overwrite=True)
    return read_image(path)


def test_the_middle_of_the_picture_is_the_reference_point(tmp_path):
    image = sky_image(tmp_path / "a.fits")
    assert np.allclose(image.sky.position(100, 50), (150, 30), atol=1e-9)
    above = image.sky.position(100, 0)
    assert above[1] == pytest.approx(30 + 50e-4, abs=1e-7)


def test_no_position_is_made_up_beyond_the_picture(tmp_path):
    image = sky_image(tmp_path / "a.fits")
    ra, dec = image.sky.position([-0.1, 0, 200, 200.1, 5], [5, 0, 100, 5, 100.1])
    assert np.isnan(ra).tolist() == np.isnan(dec).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("place", [(0.001, 10.0), (40.0, 89.999)])
def test_neither_ra_zero_nor_a_pole_disturbs(tmp_path, place):
    image = sky_image(tmp_path / "a.fits", CRVAL1=place[0], CRVAL2=place[1], size=(400, 400))
    assert error_pixels(tmp_path / "a.fits", image).max() < ERROR_PIXELS


@pytest.mark.parametrize(
    ("ctype", "frame"),
    [
        ("ELON-TAN ELAT-TAN", "barycentricmeanecliptic"),
        ("SLON-TAN SLAT-TAN", "supergalactic"),
        ("GLAT-TAN GLON-TAN", "galactic"),
    ],
)
def test_north_is_the_celestial_one_in_every_frame(tmp_path, ctype, frame):
    latitude_first = {"CRVAL1": 30.0, "CRVAL2": 150.0} if ctype.startswith("GLAT") else {}
    image = sky_image(tmp_path / "a.fits", ctype=ctype, **latitude_first)
    middle = SkyCoord(150, 30, unit="deg", frame=frame).icrs
    assert np.allclose(image.sky.position(100, 50), (middle.ra.deg, middle.dec.deg), atol=1e-8)
    turn = np.radians(image.north_deg)
    ra, dec = image.sky.position(100 - 30 * np.sin(turn), 50 - 30 * np.cos(turn))
    assert dec - middle.dec.deg == pytest.approx(30e-4, rel=1e-4)
    assert (ra - middle.ra.deg) * np.cos(middle.dec.rad) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("projection", ["AIT", "CAR"])
def test_a_map_of_the_whole_sky_is_read_to_a_tenth_of_a_pixel_away_from_its_rim(tmp_path, projection):
    ctype = f"RA---{projection} DEC--{projection}"
    image = sky_image(tmp_path / "a.fits", ctype=ctype, size=(360, 720), scale=0.5, CRVAL1=0.0, CRVAL2=0.0)
    x, y = points(image)
    is_inner = np.hypot((x - 360) / 360, (y - 180) / 180) < 0.75  # 0.9 is the rim of AIT
    errors = error_pixels(tmp_path / "a.fits", image)[is_inner]
    assert errors.max() < 0.1  # not NaN


def test_coordinates_on_the_sun_have_a_scale_but_neither_north_nor_position(tmp_path):
    image = sky_image(tmp_path / "a.fits", ctype="HPLN-TAN HPLT-TAN", CRVAL1=0.0, CRVAL2=0.0)
    assert image.arcsec_per_pixel == pytest.approx(0.36)
    assert np.isnan(image.north_deg)
    assert image.sky is None
