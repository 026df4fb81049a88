import sys

import numpy as np
import pytest
import torch

from gzviewer.core.errors import UserError
from gzviewer.io.settings import cache_folder
from gzviewer.io.store_key import StoreKey
from gzviewer.ml import backends
from gzviewer.ml.backends import choose_backend, onnx_file
from gzviewer.ml.backends.agreement import difference, test_pictures
from gzviewer.ml.backends.half import HalfPrecision
from gzviewer.ml.backends.onnx_file import exported
from gzviewer.ml.devices import prepare_device
from gzviewer.ml.families import load_predictors

CPU = torch.device("cpu")
test_pictures.__test__ = False  # its name is English, not pytest's


class MadeAnewError(Exception):
    """Raised where nothing should be made."""


@pytest.fixture
def networks(tiny_model):
    return load_predictors(tiny_model, prepare_device("cpu"))


def cached():
    return sorted((cache_folder() / "networks").glob("*"))


def test_the_encoder_runs_in_onnx_runtime_where_that_gives_the_same_numbers(tiny_model, networks):
    backend = choose_backend(tiny_model, networks, CPU)
    assert backend.name.startswith("onnxruntime 1.")
    assert backend.one_by_one
    assert backend.note.startswith("Agrees with torch to ")
    assert difference(networks[0], backend.predictors[0], tiny_model, CPU) < 1e-5


def test_a_network_that_disagrees_is_left_to_torch(tiny_model, networks, monkeypatch):
    monkeypatch.setattr(backends, "SAME", 0.0)
    backend = choose_backend(tiny_model, networks, CPU)
    assert (backend.name, backend.predictors, backend.one_by_one) == ("torch", networks, False)
    assert "ONNX Runtime differs by" in backend.note


def test_the_export_of_other_weights_is_noticed(tiny_model, networks):
    graph = exported(networks[0], tiny_model, 0)
    other = load_predictors(tiny_model, CPU)[0]
    torch.nn.init.normal_(other.encoder.conv_stem.weight)
    assert difference(other, backends.OnnxPredictor(graph, other), tiny_model, CPU) > backends.SAME
    assert choose_backend(tiny_model, [other], CPU).name == "torch"


def test_numbers_that_are_none_never_agree(tiny_model, networks, monkeypatch):
    monkeypatch.setattr(backends, "difference", lambda *_: float("nan"))
    assert choose_backend(tiny_model, networks, CPU).name == "torch"


@pytest.mark.parametrize("package", ["onnxruntime", "onnx"])
def test_without_its_packages_torch_does_the_work_and_it_is_said(tiny_model, networks, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    backend = choose_backend(tiny_model, networks, CPU)
    assert (backend.name, backend.predictors) == ("torch", networks)
    assert package in backend.note


def test_a_network_that_cannot_be_exported_is_left_to_torch(tiny_model, networks, monkeypatch):
    monkeypatch.setattr(onnx_file, "OPERATORS", -1)
    backend = choose_backend(tiny_model, networks, CPU)
    assert backend.name == "torch"
    assert "cannot be exported" in backend.note


def test_an_export_is_kept_and_taken_from_there(tiny_model, networks, monkeypatch):
    graph = exported(networks[0], tiny_model, 0)
    assert len(cached()) == 1

    def fail(*_):
        raise MadeAnewError

    monkeypatch.setattr(onnx_file, "_export", fail)
    assert exported(networks[0], tiny_model, 0) == graph
    cached()[0].unlink()
    with pytest.raises(MadeAnewError):
        exported(networks[0], tiny_model, 0)


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-7], lambda content: b"x" + content[1:], lambda _: b""]
)
def test_a_damaged_export_is_made_anew(tiny_model, networks, damage):
    graph = exported(networks[0], tiny_model, 0)
    path = cached()[0]
    path.write_bytes(damage(path.read_bytes()))
    assert exported(networks[0], tiny_model, 0) == graph
    assert exported(networks[0], tiny_model, 0) == path.read_bytes()[: -onnx_file.DIGEST_LENGTH]


def test_the_export_of_an_older_version_is_replaced_and_other_networks_stay(
    tiny_model, networks, monkeypatch
):
    exported(networks[0], tiny_model, 0)
    exported(networks[0], tiny_model, 1)
    before = cached()
    monkeypatch.setattr(onnx_file, "VERSION", 999)
    exported(networks[0], tiny_model, 1)
    assert len(cached()) == 2
    assert before[0] in cached()
    assert before[1] not in cached()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tiny_model, networks, own_folders):
    (own_folders / "cache").write_text("a file where the folder should be")
    assert choose_backend(tiny_model, networks, CPU).one_by_one


def test_half_precision_on_a_processor_is_refused(tiny_model, networks):
    with pytest.raises(UserError, match="for graphics cards"):
        choose_backend(tiny_model, networks, CPU, half=True)


def test_predictions_in_half_precision_have_a_store_of_their_own(tiny_model):
    assert StoreKey.of(tiny_model, 1).folder_name != StoreKey.of(tiny_model, 1, half=True).folder_name


def test_half_precision_is_measured_against_single_precision(tiny_model, networks):
    half = HalfPrecision(networks[0], "cpu", torch.bfloat16)
    assert half.features(torch.zeros(1, 3, 32, 32)).dtype == torch.float32
    assert half.drop_probability == networks[0].drop_probability
    assert 1e-5 < difference(networks[0], half, tiny_model, CPU) < 0.2


def test_the_pictures_for_the_check_are_in_the_range_of_the_model(tiny_model):
    from dataclasses import replace

    plain, imagenet = (test_pictures(replace(tiny_model, value_range=name)) for name in ("0..1", "imagenet"))
    assert plain.dtype == imagenet.dtype == np.float32
    assert (plain.min() >= 0, plain.max() <= 1) == (True, True)
    assert imagenet.min() < -1
