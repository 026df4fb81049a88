"""The model that ships, on real galaxies that its training did not see: predicted and measured as a person would."""

import csv
import json

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.cli import run
from gzviewer.core.held_out import percentile_of
from gzviewer.io.prediction_files import read_predictions

EASY = ["smooth-or-featured-gz2", "disk-edge-on-gz2", "has-spiral-arms-gz2", "bar-gz2", "how-rounded-gz2"]


@pytest.fixture
def unseen(real_data):
    """Paths of galaxies that training did not see."""
    images = sorted((real_data / "kaggle_gz2" / "images").glob("*.jpg"))
    return [path for path in images if percentile_of(path.stem) < 15]


@pytest.fixture
def predict(tmp_path):
    """A function that predicts images with the bundled model; gives the table."""

    def predict(name, paths):
        catalog, out = tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"
        with catalog.open("w", newline="") as file:
            csv.writer(file).writerows([("id_str", "file_loc"), *((path.stem, path) for path in paths)])
        assert run(["predict", str(catalog), "--out", str(out)]) == 0
        return out

    return predict


def test_it_is_as_good_as_its_card_says_on_galaxies_it_has_not_seen(unseen, predict, real_data, capsys):
    table = predict("unseen", unseen)
    assert (
        run(["evaluate", str(table), "--votes", str(real_data / "kaggle_gz2" / "votes.csv"), "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["matched"] == 977
    for name in EASY:
        assert told["questions"][name]["loss"] < 0.95 * told["questions"][name]["baseline_loss"], name
    assert told["rmse_37"] == pytest.approx(0.0919, abs=2e-4)
    assert told["smooth_featured_agreement"] == pytest.approx(0.912, abs=0.003)
    assert 0.87 < told["coverage_90"] < 0.93


def test_it_says_nearly_the_same_of_a_picture_of_another_size(unseen, predict, tmp_path):
    paths = unseen[:16]
    resized = [tmp_path / f"{path.stem}.png" for path in paths]
    for path, larger in zip(paths, resized, strict=True):
        with Pillow.open(path) as picture:
            picture.resize((400, 400), Pillow.Resampling.LANCZOS).save(larger)
    tables = (predict("as it is", paths), predict("resized", resized))
    made = [read_predictions(table)[1] for table in tables]
    smooth = [predictions.fractions(predictions.schema.questions[0])[:, 0] for predictions in made]
    assert np.abs(smooth[0] - smooth[1]).mean() < 0.05
