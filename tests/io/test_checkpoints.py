import subprocess
import sys
from dataclasses import replace

import pytest

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import UnusableModel, find_model, list_models, sha256_of
from gzviewer.io.manifest import FILE_NAME, Manifest, read_manifest, write_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import resource_folder

GOOD = """
name = "tiny"
title = "Tiny"
family = "bundled"
schema = "gz_rings_schema"
label_columns = ["ring_yes", "ring_no"]
weights = "weights.safetensors"
sha256 = "{digest}"
licence = "BSD-3-Clause"
parameters = 12
provisional = true

[network]
architectures = ["resnet10t"]
channels = 3
head = "dirichlet"
dropout = 0.5

[input]
side = 32
crop_fraction = 1
range = "0..1"

[metrics]
loss = 1.5
""".format(digest="0f" * 32)


@pytest.fixture
def write(tmp_path):
    """Writes a manifest of its own folder; returns the folder."""

    def put(text, name="tiny"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / FILE_NAME).write_text(text)
        return folder

    return put


def test_a_manifest_tells_what_a_model_is(write):
    manifest = read_manifest(write(GOOD))
    assert (manifest.name, manifest.schema) == ("tiny", "gz_rings_schema")
    assert manifest.label_columns == ("ring_yes", "ring_no")
    assert manifest.crop_fraction == 1.0
    assert manifest.metrics == {"loss": 1.5}
    assert manifest.weights_path.name == "weights.safetensors"


@pytest.mark.parametrize(
    ("line", "instead", "named"),
    [
        ('title = "Tiny"', "", "no title"),
        ("side = 32", "", r"no input\.side"),
        ("dropout = 0.5", 'dropout = "much"', r"network\.dropout is 'much'"),
        ("parameters = 12", "parameters = true", "parameters is True"),
        ("side = 32", "side = 0", r"input\.side cannot be used"),
        ("crop_fraction = 1", "crop_fraction = 1.5", r"input\.crop_fraction"),
        ('head = "dirichlet"', 'head = "softmax"', r"network\.head"),
        ('"resnet10t"', '"hf_hub:someone/else"', r"network\.architectures cannot be used"),
        ('"resnet10t"', '"local-dir:/tmp"', r"network\.architectures cannot be used"),
        ('"ring_yes", "ring_no"', '"ring_yes", 2', "label_columns is no list of texts"),
        ('"ring_yes", "ring_no"', '"ring_yes", "ring_yes"', "label_columns"),
        ('"ring_yes", "ring_no"', '"ring_no", "ring_yes"', "column 1 is ring_no, but ring_yes in the schema"),
        ('"ring_yes", "ring_no"', '"ring_yes"', "column 2 is nothing, but ring_no"),
        ("gz_rings_schema", "gz_wings_schema", "its schema cannot be used: There is no schema gz_wings"),
        ("weights.safetensors", "../weights.safetensors", "weights cannot be used"),
        ("0f0f", "zz0f", "sha256"),
        ("[network]", "[network", "no TOML"),
    ],
)
def test_a_manifest_that_cannot_be_used_names_its_key(write, line, instead, named):
    assert line in GOOD
    with pytest.raises(ModelError, match=f"(?i){named}"):
        read_manifest(write(GOOD.replace(line, instead)))


def test_a_manifest_is_read_as_it_was_written(write, tmp_path):
    manifest = read_manifest(write(GOOD))
    strange = {
        "command": 'a "quoted" \\ one\x7f',
        "questions": {"is it?": {"loss": 1e-7}},
        "seeds": [1, 2],
        "x": {},
    }
    manifest = replace(manifest, folder=tmp_path, training=strange, dropout=0.0)
    write_manifest(manifest)
    assert read_manifest(tmp_path) == manifest


def test_a_folder_without_a_manifest_is_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"manifest\.toml cannot be read"):
        read_manifest(tmp_path)


def test_another_crop_is_another_preprocessing(write):
    one = read_manifest(write(GOOD))
    other = read_manifest(write(GOOD.replace("crop_fraction = 1", "crop_fraction = 0.5"), "other"))
    assert one.preprocessing != other.preprocessing


def test_models_are_listed_with_those_that_cannot_be_used(write, tmp_path):
    write(GOOD)
    write("name = 3", "broken")
    broken, tiny = list_models([tmp_path, tmp_path / "not there"])
    assert isinstance(tiny, Manifest)
    assert isinstance(broken, UnusableModel)
    assert "has no network" in str(broken.error)


def test_a_model_is_found_by_name_or_by_folder(write, tmp_path):
    folder = write(GOOD, "tiny-2030")
    assert find_model("tiny", [tmp_path]).folder == folder
    assert find_model(folder, []).name == "tiny"
    with pytest.raises(ModelError, match=r"no model big\. Name one of tiny"):
        find_model("big", [tmp_path])


@pytest.mark.parametrize("name", [".", FILE_NAME, "weights.safetensors"])
def test_a_model_is_found_by_its_manifest_or_its_weights(write, monkeypatch, name):
    folder = write(GOOD)
    (folder / "weights.safetensors").touch()
    monkeypatch.chdir(folder)
    assert find_model(folder / name, []) == find_model(name, []) == read_manifest(folder)


def test_a_file_that_is_no_models_is_told_so(write, tmp_path):
    for path in (write(GOOD) / "other.safetensors", tmp_path / "alone.safetensors"):
        path.touch()
    with pytest.raises(ModelError, match=r"not the file of weights .*, weights\.safetensors\."):
        find_model(tmp_path / "tiny" / "other.safetensors", [])
    with pytest.raises(ModelError, match=r"has no manifest\.toml beside it"):
        find_model(tmp_path / "alone.safetensors", [])


def test_a_broken_model_of_the_same_name_does_not_hide_one_that_can_be_used(write, tmp_path):
    write("name = 3", "first/tiny")
    good = write(GOOD, "second/tiny")
    assert find_model("tiny", [tmp_path / "first", tmp_path / "second"]).folder == good


def test_a_broken_model_asked_for_by_its_name_says_what_is_broken(write, tmp_path):
    write("name = 3", "broken")
    with pytest.raises(ModelError, match="has no network"):
        find_model("broken", [tmp_path])


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "empty").touch()
    assert sha256_of(tmp_path / "empty").startswith("e3b0c44298fc1c14")
    with pytest.raises(ModelError, match="cannot be read"):
        sha256_of(tmp_path / "nothing")


def test_the_bundled_models_fit_their_weights_and_their_schemas():
    models = list_models([resource_folder() / "models"])
    assert models
    for model in models:
        assert isinstance(model, Manifest), model
        assert sha256_of(model.weights_path) == model.sha256
        assert model.label_columns == load_schema(model.schema).label_columns
        assert model.weights_path.stat().st_size < 12e6


def test_reading_manifests_loads_no_heavy_library():
    program = "import sys, gzviewer.io.checkpoints; print({'astropy', 'torch', 'pandas'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
