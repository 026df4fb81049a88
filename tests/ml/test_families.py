import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gzviewer.core.errors import ModelError
from gzviewer.ml.families import families, load_predictors
from gzviewer.ml.families.bundled import save_weights
from gzviewer.ml.network import GalaxyNetwork

CPU = torch.device("cpu")


def test_every_family_could_be_imported():
    assert "bundled" in families.things
    assert families.failures == {}


def test_a_loaded_model_gives_positive_concentrations_every_time_the_same(tiny_model):
    (predictor,) = load_predictors(tiny_model, CPU)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        first, again = (predictor.outputs(predictor.features(images)) for _ in range(2))
    assert first.shape == (2, 30)
    assert ((first >= 1) & (first <= 101)).all()
    assert torch.equal(first, again)


def test_weights_are_kept_in_half_and_used_in_single_precision(tiny_model):
    stored = load_file(tiny_model.weights_path)
    (network,) = load_predictors(tiny_model, CPU)
    assert stored["head.weight"].dtype == torch.float16
    assert network.head.weight.dtype == torch.float32
    assert torch.equal(network.head.weight, stored["head.weight"].float())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "00" * 32}, "not the file its manifest names"),
        ({"architectures": ("no_such_net",)}, "no_such_net, which the installed timm does not know"),
        ({"architectures": ("hf_hub:someone/else",)}, "which the installed timm does not know"),
        ({"architectures": ("local-dir:/tmp",)}, "which the installed timm does not know"),
        ({"architectures": ("test_resnet",)}, "does not fit a network test_resnet"),
        ({"label_columns": ("a_b", "a_c")}, "does not fit"),
        ({"weights": "lost.safetensors"}, "cannot be read"),
        ({"family": "strange"}, "the family strange, which is not known"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_why(tiny_model, change, words):
    with pytest.raises(ModelError, match=words):
        load_predictors(replace(tiny_model, **change), CPU)


def test_training_drops_features_and_predicting_does_not():
    torch.manual_seed(0)
    network = GalaxyNetwork("test_efficientnet", 4, dropout=0.5)
    images = torch.rand(1, 3, 32, 32)
    network.encoder.eval()
    with torch.inference_mode():
        assert not torch.equal(network(images), network(images))
        network.eval()
        assert torch.equal(network(images), network.outputs(network.features(images)))


def test_dropout_is_as_likely_as_the_manifest_says(tiny_model):
    (network,) = load_predictors(replace(tiny_model, dropout=0.25), CPU)
    assert network.drop_probability == 0.25
    network.train()
    seen = []
    network.head.register_forward_pre_hook(lambda head, given: seen.append(given[0]))
    network(torch.rand(8, 3, 32, 32))
    assert 0.15 < (seen[0] == 0).float().mean() < 0.35


def test_an_ensemble_keeps_each_network(tiny_model, tmp_path):
    torch.manual_seed(0)
    networks = [GalaxyNetwork(name, 30).eval() for name in ("test_resnet", "test_efficientnet")]
    manifest = replace(
        tiny_model,
        folder=tmp_path,
        architectures=("test_resnet", "test_efficientnet"),
        sha256=save_weights(networks, tmp_path / "weights.safetensors"),
    )
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        for loaded, network in zip(load_predictors(manifest, CPU), networks, strict=True):
            assert torch.allclose(loaded.outputs(loaded.features(images)), network(images), rtol=0.02)


def test_calibration_multiplies_the_concentrations_of_its_question(tiny_model):
    (plain,) = load_predictors(tiny_model, CPU)
    (wider,) = load_predictors(replace(tiny_model, factors={"bar-gz2": 0.5}), CPU)
    features = torch.rand(4, plain.feature_count)
    bar = tiny_model.label_columns.index("bar-gz2_yes")
    ratio = wider.outputs(features) / plain.outputs(features)
    assert torch.allclose(ratio[:, bar : bar + 2], torch.full((4, 2), 0.5))
    assert torch.equal(ratio[:, :bar], torch.ones(4, bar))


@pytest.mark.parametrize("head", ["classes", "values", "unit-values", "shares"])
def test_other_heads_give_what_they_say(head):
    network = GalaxyNetwork("test_resnet", 3, head=head).eval()
    given = network(torch.rand(2, 3, 32, 32))
    logits = network.head(network.features(torch.rand(2, 3, 32, 32)))
    assert given.shape == logits.shape == (2, 3)
    if head == "classes":
        assert torch.allclose(given.sum(dim=1), torch.ones(2))
    if head in ("classes", "unit-values"):
        assert ((given > 0) & (given < 1)).all()


def test_timm_can_be_imported_whatever_torchvision_is_installed():
    program = "from gzviewer.ml.torch_compat import timm; import torch; print(torch.ops.torchvision.nms)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "torchvision.nms" in told.stdout
