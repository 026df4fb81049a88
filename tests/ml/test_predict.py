import numpy as np
import pytest
import torch

from gzviewer.io.checkpoints import find_model
from gzviewer.io.settings import resource_folder
from gzviewer.ml.backends import choose_backend
from gzviewer.ml.devices import prepare_device
from gzviewer.ml.families import load_predictors
from gzviewer.ml.predict import predict

CPU = torch.device("cpu")
IDS = [f"galaxy {number}" for number in range(32)]


def runner(manifest, backend="torch"):
    """Predicts some of 32 random inputs, in batches of 32."""
    predictors, one_by_one = load_predictors(manifest, prepare_device("cpu")), False
    if backend == "onnxruntime":
        chosen = choose_backend(manifest, predictors, CPU)
        predictors, one_by_one = chosen.predictors, chosen.one_by_one
        assert one_by_one, chosen.note
    inputs = np.random.default_rng(3).random((32, 3, manifest.side, manifest.side), dtype=np.float32)

    def predict_some(places, samples=1):
        some, ids = inputs[places], [IDS[place] for place in places]
        more = {"samples": samples, "views": manifest.views, "one_by_one": one_by_one}
        return predict(predictors, some, ids, size=32, device=CPU, **more)

    return predict_some


@pytest.fixture
def run(tiny_model):
    return runner(tiny_model)


class Counting:
    """Two features, the second the network's number; counts what its encoder is asked."""

    drop_probability = 0.5

    def __init__(self, number):
        self.number, self.asked = number, 0

    def features(self, images):
        self.asked += 1
        return torch.stack([images[:, 0, 0, 0], torch.full((len(images),), float(self.number))], dim=1)

    def outputs(self, features):
        return features


@pytest.mark.parametrize("backend", ["torch", "onnxruntime"])
@pytest.mark.parametrize("samples", [1, 5])
@pytest.mark.parametrize("which", ["tiny", "bundled"])
def test_a_galaxy_has_the_same_numbers_in_any_company_and_place(tiny_model, which, samples, backend):
    manifest = tiny_model if which == "tiny" else find_model("gz2_small", [resource_folder() / "models"])
    run = runner(manifest, backend)
    together = run(list(range(32)), samples)
    turned = run(list(range(31, -1, -1)), samples)[::-1]
    alone = np.concatenate([run([place], samples) for place in (0, 1, 7, 16, 30, 31)])
    assert together.shape == (32, samples * manifest.members, len(manifest.label_columns))
    assert np.array_equal(together, turned)
    assert np.array_equal(together[[0, 1, 7, 16, 30, 31]], alone)


@pytest.mark.parametrize("samples", [1, 5])
def test_both_backends_give_the_same_numbers_to_a_hundred_thousandth(tiny_model, samples):
    torch_says, other_says = (
        runner(tiny_model, name)(list(range(32)), samples) for name in ("torch", "onnxruntime")
    )
    np.testing.assert_allclose(other_says, torch_says, rtol=1e-5)


@pytest.mark.parametrize("samples", [1, 5, 100])
def test_an_encoder_is_asked_once_a_view_whatever_the_number_of_samples(samples):
    networks = [Counting(1), Counting(2)]
    outputs = predict(
        networks, np.ones((3, 1, 2, 2), np.float32), IDS[:3], size=32, samples=samples, views=4, device=CPU
    )
    assert [network.asked for network in networks] == [4, 4]
    assert outputs.shape == (3, 2 * 4 * samples, 2)


def test_members_are_network_after_network_and_view_after_view():
    corners = np.array(
        [[[[1, 2], [4, 3]]]], dtype=np.float32
    )  # a quarter turn moves the next one to the corner
    outputs = predict([Counting(10), Counting(20)], corners, IDS[:1], size=32, views=8, device=CPU)
    assert outputs[0, :, 1].tolist() == [10] * 8 + [20] * 8
    assert outputs[0, :8, 0].tolist() == [1, 2, 3, 4, 2, 3, 4, 1]
    assert np.array_equal(outputs[0, :8, 0], outputs[0, 8:, 0])


def test_samples_of_one_view_stand_together():
    corners = np.array([[[[1, 2], [4, 3]]]], dtype=np.float32)
    outputs = predict([Counting(10)], corners, IDS[:1], size=32, samples=50, views=2, device=CPU)
    assert set(outputs[0, :50, 0]) == {0, 2}  # dropped, or made up for by a factor of 2
    assert set(outputs[0, 50:, 0]) == {0, 4}


def test_samples_of_dropout_differ_within_and_between_galaxies(run):
    drawn = run([0, 1], samples=3)
    assert len(np.unique(drawn[..., 0])) == 6


def test_many_samples_scatter_about_the_deterministic_pass(run):
    logit = {samples: np.log((run([2], samples) - 1) / (101 - run([2], samples))) for samples in (1, 2000)}
    scatter = logit[2000].std(axis=1) / np.sqrt(2000)
    assert (np.abs(logit[2000].mean(axis=1) - logit[1][:, 0]) < 5 * scatter).all()


def test_the_first_of_many_samples_are_drawn_in_pieces_that_do_not_repeat(run, monkeypatch):
    monkeypatch.setattr("gzviewer.ml.predict.SAMPLES_AT_A_TIME", 3)
    drawn = run([0, 1], samples=7)
    assert drawn.shape == (2, 7, 30)
    assert len(np.unique(drawn[..., 0])) == 14
    assert np.array_equal(run([1], samples=7), drawn[1:])
