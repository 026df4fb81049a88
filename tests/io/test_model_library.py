"""The person's own models: names, what was imported before, adding and removing, and nothing outside their folder."""

from dataclasses import replace

import pytest

from gzviewer.core.errors import ModelError
from gzviewer.io.checkpoints import list_models, sha256_of
from gzviewer.io.manifest import Manifest, write_manifest
from gzviewer.io.model_library import ModelLibrary, here_already, is_foreign
from gzviewer.jobs.import_requests import Corrections

NOTHING = Corrections()


def written(folder, name, **training):
    """A model whose weights are any bytes."""
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights of " + name.encode())
    manifest = Manifest(
        folder=folder,
        name=name,
        title=name,
        family="bundled",
        schema="",
        label_columns=("ring", "bar"),
        weights="weights.safetensors",
        sha256=sha256_of(folder / "weights.safetensors"),
        licence="MIT",
        parameters=1,
        provisional=False,
        architectures=("resnet18",),
        channels=3,
        head="classes",
        dropout=0.5,
        side=224,
        crop_fraction=1.0,
        training=training,
    )
    write_manifest(manifest)
    return manifest


@pytest.fixture
def library(tmp_path):
    written(tmp_path / "bundled" / "small", "small")
    return ModelLibrary(tmp_path / "own", [tmp_path / "bundled"])


def test_a_name_that_is_taken_gets_a_number(library):
    written(library.folder / "rings", "rings")
    assert library.free_name("rings") == "rings-2"
    assert library.free_name("small") == "small-2"
    assert library.free_name("bars") == "bars"


@pytest.mark.parametrize("wanted", ["../../outside", "/etc/passwd", "", "..", "a b:c", "x" * 300])
def test_a_name_never_leads_out_of_the_folder(library, wanted):
    name = library.free_name(wanted)
    assert (library.folder / name).parent == library.folder
    assert name.strip(".") == name != ""


def test_a_name_that_cannot_be_had_is_refused_with_one_that_can(library):
    with pytest.raises(ModelError, match="small-2 is free"):
        library.check_free("small")
    with pytest.raises(ModelError, match="small: a model of that name is there"):
        library.check_free("small")
    with pytest.raises(ModelError, match="My Model!: a name has letters"):
        library.check_free("My Model!")


def test_an_import_is_found_by_the_digest_of_its_file_and_the_corrections(library):
    notes = {"source_sha256": "ab" * 32}
    plain = written(library.folder / "a", "a", **notes)
    smaller = written(library.folder / "b", "b", **notes, corrections={"side": 96, "classes": ["x", "y"]})
    assert library.imported("ab" * 32, NOTHING) == plain
    assert library.imported("ab" * 32, Corrections(side=96, classes=("x", "y"))) == smaller
    assert library.imported("ab" * 32, Corrections(side=64)) is None
    assert library.imported("cd" * 32, NOTHING) is None


def test_a_foreign_file_that_was_imported_is_known_without_reading_it(library, tmp_path):
    (tmp_path / "it.ckpt").write_bytes(b"anything")
    assert here_already(str(tmp_path / "it.ckpt"), library, NOTHING) is None
    made = written(library.folder / "it", "it", source_sha256=sha256_of(tmp_path / "it.ckpt"))
    assert here_already(str(tmp_path / "it.ckpt"), library, NOTHING) == made


def test_what_is_foreign_is_told_from_what_is_ours(library, tmp_path):
    (tmp_path / "it.ckpt").touch()
    (tmp_path / "encoder").mkdir()
    assert is_foreign("hf_hub:owner/name")
    assert is_foreign(str(tmp_path / "it.ckpt"))
    assert is_foreign(str(tmp_path / "encoder"))
    assert not is_foreign(str(tmp_path / "bundled" / "small"))
    assert not is_foreign("small")


def test_a_new_model_is_there_whole_or_not_at_all(library):
    with pytest.raises(ZeroDivisionError), library.new_folder("broken") as folder:
        (folder / "manifest.toml").write_text("half")
        assert list_models([library.folder]) == []
        _ = 1 / 0
    assert not (library.folder / "broken").exists()
    with library.new_folder("whole") as folder:
        (folder / "a").touch()
    assert (library.folder / "whole" / "a").is_file()


def test_a_model_of_ours_is_copied_under_its_name_or_another(library, tmp_path):
    source = written(tmp_path / "usb stick", "rings")
    assert library.add(source.folder).name == "rings"
    copy = library.add(source.folder, "rings-again")
    assert copy == replace(source, folder=library.folder / "rings-again", name="rings-again")
    with pytest.raises(ModelError, match="rings-2 is free"):
        library.add(source.folder)


def test_a_model_whose_weights_are_not_its_own_is_not_added(library, tmp_path):
    source = written(tmp_path / "usb stick", "rings")
    source.weights_path.write_bytes(b"others")
    with pytest.raises(ModelError, match="not the file its manifest names"):
        library.add(source.folder)
    assert library.models() == []


def test_removing_takes_only_the_persons_own(library, tmp_path):
    written(library.folder / "folder of rings", "rings")
    library.remove("rings")
    assert library.models() == []
    with pytest.raises(ModelError, match="comes with the program"):
        library.remove("small")
    for name in ("rings", "", ".", "..", "../bundled", str(tmp_path / "bundled" / "small")):
        with pytest.raises(ModelError, match="no model"):
            library.remove(name)
    assert (tmp_path / "bundled" / "small").is_dir()


def test_a_folder_that_cannot_be_used_is_removed_too(library):
    (library.folder / "broken").mkdir(parents=True)
    (library.folder / "broken" / "manifest.toml").write_text("name = 1")
    library.remove("broken")
    assert not (library.folder / "broken").exists()
