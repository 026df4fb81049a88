"""The bundled sample of simulated galaxies is complete, honest about itself and can be drawn again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from resources.samples import simulate
from resources.samples.disc_model import draw_light
from resources.samples.galaxy_model import sersic_b, sky_grid
from resources.samples.morphology import CLASS_COUNTS, draw_morphology
from resources.samples.votes import TREE

MEGABYTE = 1_000_000
Rows = list[dict[str, str]]


@pytest.mark.parametrize("number", [1, 10, 77, 240])
def test_drawing_a_galaxy_again_gives_the_committed_pixels(number: int, sample_folder: Path, catalog: Rows):
    row = catalog[number - 1]
    committed = np.asarray(Image.open(sample_folder / row["file_loc"])).astype(int)

    drawn = simulate.draw_galaxy(number)

    # Another library version may round a last digit otherwise, which can move a pixel by one level.
    apart = np.abs(drawn.picture.astype(int) - committed)
    assert (apart > 0).mean() < 0.001
    assert {name: str(value) for name, value in simulate.catalog_row(drawn).items()} == row


def test_the_seed_decides_what_is_drawn():
    first, second, other = simulate.draw_galaxy(3), simulate.draw_galaxy(3), simulate.draw_galaxy(3, seed=1)

    np.testing.assert_array_equal(first.cube, second.cube)
    assert first.votes == second.votes
    assert not np.array_equal(first.cube, other.cube)


def test_as_many_people_answer_a_question_as_gave_the_answers_that_lead_to_it(catalog: Rows):
    for row in catalog:
        for question in TREE[1:]:
            asked = sum(int(row[column]) for column in question.asked_after)
            answered = sum(int(row[f"{question.name}_{answer}"]) for answer in question.answers)
            assert answered == asked, (row["id_str"], question.name)


def test_about_forty_people_look_at_every_galaxy(catalog: Rows):
    first = TREE[0]
    totals = [sum(int(row[f"{first.name}_{answer}"]) for answer in first.answers) for row in catalog]

    assert min(totals) >= 38
    assert max(totals) <= 52


def test_the_sample_holds_every_class_and_is_called_simulated(catalog: Rows):
    classes = [row["drawn_class"] for row in catalog]

    assert len(catalog) >= 200
    assert {name: classes.count(name) for name in CLASS_COUNTS} == CLASS_COUNTS
    assert all(row["simulated"] == "true" and row["id_str"].startswith("SIM-") for row in catalog)
    assert len({row["id_str"] for row in catalog}) == len(catalog)


def test_every_file_of_the_catalog_exists_and_no_other(sample_folder: Path, catalog: Rows):
    named = {row[column] for row in catalog for column in ("file_loc", "fits_loc") if row[column]}
    present = {
        path.relative_to(sample_folder).as_posix()
        for path in sample_folder.rglob("*")
        if path.is_file() and path.name != "catalog.csv"
    }

    assert named == present
    assert sum(bool(row["fits_loc"]) for row in catalog) == 24


def test_the_whole_sample_fits_into_twelve_megabytes(sample_folder: Path):
    total = sum(path.stat().st_size for path in sample_folder.rglob("*") if path.is_file())

    assert total <= 12 * MEGABYTE


def test_a_picture_says_in_its_own_header_that_it_is_simulated(sample_folder: Path, catalog: Rows):
    with Image.open(sample_folder / catalog[0]["file_loc"]) as picture:
        picture.load()
        assert picture.size == (simulate.SIZE, simulate.SIZE)
        assert picture.mode == "RGB"
        assert "simulated" in picture.info["Comment"]


def test_a_fits_file_is_a_gri_cube_centred_on_the_catalogs_position(sample_folder: Path, catalog: Rows):
    for row in (row for row in catalog if row["fits_loc"]):
        with fits.open(sample_folder / row["fits_loc"]) as file:
            header, shape = file[1].header, file[1].data.shape
        middle = (simulate.SIZE - 1) / 2.0
        place = WCS(header, naxis=2).pixel_to_world(middle, middle)

        assert shape == (3, simulate.SIZE, simulate.SIZE)
        assert header["SIMULATE"] is True
        assert (header["OBJECT"], header["BANDS"], header["BUNIT"]) == (row["id_str"], "gri", "nanomaggy")
        assert place.ra.deg == pytest.approx(float(row["ra"]), abs=1e-6)
        assert place.dec.deg == pytest.approx(float(row["dec"]), abs=1e-6)


def test_the_compressed_cube_keeps_the_galaxys_light(sample_folder: Path, catalog: Rows):
    row = next(row for row in catalog if row["fits_loc"])
    drawn = simulate.draw_galaxy(int(row["id_str"][4:])).cube
    with fits.open(sample_folder / row["fits_loc"]) as file:
        stored = file[1].data

    noise = np.std(np.diff(drawn[:, :20, :20]))
    assert np.abs(stored - drawn).max() < noise


@pytest.mark.parametrize(("drawn_class", "arms"), [("spiral-two-arms", 2), ("spiral-many-arms", 3)])
def test_the_strongest_mode_around_a_disc_is_its_number_of_arms(drawn_class: str, arms: int):
    drawn = draw_morphology(drawn_class, 1, np.random.default_rng(4))
    face_on = dataclasses.replace(drawn, axis_ratio=1.0, pitch_deg=25.0, arm_count=arms, ring="none")
    light = draw_light(face_on, np.random.default_rng(5), 128)[0]
    x, y = sky_grid(128)
    ring = (np.hypot(x, y) > 0.55) & (np.hypot(x, y) < 0.65)

    modes = [abs((light[ring] * np.exp(1j * m * np.arctan2(y, x)[ring])).sum()) for m in range(1, 8)]
    assert 1 + int(np.argmax(modes)) == arms


def test_half_the_light_of_an_exponential_disc_lies_within_its_effective_radius():
    assert sersic_b(1.0) == pytest.approx(1.6783, abs=1e-3)
    assert sersic_b(4.0) == pytest.approx(7.6692, abs=1e-3)


def test_the_votes_follow_what_was_drawn(catalog: Rows):
    def mean_fraction(prefix: str, column: str) -> float:
        rows = [row for row in catalog if row["drawn_class"].startswith(prefix)]
        question = next(q for q in TREE if column.startswith(q.name + "_"))
        total = sum(int(row[f"{question.name}_{answer}"]) for row in rows for answer in question.answers)
        return sum(int(row[column]) for row in rows) / total

    assert mean_fraction("elliptical", "smooth-or-featured-gz2_smooth") > 0.8
    assert mean_fraction("edge-on", "disk-edge-on-gz2_yes") > 0.85
    assert mean_fraction("spiral-barred", "bar-gz2_yes") > 3 * mean_fraction("spiral-two", "bar-gz2_yes")
    assert mean_fraction("merger", "something-odd-gz2_yes") > 0.7
