import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from gzviewer.io.checkpoints import find_model
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import resource_folder
from gzviewer.ml.evaluate_bundled import predict_files
from gzviewer.ml.metrics import figures
from gzviewer.ml.training_data import expected_votes, is_held_out, read_fractions

CPU = torch.device("cpu")
SCHEMA = load_schema("gz2_ortho_schema")
EASY = ["smooth-or-featured-gz2", "disk-edge-on-gz2", "has-spiral-arms-gz2", "how-rounded-gz2"]


@pytest.fixture(scope="module")
def model():
    return find_model("gz2_small", [resource_folder() / "models"])


@pytest.fixture(scope="module")
def unseen(real_data):
    """Paths and expected votes of 200 galaxies that training did not see."""
    folder = real_data / "kaggle_gz2"
    ids, fractions = read_fractions(folder, SCHEMA)
    rows = [row for row, name in enumerate(ids) if is_held_out(name)][:200]
    return [folder / "images" / f"{ids[row]}.jpg" for row in rows], expected_votes(SCHEMA, fractions[rows])


def test_it_beats_a_constant_answer_on_galaxies_it_has_not_seen(model, unseen):
    paths, votes = unseen
    measured = figures(SCHEMA, votes, predict_files(model, paths, CPU), votes)
    for name in EASY:
        assert measured[name].loss < 0.95 * measured[name].baseline_loss, name
        assert measured[name].accuracy > measured[name].baseline_accuracy, name


def test_it_says_nearly_the_same_of_a_picture_of_another_size(model, unseen, tmp_path):
    paths = unseen[0][:16]
    resized = [tmp_path / f"{path.stem}.png" for path in paths]
    for path, larger in zip(paths, resized, strict=True):
        with Pillow.open(path) as picture:
            picture.resize((400, 400), Pillow.Resampling.LANCZOS).save(larger)
    smooth = [
        found[:, 0] / found[:, :3].sum(axis=1)
        for found in (predict_files(model, names, CPU) for names in (paths, resized))
    ]
    assert np.abs(smooth[0] - smooth[1]).mean() < 0.05
