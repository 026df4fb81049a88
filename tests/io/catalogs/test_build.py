from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.catalog import Roles
from gzviewer.io.catalogs import open_catalog


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def draw(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Pillow.new("RGB", (1, 1)).save(folder / name, format="PNG")


def test_sexagesimal_positions_become_degrees_and_it_is_said(tmp_path):
    catalog = open_catalog(
        write(tmp_path / "a.csv", "OBJID,RA,DEC\n1,00:00:02.41,+14:49:19.0\n2,23:59:59,-00:00:36\n")
    )
    np.testing.assert_allclose(catalog.ra, [0.0100416667, 359.9958333], atol=1e-6)
    np.testing.assert_allclose(catalog.dec, [14.8219444, -0.01], atol=1e-6)
    assert "hours and degrees" in catalog.notes[0]


def test_positions_off_the_sky_are_unknown_and_negative_ones_are_wrapped(tmp_path):
    catalog = open_catalog(write(tmp_path / "a.csv", "id,ra,dec\na,-50,1\nb,-999,-999\nc,10,91\nd,,\n"))
    np.testing.assert_array_equal(catalog.ra, [310, np.nan, np.nan, np.nan])
    assert "2 positions are not on the sky" in catalog.notes[0]


def test_repeated_and_missing_ids_are_told_apart(tmp_path):
    catalog = open_catalog(write(tmp_path / "a.csv", "iauname,x\nJ1,1\nJ1,2\n,3\nJ2,4\n"))
    assert catalog.ids.tolist() == ["J1", "J1#2", "row 3", "J2"]
    assert len(catalog.notes) == 2


def test_a_column_of_different_ids_is_preferred_to_a_better_known_one_with_repeats(tmp_path):
    catalog = open_catalog(write(tmp_path / "a.csv", "dr7objid,galaxy_builder_id,ra\n1,20,3\n1,21,4\n"))
    assert catalog.roles.id == "galaxy_builder_id"
    assert "dr7objid" in catalog.notes[0]


def test_a_table_without_ids_counts_its_rows(tmp_path):
    catalog = open_catalog(write(tmp_path / "a.csv", "x,y\n0.5,1.5\n0.5,2.5\n"))
    assert catalog.ids.tolist() == ["1", "2"]
    assert "number of their row" in catalog.notes[0]


def test_roles_that_a_person_gives_are_taken(tmp_path):
    path = write(tmp_path / "a.csv", "objid,other,ra,alpha2,delta2\n1,x,1,2,3\n2,y,4,5,6\n")
    catalog = open_catalog(path, Roles(id="other", ra="alpha2", dec="delta2"))
    assert catalog.ids.tolist() == ["x", "y"]
    assert catalog.ra.tolist() == [2, 5]


@pytest.mark.parametrize(
    "named",
    [
        "images/a/g1.png",
        "./images/a/g1.png",
        "a/g1.png",
        "g1.png",
        "/Volumes/gone/images/a/g1.png",
        "C:\\gone\\a\\g1.png",
        "g1.fits",
    ],
)
def test_an_image_is_found_however_the_catalog_names_it(tmp_path, named):
    draw(tmp_path / "images", "a/g1.png")
    path = write(tmp_path / "a.csv", f"id,file_loc\ng1,{named}\ng2,nothing.png\n")
    catalog = open_catalog(path)
    assert catalog.image_of(0) == str(tmp_path / "images" / "a" / "g1.png")
    assert catalog.image_of(1) == ""
    assert catalog.tried(1).endswith("nothing.png")
    assert catalog.roles.image == "file_loc"


def test_images_are_found_by_id_in_the_folder_a_person_names_dots_and_all(tmp_path):
    draw(tmp_path / "elsewhere", "J000411.19+020924.0.PNG", "deep/J1.fits.gz", ".hidden.png")
    path = write(tmp_path / "a.csv", "iauname,ring\nJ000411.19+020924.0,1\nJ1,0\nJ2,0\n")
    catalog = open_catalog(path, image_folder=str(tmp_path / "elsewhere"))
    assert [Path(path).name for path in catalog.images] == [
        "J000411.19+020924.0.PNG",
        "J1.fits.gz",
        "",
    ]
    assert "J2" in catalog.tried(2)


def test_images_called_by_another_id_of_the_table_are_found(tmp_path):
    draw(tmp_path / "images", "100.png", "101.png")
    path = write(tmp_path / "a.csv", "dr7objid,asset_id\n587722952231026744,100\n587722952231026745,101\n")
    catalog = open_catalog(path)
    assert catalog.ids[0] == "587722952231026744"
    assert [Path(path).name for path in catalog.images] == ["100.png", "101.png"]


def test_of_several_columns_the_one_whose_images_are_there_is_taken(tmp_path):
    draw(tmp_path, "b.png")
    path = write(tmp_path / "a.csv", f"id,file_loc,png_loc\n1,/gone/a.png,{tmp_path / 'b.png'}\n")
    catalog = open_catalog(path)
    assert catalog.roles.image == "png_loc"
    assert catalog.images[:] == [str(tmp_path / "b.png")]


def test_images_that_are_nowhere_are_said_once(tmp_path):
    catalog = open_catalog(write(tmp_path / "a.csv", "id,file_loc\n1,/gone/a.png\n"))
    assert "none has an image" in catalog.notes[0]
    assert catalog.tried(0) == "/gone/a.png"


@pytest.mark.parametrize(("values", "expected"), [("True,True", True), ("1,1", True), ("True,False", False)])
def test_a_catalog_is_simulated_where_every_galaxy_is(tmp_path, values, expected):
    first, second = values.split(",")
    catalog = open_catalog(write(tmp_path / "a.csv", f"id,simulated\na,{first}\nb,{second}\n"))
    assert catalog.is_simulated is expected


def test_a_folder_is_read_through_in_the_order_of_its_numbers(tmp_path):
    draw(tmp_path, "g10.png", "g9.JPG", "deep/g1.tif", ".hidden/g0.png", "deep/.g.png")
    (tmp_path / "notes.txt").write_text("no image")
    catalog = open_catalog(tmp_path)
    assert catalog.ids.tolist() == ["g1", "g9", "g10"]
    assert catalog.column("folder").tolist() == ["deep", "", ""]
    assert [Path(path).name for path in catalog.images] == ["g1.tif", "g9.JPG", "g10.png"]


def test_files_of_one_name_are_told_apart_by_folder_then_by_suffix(tmp_path):
    draw(tmp_path, "a/1.png", "b/1.png", "b/1.jpg", "b/2.png")
    assert sorted(open_catalog(tmp_path).ids) == ["2", "a/1", "b/1.jpg", "b/1.png"]


def test_a_folder_that_links_to_itself_is_read_once(tmp_path):
    draw(tmp_path, "deep/1.png")
    (tmp_path / "deep" / "round").symlink_to(tmp_path)
    assert open_catalog(tmp_path).ids.tolist() == ["1"]
