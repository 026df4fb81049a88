"""Which columns are positions and ids: by name, by what they mean (UCD), by unit."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import Table

from gzviewer.core.catalog import ColumnInfo
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.catalogs.names import POSITIONS, id_candidates, position_names

RA, DEC = np.array([10.5, 200.25]), np.array([-5.0, 60.5])


def columns(*names, **units):
    return [ColumnInfo(name, "float", units.get(name, "")) for name in (*names, *units)]


@pytest.mark.parametrize(
    "names",
    [
        ("RAdeg", "DEdeg"),
        ("_RAJ2000", "_DEJ2000"),
        ("RAJ2000", "DEJ2000"),
        ("ALPHA_J2000", "DELTA_J2000"),
        ("RA_ICRS", "DE_ICRS"),
        ("RA", "Dec"),
        ("_RA.icrs", "_DE.icrs"),
    ],
)
def test_positions_are_recognised_by_the_names_of_surveys_cds_and_sextractor(names):
    assert position_names(columns("x", *names, "z"), {}) == names
    assert tuple(name.lower() for name in names) in POSITIONS


def test_both_coordinates_are_taken_from_one_pair():
    assert position_names(columns("dec", "RAJ2000", "DEJ2000"), {}) == ("RAJ2000", "DEJ2000")
    assert position_names(columns("ra", "delta"), {}) == ("ra", "delta")
    assert position_names(columns("x", "y"), {}) == ("", "")


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ("pos.eq.ra;meta.main", "pos.eq.dec;meta.main"),
        ("POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN"),
        ("pos.eq.ra", "pos.eq.dec"),
    ],
)
def test_positions_without_a_known_name_are_recognised_by_ucd(ra, dec):
    there = columns("RAB1950", "DEB1950", "lon", "lat", "lon_error")
    ucds = {"RAB1950": "pos.eq.ra", "DEB1950": "pos.eq.dec", "lon": ra, "lat": dec, "lon_error": "stat.error"}
    assert position_names(there, ucds) == ("lon", "lat")
    assert position_names(columns("ra", "dec", "lon", "lat"), ucds) == ("ra", "dec")


def test_positions_without_name_or_ucd_are_recognised_by_unit():
    assert position_names(columns(a='"h:m:s"', b='"d:m:s"', c="mag"), {}) == ("a", "b")
    assert position_names(columns(a="h:m:s", b="h:m:s", c="d:m:s"), {}) == ("", "")


def test_ids_without_a_known_name_are_recognised_by_ucd():
    there = [ColumnInfo("field", "int"), ColumnInfo("Seq", "int"), ColumnInfo("flux", "float")]
    assert id_candidates(there, {"Seq": "meta.id;meta.main"}) == ["Seq"]
    assert id_candidates(there, {"Seq": "ID_MAIN"}) == ["Seq"]
    assert id_candidates(there)[0] == "field"


@pytest.mark.parametrize("name", ["a.vot", "a.fits", "a.fits.gz"])
def test_ucds_are_read_from_votable_and_fits(tmp_path, name):
    table = Table({"field": [5, 5], "Seq": [8, 7], "lon": RA, "lat": DEC})
    ucds = ("", "meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main")
    if name == "a.vot":
        votable = from_table(table)
        for field, ucd in zip(votable.get_first_table().fields, ucds, strict=True):
            field.ucd = ucd or None
        votable.to_xml(str(tmp_path / name))
    else:
        extension = fits.table_to_hdu(table)
        extension.header.update({f"TUCD{place}": ucd for place, ucd in enumerate(ucds, start=1)})
        extension.writeto(tmp_path / name)
    catalog = open_catalog(tmp_path / name)
    assert catalog.ids.tolist() == ["8", "7"]
    np.testing.assert_array_equal([catalog.ra, catalog.dec], [RA, DEC])


@pytest.mark.parametrize(
    ("unit", "factor"), [("hourangle", 15), ("h", 15), ("rad", 180 / np.pi), ("arcmin", 1 / 60), ("deg", 1)]
)
def test_coordinates_in_another_unit_become_degrees(tmp_path, unit, factor):
    table = Table({"objid": [1, 2], "ra": RA / factor, "dec": DEC})
    extension = fits.table_to_hdu(table)
    extension.header["TUNIT2"] = unit
    extension.writeto(tmp_path / "a.fits")
    np.testing.assert_allclose(open_catalog(tmp_path / "a.fits").ra, RA)


def test_text_of_hours_minutes_and_seconds_from_vizier_becomes_degrees(tmp_path):
    table = Table({"RAJ2000": ["01 00 00.0", "12 30 00.0"], "DEJ2000": ["-10 30 00", "+00 06 00"]})
    from_table(table).to_xml(str(tmp_path / "a.vot"))
    text = (tmp_path / "a.vot").read_text()
    for name, unit in (("RAJ2000", "h:m:s"), ("DEJ2000", "d:m:s")):
        text = text.replace(f'name="{name}"', f'name="{name}" unit="&quot;{unit}&quot;"')
    (tmp_path / "a.vot").write_text(text)
    catalog = open_catalog(tmp_path / "a.vot")
    np.testing.assert_allclose([catalog.ra, catalog.dec], [[15, 187.5], [-10.5, 0.1]])
