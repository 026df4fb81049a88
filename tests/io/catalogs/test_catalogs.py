"""What every catalog reader promises: the same five galaxies in every format are the same catalog."""

import gzip
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import Table
from PIL import Image as Pillow
from pyarrow import parquet

from gzviewer.core.catalog import Roles
from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs import catalog_suffixes, open_catalog, readers

IDS = [587722952231026744, 587722952231026745, 1237648722819547442, 7, 9223372036854775807]
RA = [0.0, 123.456789, 359.9, 10.5, 200.25]
DEC = [-90.0, 0.5, 45.0, -0.25, 89.5]
FLUX = [1.5, np.nan, 3.25, -4.0, 0.0]
KIND = ["spiral", "", "edge-on, bar", "odd", "ring"]
GOOD = [True, False, True, True, False]
TEXT = "objid,ra,dec,flux,kind,good\n" + "".join(
    f'{id_},{ra},{dec},{"" if np.isnan(flux) else flux},"{kind}",{good}\n'
    for id_, ra, dec, flux, kind, good in zip(IDS, RA, DEC, FLUX, KIND, GOOD, strict=True)
)
COLUMNS = {"objid": np.array(IDS), "ra": RA, "dec": DEC, "flux": FLUX, "kind": KIND, "good": np.array(GOOD)}


def write_csv(path):
    path.write_text(TEXT)


def write_gzipped_csv(path):
    path.write_bytes(gzip.compress(TEXT.encode()))


def write_tabs(path):
    path.write_text(TEXT.replace("edge-on, bar", "edge-on; bar").replace(",", "\t").replace(";", ","))


def write_semicolons_from_windows(path):
    text = (
        TEXT.replace("edge-on, bar", "@").replace(",", ";").replace("@", "edge-on, bar").replace("\n", "\r\n")
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())


def write_parquet(path):
    parquet.write_table(pa.table(COLUMNS), path, row_group_size=2)


def write_fits(path):
    Table(COLUMNS).write(path, format="fits")


def write_votable(path):
    from_table(Table({**COLUMNS, "good": GOOD})).to_xml(str(path))


SAMPLES = {
    "text": [
        ("a.csv", write_csv),
        ("a.CSV.gz", write_gzipped_csv),
        ("a.tsv", write_tabs),
        ("a.txt", write_semicolons_from_windows),
    ],
    "parquet": [("a.parquet", write_parquet)],
    "fits": [("a.fits", write_fits), ("a.fits.gz", write_fits)],
    "votable": [("a.vot", write_votable)],
}
FILES = [sample for samples in SAMPLES.values() for sample in samples]


def test_every_reader_has_samples_and_could_be_imported():
    assert set(readers.things) == SAMPLES.keys() | {"image_folder", "zoobot_hdf5"}
    assert not readers.failures


@pytest.mark.parametrize(("name", "write"), FILES, ids=[name for name, _ in FILES])
def test_the_same_galaxies_in_every_format_are_the_same_catalog(tmp_path, name, write):
    write(tmp_path / name)
    catalog = open_catalog(tmp_path / name)
    assert catalog.ids.tolist() == [str(id_) for id_ in IDS]
    np.testing.assert_allclose(catalog.ra, RA)
    np.testing.assert_allclose(catalog.dec, DEC)
    assert catalog.column_names == ("objid", "ra", "dec", "flux", "kind", "good")
    assert [info.kind for info in catalog.columns] == ["int", "float", "float", "float", "text", "bool"]
    assert (catalog.roles.id, catalog.roles.ra, catalog.roles.dec) == ("objid", "ra", "dec")
    np.testing.assert_array_equal(catalog.column("flux"), FLUX)
    assert catalog.column("kind").tolist() == KIND
    assert catalog.column("good").tolist() == GOOD
    assert all(catalog.column(column).dtype.isnative for column in catalog.column_names)


