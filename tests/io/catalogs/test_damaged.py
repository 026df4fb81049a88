"""Catalogs damaged by a bit, cut short, or made to fill the memory: a catalog or an error in a sentence."""

import csv
import gzip
import random

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import parquet

from gzviewer.core.catalog import Catalog
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.images import gzipped

COLUMNS = {
    "objid": np.arange(30) + 587722952231026744,
    "ra": np.linspace(0, 359, 30),
    "dec": np.linspace(-80, 80, 30),
    "kind": np.array(["spiral", "odd"] * 15),
}
NAMES = ("a.csv", "a.csv.gz", "a.fits", "a.fits.gz", "a.vot", "a.parquet")


def write(path):
    if path.suffix == ".parquet":
        # Without its pages' compression, which would hide most of the damage behind one sentence
        parquet.write_table(pa.table(COLUMNS), path, compression="none")
    elif path.suffix == ".vot":
        Table(COLUMNS).write(path, format="votable")
    elif path.name == "a.csv.gz":
        Table(COLUMNS).write(path.with_suffix(""), format="csv")
        path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))
    else:
        Table(COLUMNS).write(path)


def damaged(content, chance, end):
    place = chance.randrange(end)
    if chance.random() < 0.25:
        return content[:place]
    return content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]


def outcome(path):
    """What came of a file; anything but a catalog or a `CatalogError` ends the test."""
    try:
        catalog = open_catalog(path)
        for name in catalog.column_names:
            catalog.column(name)
    except CatalogError as error:
        assert path.name in error.what
        assert "\n" not in error.what
        return error
    return catalog


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_catalog_is_a_catalog_or_an_error_in_a_sentence(tmp_path, name):
    write(tmp_path / name)
    content, chance = (tmp_path / name).read_bytes(), random.Random(11)
    # Not the end of a Parquet file: pyarrow itself ends the program at some of its damages
    end = len(content) - int.from_bytes(content[-8:-4], "little") if name == "a.parquet" else len(content)
    for _ in range(60):
        (tmp_path / name).write_bytes(damaged(content, chance, end))
        assert isinstance(outcome(tmp_path / name), Catalog | CatalogError)


@pytest.mark.parametrize("kind", ["BINTABLX", "A3DTABLE", "XXXXXXXX"])
def test_a_fits_extension_of_an_unknown_kind_is_passed_over(tmp_path, kind):
    write(tmp_path / "a.fits")
    content = (tmp_path / "a.fits").read_bytes()
    (tmp_path / "a.fits").write_bytes(content.replace(b"'BINTABLE'", b"'%s'" % kind.encode()))
    assert isinstance(outcome(tmp_path / "a.fits"), Catalog | CatalogError)


@pytest.mark.parametrize(("card", "value"), [("BITPIX", "X"), ("NAXIS1", "0"), ("NAXIS2", "999999999")])
def test_a_fits_table_that_contradicts_itself_is_an_error_in_a_sentence(tmp_path, card, value):
    write(tmp_path / "a.fits")
    content = (tmp_path / "a.fits").read_bytes()
    place = content.index(f"{card:8}= ".encode(), 2880)
    (tmp_path / "a.fits").write_bytes(content[: place + 10] + f"{value:>20}".encode() + content[place + 30 :])
    assert isinstance(outcome(tmp_path / "a.fits"), CatalogError)


def test_a_cell_longer_than_pythons_reader_takes_is_an_error_in_a_sentence(tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n1,2\n2,3\n3," + "9" * (csv.field_size_limit() + 1) + "\n")
    assert "is no table" in str(outcome(tmp_path / "a.csv"))


def test_an_integer_of_thousands_of_digits_is_text(tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n1,2\n2," + "9" * 5000 + "\n")
    assert outcome(tmp_path / "a.csv").column("x").tolist() == ["2", "9" * 5000]


def test_parquet_text_that_is_no_utf8_is_an_error_in_a_sentence(tmp_path):
    broken = pa.array([b"a\xff", b"b"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"id": [1, 2], "name": broken}), tmp_path / "a.parquet")
    assert isinstance(outcome(tmp_path / "a.parquet"), CatalogError)


def test_a_votable_that_astropy_ends_with_one_of_its_warnings_is_an_error_in_a_sentence(tmp_path):
    write(tmp_path / "a.vot")
    text = (tmp_path / "a.vot").read_text()
    (tmp_path / "a.vot").write_text(text.replace("<FIELD", "<FIELX").replace("</FIELD", "</FIELX"))
    assert isinstance(outcome(tmp_path / "a.vot"), CatalogError)
    (tmp_path / "a.vot").write_text(text.replace(' ID="ra"', "").replace(' name="ra"', ""))
    assert isinstance(outcome(tmp_path / "a.vot"), Catalog | CatalogError)


def test_an_infinite_right_ascension_is_unknown(tmp_path):
    (tmp_path / "a.csv").write_text("id,ra,dec\na,inf,1\nb,-inf,2\nc,10,inf\nd,1e308,3\ne,5,6\n")
    catalog = open_catalog(tmp_path / "a.csv")
    np.testing.assert_array_equal(catalog.ra, [np.nan, np.nan, np.nan, np.nan, 5])
    np.testing.assert_array_equal(catalog.dec, [np.nan, np.nan, np.nan, np.nan, 6])


@pytest.mark.parametrize("name", ["a.csv.gz", "a.fits.gz"])
def test_a_packed_catalog_that_unpacks_into_too_much_or_is_damaged_is_refused(tmp_path, monkeypatch, name):
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-8] + bytes([content[-8] ^ 1]) + content[-7:])
    assert "cannot be unpacked: it is damaged" in str(outcome(tmp_path / name))
    monkeypatch.setattr(gzipped, "ALWAYS_ALLOWED", 1_000)
    start = b"SIMPLE  =" if "fits" in name else b"id,x\n"
    (tmp_path / name).write_bytes(gzip.compress(start + b"1" * 1_000_000))
    assert "unpacks into more than" in str(outcome(tmp_path / name))


def test_a_number_of_damaged_bits_is_no_position(tmp_path):
    ra = np.array([0x7FF0_0000_0000_0001, 0], dtype=np.uint64).view(
        np.float64
    )  # a NaN that processors object to
    Table({"objid": [1, 2], "ra": ra, "dec": [1.0, 2.0]}).write(tmp_path / "a.fits")
    np.testing.assert_array_equal(open_catalog(tmp_path / "a.fits").ra, [np.nan, 0])
