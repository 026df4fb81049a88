import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from gzviewer.core.errors import CatalogError, ModelError
from gzviewer.io.checkpoints import read_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.io.settings import resource_folder
from gzviewer.ml import train_bundled
from gzviewer.ml.augment import _random_maps, augmented
from gzviewer.ml.evaluate_bundled import evaluate, table
from gzviewer.ml.train_bundled import Plan, command, make_empty, train, write_model
from gzviewer.ml.training_data import expected_votes, is_held_out, read_published, read_votes

SCHEMA = load_schema("gz2_ortho_schema")


@pytest.fixture
def data(tmp_path, drawn_galaxy):
    """A folder of 90 drawn galaxies: images, fractions, and an archive with one class each."""
    (tmp_path / "images").mkdir()
    names = [f"{number:03d}" for number in range(90)]
    chance = np.random.default_rng(0)
    with (tmp_path / "fractions_zoobot_columns.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id_str", *(f"{label}_fraction" for label in SCHEMA.label_columns)])
        for name in names:
            shares = [chance.dirichlet(np.ones(len(question.answers))) for question in SCHEMA.questions]
            writer.writerow([name, *np.concatenate(shares)])
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        for number, name in enumerate(names):
            path = tmp_path / "images" / f"{name}.jpg"
            Pillow.fromarray(drawn_galaxy(number)).save(path)
            archive.add(path, f"further-{name}.jpg")
    classes = "\n".join(f"further-{name},{'round' if int(name) % 2 else 'spiral'}" for name in names)
    (tmp_path / "labels.csv").write_text(f"GalaxyID,class5\n{classes}\n")
    return tmp_path


def test_expected_votes_walk_down_the_tree():
    fractions = np.full((1, 30), np.nan)
    labels = SCHEMA.label_columns
    for label, share in {
        "smooth-or-featured-gz2_smooth": 0.25,
        "smooth-or-featured-gz2_featured-or-disk": 0.5,
        "smooth-or-featured-gz2_artifact": 0.25,
        "disk-edge-on-gz2_yes": 0.1,
        "disk-edge-on-gz2_no": 0.9,
        "bar-gz2_yes": 1.0,
        "something-odd-gz2_no": 1.0,
    }.items():
        fractions[0, labels.index(label)] = share
    votes = dict(zip(labels, expected_votes(SCHEMA, fractions)[0].tolist(), strict=True))
    assert votes["smooth-or-featured-gz2_smooth"] == 10
    assert votes["disk-edge-on-gz2_no"] == pytest.approx(18)
    assert votes["bar-gz2_yes"] == pytest.approx(18)
    assert votes["something-odd-gz2_no"] == pytest.approx(30)
    assert votes["how-rounded-gz2_round"] == votes["spiral-winding-gz2_tight"] == 0


def test_votes_of_the_challenge_are_those_of_volunteers_who_got_there(real_data):
    galaxies = read_votes(real_data / "kaggle_gz2", SCHEMA, side=4)
    row = galaxies.ids.index("100008")  # Class1.2 is 0.616853, Class4.1 0.418397819 of all who were asked
    votes = dict(zip(SCHEMA.label_columns, galaxies.targets[row].tolist(), strict=True))
    assert votes["smooth-or-featured-gz2_featured-or-disk"] == pytest.approx(40 * 0.616853, abs=0.01)
    assert votes["has-spiral-arms-gz2_yes"] == pytest.approx(40 * 0.418397819, abs=0.01)


def test_the_galaxies_held_out_are_always_the_same_seventh():
    out = [is_held_out(str(number)) for number in range(10_000)]
    assert 0.14 < np.mean(out) < 0.16
    assert [number for number in range(20) if out[number]] == [
        number for number in range(20) if is_held_out(str(number))
    ]


