import numpy as np
import pytest

from gzviewer.core.votes import recognise
from gzviewer.io.catalogs import open_catalog
from gzviewer.io.schemas import load_schemas

NAN = float("nan")
# File: rows, columns, column of ids, first id, position of the first galaxy
REAL = {
    "BlueSpiralsA2.txt": (5139, 11, "column_1", "587727225690259639", NAN, NAN),
    "darg_mergers.csv": (3003, 56, "object1", "587722952231026744", 238.20399, -0.526557),
    "darg_mergers.fits": (3003, 56, "object1", "587722952231026744", 238.20399, -0.526557),
    "galaxy-builder-catalog.csv": (296, 33, "galaxy_builder_id", "20901989", 118.684814, 14.607033),
    "gz1_types_50k_sexagesimal.csv": (
        50131,
        4,
        "OBJID",
        "587727221950382424",
        15 * 2.41 / 3600,
        14 + 49 / 60 + 19 / 3600,
    ),
    "gz1_votes_dr16_ellipticals_5k.csv": (5000, 8, "objid", "1237648722819547442", NAN, NAN),
    "gz1_votes_dr16_spiral_cw.csv": (1743, 8, "objid", "1237648722300371177", NAN, NAN),
    "gz2_class_by_asset_id.csv.gz": (121766, 4, "asset_id", "217750", NAN, NAN),
    "gz2_hubble_types_radec.csv.gz": (29407, 6, "objid", "587722981751193901", 205.4512332, -1.11215049),
    "gz2_stripe82_coadd_table5.csv.gz": (19761, 228, "objid", "8647474690312307154", 309.3204, -1.148359),
    "gz2_stripe82_coadd_table5.fits.gz": (19761, 228, "objid", "8647474690312307154", 309.3204, -1.148359),
    "gz_decals_dr5_panoptes.csv": (4000, 26, "id_str", "20686062", 200.50069072607045, 0.8672311400435491),
    "gz_decals_dr5_panoptes_7k.csv.gz": (7062, 24, "subject_id", "20685190", 193.552414, 0.802542),
    "gz_hubble_t01.fits": (118083, 5, "OBJNO", "10000034", NAN, NAN),
    "hoyle_barlengths.csv": (3150, 9, "objid", "587722981747982465", 198.05199, -1.0951362),
    "hoyle_barlengths.fits": (3150, 9, "objid", "587722981747982465", 198.05199, -1.0951362),
    "hoyle_barlengths.vot": (3150, 9, "objid", "587722981747982465", 198.05199, -1.0951362),
    "peas_tbl4.csv": (80, 13, "DR7OBJID", "587725073921409255", 146.242618, -0.762639),
}
# File beside a folder of images: rows, how many of the first 100 have an image, schema and kind of the votes
WITH_IMAGES = {
    "kaggle_gz2/votes.csv": (6522, 100, "kaggle_37", "cumulative"),
    "kaggle_gz2/fractions_zoobot_columns.csv": (6522, 100, "gz2_ortho_schema", "fractions"),
    "gz2_hart16/labels.csv": (750, 100, "gz2_ortho_schema", "weighted"),
    "decals_rings/labels.csv": (370, 100, None, None),
    "gz1_small/labels.csv": (361, 100, None, None),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_table_opens_with_its_ids_and_positions_exact(real_data, name):
    rows, columns, id_column, first, ra, dec = REAL[name]
    catalog = open_catalog(real_data / "catalogs" / name)
    assert (len(catalog), len(catalog.columns)) == (rows, columns)
    assert (catalog.roles.id, catalog.ids[0]) == (id_column, first)
    assert len(set(catalog.ids.tolist())) == rows
    assert catalog.ra[0] == pytest.approx(ra, abs=1e-5 if "fits.gz" in name else 1e-6, nan_ok=True)
    assert catalog.dec[0] == pytest.approx(dec, abs=1e-6, nan_ok=True)
    for column, info in zip(catalog.column_names, catalog.columns, strict=True):
        assert len(catalog.column(column)) == rows
        assert info.kind in {"int", "float", "bool", "text"}


def test_every_real_table_is_expected_to_open(real_data):
    assert {path.name for path in (real_data / "catalogs").iterdir()} == REAL.keys() | {"README.md"}


def test_one_table_in_three_formats_has_the_same_columns(real_data):
    plain, *others = (
        open_catalog(real_data / "catalogs" / f"hoyle_barlengths.{end}") for end in ("csv", "fits", "vot")
    )
    for other in others:
        assert other.column_names == plain.column_names
        for name in plain.column_names:
            np.testing.assert_allclose(other.column(name), plain.column(name), rtol=1e-6)


@pytest.mark.parametrize("name", WITH_IMAGES)
def test_a_real_catalog_finds_its_images_and_its_votes(real_data, name):
    rows, found, schema, kind = WITH_IMAGES[name]
    catalog = open_catalog(real_data / name)
    votes = recognise(catalog.column_names, load_schemas())
    assert len(catalog) == rows
    assert sum(1 for path in catalog.images[:100] if path) == found
    assert (votes.schema.name, votes.kind) == (schema, kind) if votes else schema is None


def test_the_votes_of_stripe_82_are_nearly_the_weighted_fractions_that_were_published(real_data):
    catalog = open_catalog(real_data / "catalogs" / "gz2_stripe82_coadd_table5.fits.gz")
    votes = recognise(catalog.column_names, load_schemas()).read(catalog.column)
    published = catalog.column("t01_smooth_or_features_a01_smooth_fraction")
    assert (votes.schema.name, votes.kind) == ("gz2_ortho_schema", "counts")
    asked = votes.totals[:, 0] > 0
    apart = np.abs(votes.fractions[asked, 0] - published[asked])
    assert np.median(apart) < 1e-3
    assert apart.mean() < 0.02


def test_kaggles_votes_become_the_fractions_that_were_derived_from_them(real_data):
    cumulative = open_catalog(real_data / "kaggle_gz2" / "votes.csv")
    derived = open_catalog(real_data / "kaggle_gz2" / "fractions_zoobot_columns.csv")
    votes = recognise(cumulative.column_names, load_schemas()).read(cumulative.column)
    place = votes.schema.label_columns.index("spiral-arm-count-gz2_2")
    expected = derived.column("spiral-arm-count-gz2_2_fraction")
    both = np.isfinite(expected) & np.isfinite(votes.fractions[:, place])
    assert both.mean() > 0.28
    assert np.median(np.abs(votes.fractions[both, place] - expected[both])) < 1e-4
