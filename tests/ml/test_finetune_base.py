from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import sha256_of
from gzviewer.io.manifest import read_manifest, write_manifest
from gzviewer.ml.families import load_predictors
from gzviewer.ml.families.bundled import save_weights
from gzviewer.ml.finetune.base import head_of, keeps_parents_head, network_to_teach
from gzviewer.ml.finetune.labels import Labels
from gzviewer.ml.network import GalaxyNetwork


def labels_of(kind, targets, names):
    count = len(targets)
    nowhere = np.full(count, np.nan)
    texts = ("",) * count
    return Labels(
        kind, texts, texts, texts, texts, nowhere, nowhere, np.asarray(targets, np.float32), tuple(names)
    )


RINGS = labels_of("classify", [[0], [1]], ("none", "ring"))


def taught(parent, labels=RINGS, **more):
    return network_to_teach(
        parent, labels, **{"member": 0, "dropout": 0.5, "keeps_head": False, "seed": 1, **more}
    )


@pytest.fixture
def other(tiny_model, tmp_path):
    """A model whose manifest is the tiny one's but for what is named; its weights are those given."""

    def make(networks=None, tensors=None, **more):
        path = tmp_path / "weights.safetensors"
        if tensors is None:
            save_weights(networks, path)
        else:
            save_file(tensors, path)
        manifest = replace(tiny_model, folder=tmp_path, sha256=sha256_of(path), **more)
        write_manifest(manifest)
        return read_manifest(tmp_path)

    return make


def test_the_encoder_is_the_parents_and_the_head_is_new(tiny_model):
    [parent] = load_predictors(tiny_model, torch.device("cpu"))
    network = taught(tiny_model)
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(network.eval().features(images), parent.features(images))
    assert torch.allclose(network(images), torch.full((2, 2), 0.5), atol=0.1)


def test_the_head_of_the_same_tree_can_be_kept(tiny_model):
    [parent] = load_predictors(tiny_model, torch.device("cpu"))
    votes = labels_of("tree", np.ones((2, 30)), tiny_model.label_columns)
    assert keeps_parents_head(tiny_model, votes, is_wished=True)
    assert not keeps_parents_head(tiny_model, RINGS, is_wished=True)
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(taught(tiny_model, votes, keeps_head=True).eval()(images), parent(images))


def test_an_encoder_that_answers_nothing_can_be_taught(tiny_model, other):
    [parent] = load_predictors(tiny_model, torch.device("cpu"))
    bare = {name: value.clone() for name, value in parent.encoder.state_dict().items()}
    encoder = other(tensors=bare, head="none", label_columns=())
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(taught(encoder).eval().features(images), parent.features(images))


def test_of_an_ensemble_the_chosen_network_is_taught(other):
    torch.manual_seed(3)
    networks = [GalaxyNetwork("test_efficientnet", 30), GalaxyNetwork("test_efficientnet", 30)]
    ensemble = other(networks, architectures=("test_efficientnet",) * 2)
    second = load_predictors(ensemble, torch.device("cpu"))[1]
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(taught(ensemble, member=1).eval().features(images), second.features(images))
    with pytest.raises(ModelError, match="has no network 2"):
        taught(ensemble, member=2)


def test_weights_of_another_network_are_refused(tiny_model, other):
    with pytest.raises(ModelError, match="does not fit test_efficientnet"):
        taught(other(tensors={"encoder.conv.weight": torch.zeros(2)}))
    strange = replace(tiny_model, architectures=("no_such_network",))
    with pytest.raises(ModelError, match="timm does not know"):
        taught(strange)


def test_values_in_the_unit_interval_get_a_head_that_stays_there():
    assert head_of(labels_of("regress", [[0.0], [1.0]], ("z",))) == "unit-values"
    assert head_of(labels_of("regress", [[0.0], [17.0]], ("z",))) == "values"
    assert head_of(RINGS) == "classes"
