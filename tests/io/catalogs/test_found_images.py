"""Where images lie: one after the other and all at once must find the same."""

import os

import numpy as np
import pytest

from gzviewer.io.catalogs import found_images
from gzviewer.io.catalogs.found_images import FoundImages
from gzviewer.io.catalogs.image_folder import stem_of

FILES = ("J000/a.png", "J000/b.fits.gz", "J001/c.JPG", "d.png", "er/J002/e.png")
DECOYS = (
    "A/a.png",
    "A/c.JPG",
    "A/e.png",
    "d.jpg",
)  # of the same names, which come first where only ids are compared
NAMED = (
    ("J000/a.png", "J000/a.png"),
    ("./J000/a.png", "J000/a.png"),
    ("/gone/data/J001/c.JPG", "J001/c.JPG"),
    ("C:\\gone\\J001\\c.JPG", "J001/c.JPG"),
    ("/gone/deep/er/J002/e.png", "er/J002/e.png"),
    ("/gone/d.png", "d.png"),
    ("elsewhere/b.png", "J000/b.fits.gz"),
    ("", "d.jpg"),
    ("nothing.png", ""),
    ("J000", ""),
)


@pytest.fixture
def folder(tmp_path):
    for name in FILES + DECOYS:
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).touch()
    return tmp_path / "images"


def images(folder, names, stems):
    return FoundImages(
        np.array(names), np.array(stems), home=str(folder.parent), folder=str(folder), column="x"
    )


def test_images_are_found_by_their_name_its_last_parts_or_the_id(folder):
    stems = ["d" if not name else "no" for name, _ in NAMED]
    found = images(folder, [name for name, _ in NAMED], stems)
    expected = [str(folder / path) if path else "" for _, path in NAMED]
    assert [found[row] for row in range(len(NAMED))] == expected
    assert found.all_paths() == list(found) == expected


def test_an_absolute_path_is_taken_before_its_last_parts(folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "d.png").touch()
    found = images(folder, [str(tmp_path / "other" / "d.png"), str(tmp_path / "gone" / "d.png")], ["x", "y"])
    assert (
        found.all_paths()
        == [found[0], found[1]]
        == [str(tmp_path / "other" / "d.png"), str(folder / "d.png")]
    )


def test_without_a_folder_images_lie_where_the_catalog_says(folder):
    found = FoundImages(
        np.array(["images/d.png", "d.png"]), np.array(["1", "2"]), home=str(folder.parent), folder=""
    )
    assert found.all_paths() == [found[0], found[1]] == [str(folder / "d.png"), ""]
    assert FoundImages(None, np.array(["1", "2"]), home="", folder="").all_paths() == ["", ""]


def test_who_asks_for_many_rows_has_every_folder_listed_once(folder, monkeypatch):
    monkeypatch.setattr(found_images, "MANY", 10)
    listed, asked = [], []
    real, isfile = os.scandir, os.path.isfile
    monkeypatch.setattr(found_images.os, "scandir", lambda place: listed.append(place) or real(place))
    monkeypatch.setattr(found_images.os.path, "isfile", lambda path: asked.append(path) or isfile(path))
    found = images(folder, ["J000/a.png"] * 500, ["a"] * 500)
    assert [found[row] for row in range(499, -1, -1)] == [str(folder / "J000" / "a.png")] * 500
    assert len(asked) <= 10
    assert len(listed) == len(set(listed)) <= 3
    assert found[-1] == found[499]
    with pytest.raises(IndexError):
        found[500]


def test_a_catalog_too_large_to_remember_is_asked_row_by_row(folder, monkeypatch):
    monkeypatch.setattr(found_images, "MANY", 10)
    monkeypatch.setattr(found_images, "ALL_AT_ONCE", 20)
    found = images(folder, ["J000/a.png", "d.png"] * 25, ["x"] * 50)
    expected = [str(folder / "J000" / "a.png"), str(folder / "d.png")] * 25
    assert [found[row] for row in range(50)] == expected
    assert found[10:12] == expected[10:12]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a/J0004.19+02.0.fits.gz", "J0004.19+02.0"),
        ("a.JPG", "a"),
        ("a.b.png", "a.b"),
        ("a.gz", "a.gz"),
        ("a", "a"),
        ("a.fits.png", "a.fits"),
    ],
)
def test_a_stem_is_a_name_without_the_suffix_of_an_image(name, stem):
    assert stem_of(name) == stem