def test_augmenting_is_repeatable_and_keeps_the_range(drawn_galaxy):
    images = torch.from_numpy(np.stack([drawn_galaxy(seed).transpose(2, 0, 1) for seed in range(4)]))
    first, again, other = (augmented(images, 32, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert (first.shape, first.dtype) == ((4, 3, 32, 32), torch.float32)
    assert 0 <= first.min() < first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_about_every_second_picture_is_mirrored():
    maps = _random_maps(400, torch.Generator().manual_seed(0))
    is_mirrored = torch.linalg.det(maps[:, :, :2]) < 0
    assert 160 < int(is_mirrored.sum()) < 240


def test_augmenting_keeps_the_centre_in_view():
    images = torch.zeros(50, 1, 41, 41, dtype=torch.uint8)
    images[:, :, 17:24, 17:24] = 255
    seen = augmented(images, 41, torch.Generator().manual_seed(0))
    light = seen.mean(dim=(0, 1))
    assert light[20, 20] > 0.8
    assert light[0].max() < 0.01


def test_a_model_is_trained_written_and_measured(data, tmp_path, monkeypatch):
    for name, value in {
        "ARCHITECTURE": "test_efficientnet",
        "INPUT_SIDE": 32,
        "STORED_SIDE": 40,
        "BATCH": 16,
    }.items():
        monkeypatch.setattr(train_bundled, name, value)
    plan = Plan(data, pretrain=data, epochs=2, pretrain_epochs=1, threads=1)
    first, again = train(plan), train(plan)
    assert torch.equal(first.head.weight, again.head.weight)
    make_empty(tmp_path / "model")
    write_model(first, tmp_path / "model", plan, seconds=60)
    manifest = read_manifest(tmp_path / "model")
    assert (manifest.training["minutes"], manifest.training["epochs"]) == (1.0, 2)
    measured = evaluate(data, manifest)
    assert list(measured) == [question.name for question in SCHEMA.questions]
    assert all(np.isfinite(figures.loss) for figures in measured.values())
    assert len(table(measured).splitlines()) == 11


def test_the_recorded_command_makes_the_bundled_model_again():
    told = read_manifest(resource_folder() / "models" / "gz2_small").training
    chances = {key: told[key] for key in ("seed", "epochs", "pretrain_epochs", "threads", "half")}
    assert told["command"] == command(Plan(Path(), pretrain=Path(), **chances))
    makefile = (resource_folder().parent / "Makefile").read_text().splitlines()
    [line] = [line for line in makefile if "gzviewer.ml.train_bundled" in line]
    assert {"--data", "--pretrain", "--out", "--half"} == {word for word in line.split() if word[:2] == "--"}
    assert chances == {
        key: getattr(Plan(Path(), half=True), key) for key in chances
    }  # what make does not say


def test_a_folder_that_holds_a_model_is_not_written_over(tmp_path, monkeypatch, capsys):
    (tmp_path / "manifest.toml").touch()
    with pytest.raises(ModelError, match="is not empty"):
        make_empty(tmp_path)
    monkeypatch.setattr("sys.argv", ["train", "--data", "nowhere", "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        train_bundled.main()
    assert "Name a new folder." in capsys.readouterr().err


def test_published_fractions_leave_out_what_training_may_have_seen(tmp_path):
    stems = [answer.also[0] for question in SCHEMA.questions for answer in question.answers]
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["asset_id", "kaggle_GalaxyID", *(f"{stem}_debiased" for stem in stems)])
        writer.writerow(["7", "", *range(29), ""])
        writer.writerow(["8", "100008", *range(30)])
    ids, fractions = read_published(tmp_path, SCHEMA, "debiased")
    assert ids == ("7",)
    assert fractions[0, :29].tolist() == list(range(29))
    assert np.isnan(fractions[0, 29])


def test_a_table_of_another_survey_is_refused(data):
    (data / "fractions_zoobot_columns.csv").write_text("id_str,other\na,1\n")
    with pytest.raises(CatalogError, match="has no smooth-or-featured-gz2_smooth_fraction"):
        read_votes(data, SCHEMA, side=4)


def test_a_picture_of_the_archive_is_read_whole(data):
    from gzviewer.ml.training_data import read_classes

    galaxies = read_classes(data, side=8)
    assert (galaxies.images.shape, galaxies.images.dtype) == ((90, 3, 8, 8), torch.uint8)
    assert galaxies.targets[:4].tolist() == [1, 0, 1, 0]
    with Pillow.open(io.BytesIO((data / "images" / "000.jpg").read_bytes())) as picture:
        assert abs(np.asarray(picture).mean() - galaxies.images[0].float().mean()) < 3
