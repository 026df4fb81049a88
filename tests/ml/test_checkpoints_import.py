"""Foreign models of every kind become models of this program, with the same weights, and say how they were read."""

import importlib.util
import json
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gzviewer.core.errors import ModelError
from gzviewer.io.manifest import read_manifest, schema_of
from gzviewer.io.schemas import load_schema
from gzviewer.jobs.import_requests import Corrections, ImportRequest
from gzviewer.jobs.job import JobContext
from gzviewer.ml.checkpoints.tasks import run_import
from gzviewer.ml.families import load_predictors
from gzviewer.ml.torch_compat import timm

MAKER = Path(__file__).parents[1] / "oracle" / "make_old_checkpoint.py"
ARCHITECTURE = "test_efficientnet"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def maker():
    """The module that makes checkpoints as Zoobot lays them out."""
    spec = importlib.util.spec_from_file_location("make_old_checkpoint", MAKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def taken(tmp_path):
    """Imports a file or folder; returns the new manifest."""

    def take(path, name="", **corrections):
        context = JobContext(lambda progress: None, lambda part: None, threading.Event())
        request = ImportRequest(str(path), str(tmp_path / "models"), name, Corrections(**corrections))
        return read_manifest(Path(run_import(request, context).folder))

    return take


def told(manifest):
    return "\n".join(manifest.training["read_as"])


def test_a_tree_of_2_0_keeps_every_bit_of_its_weights(maker, taken, tmp_path):
    maker.tree_2_0(tmp_path / "tree.ckpt", ARCHITECTURE)
    model = taken(tmp_path / "tree.ckpt")
    there = torch.load(tmp_path / "tree.ckpt")["state_dict"]
    here = load_file(model.weights_path)
    assert torch.equal(here["head.weight"], there["head.1.0.weight"])
    assert all(torch.equal(here[name], there[name]) for name in here if name.startswith("encoder."))
    assert (model.head, model.schema, model.channels) == ("dirichlet", "gz2_ortho_schema", 1)
    assert (model.architecture, model.dropout, model.greyscale) == (ARCHITECTURE, 0.2, "mean")
    assert (model.side, model.value_range, model.interpolation) == (224, "0..1", "bilinear")
    assert model.crop_fraction == pytest.approx(1 / 1.2)


def test_the_trees_of_this_program_are_used_where_the_answers_are_the_same(maker, taken, tmp_path):
    maker.tree_2_0(tmp_path / "tree.ckpt", ARCHITECTURE)
    model = taken(tmp_path / "tree.ckpt")
    assert "bar-gz2" in told(model)
    assert "corrected after the real questionnaire" in told(model)
    assert schema_of(model) == load_schema("gz2_ortho_schema")


def test_a_tree_that_is_not_installed_is_kept_with_the_model(maker, taken, tmp_path):
    pairs = {"ring": ["_yes", "_no"], "ring-kind": ["_inner", "_outer"]}
    parents = {"ring": None, "ring-kind": "ring_yes", "bar": "ring_no"}
    maker.tree_2_0(
        tmp_path / "mine.ckpt", ARCHITECTURE, question_answer_pairs=pairs, dependencies=parents, output_dim=4
    )
    model = taken(tmp_path / "mine.ckpt")
    tree = schema_of(model)
    assert model.label_columns == ("ring_yes", "ring_no", "ring-kind_inner", "ring-kind_outer")
    assert tree.question("ring-kind").asked_after == {"ring_yes"}


def test_a_compiled_encoder_is_read_like_another(maker, taken, tmp_path):
    maker.tree_2_0(tmp_path / "tree.ckpt", ARCHITECTURE, compile_encoder=True)
    assert taken(tmp_path / "tree.ckpt").architecture == ARCHITECTURE


def test_a_tree_of_1_0_that_names_no_answers_is_found_by_their_number(maker, taken, tmp_path):
    maker.tree_1_0(tmp_path / "tree.ckpt", ARCHITECTURE)
    with pytest.raises(ModelError, match="gives 30 numbers"):
        taken(tmp_path / "tree.ckpt", schema="decals_dr5_ortho_schema")
    model = taken(tmp_path / "tree.ckpt")
    assert model.schema in {"gz2_ortho_schema", "gz2_schema_no_suffix", "gz_ukidss_schema"}
    assert "could be" in told(model)
    assert taken(tmp_path / "tree.ckpt", schema="gz_ukidss_schema").schema == "gz_ukidss_schema"


def test_a_finetuned_tree_with_a_pickled_schema_is_read_without_zoobot(maker, taken, tmp_path):
    maker.finetuned_tree(tmp_path / "rings.ckpt")
    model = taken(tmp_path / "rings.ckpt")
    assert (model.schema, model.architecture, model.dropout) == ("gz2_ortho_schema", "resnet18", 0.4)
    assert "by the names and shapes of its weights" in told(model)


@pytest.mark.parametrize(("era", "dropout"), [("SHARED_2_0", 0.3), ("SHARED_2_9", 0.4)])
def test_a_classifier_gives_probabilities_of_its_classes(maker, taken, tmp_path, era, dropout):
    maker.classifier(tmp_path / "a.ckpt", ARCHITECTURE, shared=getattr(maker, era))
    model = taken(tmp_path / "a.ckpt")
    assert (model.head, model.dropout) == ("classes", dropout)
    assert model.label_columns == ("class_0", "class_1", "class_2")
    [network] = load_predictors(model, CPU)
    assert network.outputs(torch.zeros(1, network.feature_count)).sum().item() == pytest.approx(1)


def test_the_names_of_classes_can_be_given(maker, taken, tmp_path):
    maker.classifier(tmp_path / "a.ckpt", ARCHITECTURE)
    named = taken(tmp_path / "a.ckpt", classes=("ring", "bar", "neither"))
    assert named.label_columns == ("ring", "bar", "neither")
    with pytest.raises(ModelError, match="3 numbers, but 2 names"):
        taken(tmp_path / "a.ckpt", classes=("ring", "bar"))


def test_what_decided_between_mean_and_luma_is_told(maker, taken, tmp_path):
    maker.classifier(tmp_path / "old.ckpt", ARCHITECTURE, shared=maker.SHARED_2_0, channels=1)
    maker.classifier(tmp_path / "new.ckpt", ARCHITECTURE, shared=maker.SHARED_2_9, channels=1)
    assert taken(tmp_path / "old.ckpt").greyscale == "mean"
    assert taken(tmp_path / "new.ckpt").greyscale == "luma"
    assert "greyscale: luma, as Zoobot 2.9" in told(taken(tmp_path / "new.ckpt"))


@pytest.mark.parametrize(("unit", "head"), [(True, "unit-values"), (False, "values")])
def test_a_regressor_keeps_the_name_of_its_value(maker, taken, tmp_path, unit, head):
    maker.regressor(tmp_path / "a.ckpt", ARCHITECTURE, unit_interval=unit)
    model = taken(tmp_path / "a.ckpt")
    assert (model.head, model.label_columns) == (head, ("bar_length",))


def test_37_outputs_are_the_columns_of_kaggle(taken, tmp_path):
    torch.save(timm.create_model(ARCHITECTURE, num_classes=37).state_dict(), tmp_path / "kaggle.pt")
    model = taken(tmp_path / "kaggle.pt")
    assert (model.head, model.schema) == ("shares", "kaggle_37")
    assert model.label_columns == load_schema("kaggle_37").label_columns
    assert "schema: kaggle_37, by the number of its outputs" in told(model)
    assert "as you said" not in told(model)


def test_37_classes_are_classes_where_the_file_says_so(maker, taken, tmp_path):
    maker.classifier(tmp_path / "a.ckpt", ARCHITECTURE, classes=37)
    assert taken(tmp_path / "a.ckpt").head == "classes"


def test_names_of_classes_that_are_not_distinct_are_refused(maker, taken, tmp_path):
    maker.classifier(tmp_path / "a.ckpt", ARCHITECTURE)
    with pytest.raises(ModelError, match="The name ring was given to two outputs"):
        taken(tmp_path / "a.ckpt", classes=("ring", "ring", "bar"))


def small_tree(maker, path, parents):
    pairs = {"ring": ["_yes", "_no"], "ring-kind": ["_inner", "_outer"]}
    maker.tree_2_0(path, ARCHITECTURE, question_answer_pairs=pairs, dependencies=parents, output_dim=4)
    return path


def test_a_question_that_nobody_says_when_to_ask_is_told(maker, taken, tmp_path):
    model = taken(small_tree(maker, tmp_path / "a.ckpt", {"ring": None}))
    assert "does not say who is asked ring-kind: taken as everybody" in told(model)


@pytest.mark.parametrize(
    ("parent", "words"),
    [("ring_yess", "after ring_yess, which is no answer"), ([], "tree that cannot be used")],
)
def test_a_parent_that_is_no_answer_is_refused(maker, taken, tmp_path, parent, words):
    path = small_tree(maker, tmp_path / "a.ckpt", {"ring": None, "ring-kind": parent})
    with pytest.raises(ModelError, match=words):
        taken(path)


def hub_folder(folder, file, **model_kwargs):
    folder.mkdir(parents=True)
    encoder = timm.create_model(ARCHITECTURE, num_classes=0, **model_kwargs)
    if file.endswith(".safetensors"):
        save_file(encoder.state_dict(), folder / file)
    else:
        torch.save(encoder.state_dict(), folder / file)
    config = {"architecture": ARCHITECTURE, "num_classes": 0, "pretrained_cfg": {"input_size": [3, 96, 96]}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model.safetensors"])
def test_an_encoder_of_timm_in_a_folder_answers_nothing_and_sees_what_its_settings_say(taken, tmp_path, file):
    model = taken(hub_folder(tmp_path / "plain", file))
    assert (model.head, model.label_columns) == ("none", ())
    assert (model.side, model.value_range) == (96, "imagenet")
    assert all(name.startswith("encoder.") for name in load_file(model.weights_path))


def test_an_encoder_of_zoobot_sees_what_zoobot_shows_it_greyscale_too(taken, tmp_path):
    folder = tmp_path / "models--mwalmsley--zoobot-encoder-greyscale" / "snapshots" / "abc"
    model = taken(hub_folder(folder, "pytorch_model.bin", in_chans=1))
    assert (model.channels, model.side, model.value_range) == (1, 224, "0..1")
    assert model.greyscale == "mean"


def test_the_name_of_a_folder_changes_nothing_but_what_a_person_says_does(taken, tmp_path):
    plain = taken(hub_folder(tmp_path / "zoobot-work" / "plain", "model.safetensors"))
    assert (plain.side, plain.value_range) == (96, "imagenet")
    assert "--made-by zoobot" in told(plain)
    said = taken(tmp_path / "zoobot-work" / "plain", made_by="zoobot")
    assert (said.side, said.value_range) == (224, "0..1")


def test_the_same_weights_beside_other_settings_are_read_again(taken, tmp_path):
    folder = hub_folder(tmp_path / "one", "model.safetensors")
    first = taken(folder)
    (folder / "config.json").write_text((folder / "config.json").read_text().replace("96", "64"))
    assert (first.side, taken(folder).side) == (96, 64)
    assert taken(folder).name == "one-model-2"


def test_classes_of_pictures_make_no_head(taken, tmp_path):
    torch.save(timm.create_model(ARCHITECTURE, num_classes=1000).state_dict(), tmp_path / "cats.pt")
    model = taken(tmp_path / "cats.pt")
    assert model.head == "none"
    assert "its 1000 classes are no galaxies" in told(model)


def test_what_was_imported_before_is_found_again_unless_it_is_read_otherwise(maker, taken, tmp_path):
    maker.regressor(tmp_path / "a.ckpt", ARCHITECTURE)
    first = taken(tmp_path / "a.ckpt")
    assert taken(tmp_path / "a.ckpt").folder == first.folder
    other = taken(tmp_path / "a.ckpt", side=96, crop=0.5)
    assert (other.name, other.side, other.crop_fraction) == ("a-2", 96, 0.5)
    assert taken(tmp_path / "a.ckpt", name="mine").name == "mine"


def test_a_person_can_name_the_encoder_but_not_a_wrong_one(maker, taken, tmp_path):
    maker.regressor(tmp_path / "a.ckpt", "resnet18")
    assert taken(tmp_path / "a.ckpt", encoder="resnetblur18").architecture == "resnetblur18"
    with pytest.raises(ModelError, match="does not fit an encoder resnet34"):
        taken(tmp_path / "a.ckpt", encoder="resnet34")
    with pytest.raises(ModelError, match="built on resnet19"):
        taken(tmp_path / "a.ckpt", encoder="resnet19")


def test_half_precision_is_read_as_it_is_in_single(maker, taken, tmp_path):
    state = timm.create_model(ARCHITECTURE, num_classes=2).half().state_dict()
    torch.save(state, tmp_path / "half.pt")
    weights = load_file(taken(tmp_path / "half.pt").weights_path)
    assert torch.equal(weights["head.weight"], state["classifier.weight"].float())


def test_counters_of_an_averaged_network_may_be_fractions(taken, tmp_path):
    state = timm.create_model(ARCHITECTURE, num_classes=2).state_dict()
    assert any(not value.is_floating_point() for value in state.values())
    torch.save({name: value.float() for name, value in state.items()}, tmp_path / "averaged.pt")
    assert taken(tmp_path / "averaged.pt").architecture == ARCHITECTURE


def test_a_model_of_this_program_is_taken_over_as_it_is(tiny_model, taken):
    model = taken(tiny_model.folder, name="copy")
    assert (model.name, model.sha256) == ("copy", tiny_model.sha256)


def test_a_model_in_the_cache_of_the_hub_is_taken_by_its_name(taken, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    home = tmp_path / "hub" / "models--mwalmsley--zoobot-encoder-tiny"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("abc")
    (home / "snapshots").mkdir()
    folder = hub_folder(home / "snapshots" / "abc", "pytorch_model.bin")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# An encoder\n")
    model = taken("hf_hub:mwalmsley/zoobot-encoder-tiny")
    assert (model.name, model.licence, model.side) == ("zoobot-encoder-tiny", "apache-2.0", 224)
    with pytest.raises(ModelError, match="not in the local cache"):
        taken("hf_hub:mwalmsley/zoobot-encoder-none")