def test_the_same_galaxies_as_a_folder_of_images_have_the_same_ids(tmp_path):
    for id_ in IDS:
        Pillow.new("RGB", (2, 2)).save(tmp_path / f"{id_}.png")
    catalog = open_catalog(tmp_path)
    assert sorted(catalog.ids) == sorted(str(id_) for id_ in IDS)
    assert all(catalog.image_of(row) == str(tmp_path / f"{catalog.ids[row]}.png") for row in range(5))


@pytest.mark.parametrize("suffix", catalog_suffixes())
@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2\3", b"a word and another\nthree more words here\nx\n", b"# only a comment\n"]
)
def test_whatever_is_in_a_file_a_fault_is_one_sentence_with_its_name(tmp_path, suffix, content):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") and content else content)
    with pytest.raises(CatalogError, match="broken") as caught:
        open_catalog(path)
    assert caught.value.remedy
    assert "\n" not in caught.value.what


@pytest.mark.parametrize(("name", "write"), FILES, ids=[name for name, _ in FILES])
def test_a_file_cut_short_is_refused_or_read_never_a_crash(tmp_path, name, write):
    write(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 12)):
        (tmp_path / name).write_bytes(whole[:length])
        try:
            catalog = open_catalog(tmp_path / name)
            for column in catalog.column_names:
                catalog.column(column)
        except CatalogError as error:
            assert name in error.what


def test_a_missing_file_an_unknown_format_and_an_unknown_column_are_said(tmp_path):
    write_csv(tmp_path / "a.csv")
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(CatalogError, match="not there"):
        open_catalog(tmp_path / "b.csv")
    with pytest.raises(CatalogError, match="no catalog format"):
        open_catalog(tmp_path / "a.doc")
    with pytest.raises(CatalogError, match="has no column name"):
        open_catalog(tmp_path / "a.csv", Roles(id="name"))


def test_finding_the_readers_loads_no_slow_library():
    code = (
        "import sys; from gzviewer.io.catalogs import catalog_suffixes; catalog_suffixes();"
        "print([name for name in ('pyarrow', 'astropy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_small_table_is_opened_without_any_slow_library(tmp_path):
    write_csv(tmp_path / "a.csv")
    code = (
        f"import sys; from gzviewer.io.catalogs import open_catalog; open_catalog({str(tmp_path / 'a.csv')!r});"
        "print([name for name in ('pyarrow', 'astropy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_fits_column_with_nulls_keeps_its_long_ids(tmp_path):
    ids = fits.Column("objid", "K", null=-1, array=np.array([IDS[0], -1, 5]))
    count = fits.Column("count", "J", null=-9, array=np.array([3, 4, -9]))
    fits.BinTableHDU.from_columns([ids, count]).writeto(tmp_path / "a.fits")
    catalog = open_catalog(tmp_path / "a.fits")
    assert catalog.column("objid").tolist() == [str(IDS[0]), "", "5"]
    np.testing.assert_array_equal(catalog.column("count"), [3, 4, np.nan])
    assert [info.kind for info in catalog.columns] == ["text", "float"]


def test_parquet_columns_with_nulls_keep_their_long_ids(tmp_path):
    table = pa.table(
        {
            "objid": [IDS[0], None, 5],
            "count": [3, 4, None],
            "good": [True, None, False],
            "deep": [[1], [2], [3]],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    catalog = open_catalog(tmp_path / "a.parquet")
    assert catalog.column("objid").tolist() == [str(IDS[0]), "", "5"]
    np.testing.assert_array_equal(catalog.column("count"), [3, 4, np.nan])
    assert [info.kind for info in catalog.columns] == ["text", "float", "text"]
    assert "deep" in catalog.notes[0]


def test_a_parquet_column_is_read_only_when_it_is_asked_for(tmp_path, monkeypatch):
    write_parquet(tmp_path / "a.parquet")
    catalog = open_catalog(tmp_path / "a.parquet")
    asked = []
    real = parquet.ParquetFile.read
    monkeypatch.setattr(
        parquet.ParquetFile,
        "read",
        lambda file, columns: asked.append(columns) or real(file, columns=columns),
    )
    catalog.column("flux")
    catalog.column("flux")
    assert asked == [["flux"]]
