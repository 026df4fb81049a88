"""The training of the bundled model, on drawn galaxies and small networks; and that what is recorded is what was done."""

import csv
import io
import tarfile
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from gzviewer.core.errors import CatalogError
from gzviewer.io.manifest import read_manifest, write_manifest
from gzviewer.io.schemas import load_schema
from gzviewer.ml.bundled_training import __main__ as command
from gzviewer.ml.bundled_training.augment import Chances, _random_maps, augmented
from gzviewer.ml.bundled_training.descent import Descent, descend, row_batches
from gzviewer.ml.bundled_training.figures import COMMAND, keep_figures
from gzviewer.ml.bundled_training.finish import best_factors, write_model
from gzviewer.ml.bundled_training.galaxies import (
    Galaxies,
    is_for_calibration,
    is_held_out,
    read_classes,
    read_votes,
)
from gzviewer.ml.bundled_training.losses import shares_of_all, squares, votes_loss
from gzviewer.ml.bundled_training.members import Plan, Round, learn, say

SCHEMA = load_schema("kaggle_37")
COLUMNS = [answer.also[0] for question in SCHEMA.questions for answer in question.answers]
COLOURLESS = Chances(gain=0, gamma=0, grey=0, noise=0)


@pytest.fixture
def data(tmp_path, drawn_galaxy):
    """A folder of 60 drawn galaxies: images, votes, and an archive with one class each."""
    (tmp_path / "images").mkdir()
    names = [f"{number:03d}" for number in range(60)]
    concentrations = torch.rand(60, 37, generator=torch.Generator().manual_seed(0)) + 0.1
    with (tmp_path / "votes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["GalaxyID", *COLUMNS])
        for name, shares in zip(names, shares_of_all(SCHEMA, concentrations).tolist(), strict=True):
            writer.writerow([name, *shares[:36], ""])
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        for number, name in enumerate(names):
            path = tmp_path / "images" / f"{name}.jpg"
            Pillow.fromarray(drawn_galaxy(number)).save(path)
            archive.add(path, f"further-{name}.jpg")
    classes = "\n".join(f"further-{name},{'round' if int(name) % 2 else 'spiral'}" for name in names)
    (tmp_path / "labels.csv").write_text(f"GalaxyID,class5\n{classes}\n")
    return tmp_path


@pytest.fixture
def plan(data, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    rounds = (Round(2, 1e-3, 32, 8, 8), Round(2, 1e-3, 32, 8, 4, is_told=True))
    return Plan(data, data, work, rounds, ("test_efficientnet", "test_resnet"), 40)


def test_members_learn_in_rounds_and_become_a_model(plan, tmp_path):
    for step in (partial(learn, plan, 0), partial(say, plan, 0), partial(learn, plan, 1)):
        for member in plan.members:
            step(member)
    (tmp_path / "model").mkdir()
    write_model(plan, tmp_path / "model")
    manifest = read_manifest(tmp_path / "model")
    assert manifest.architectures == ("test_efficientnet", "test_resnet")
    assert set(manifest.factors) == {question.name for question in SCHEMA.questions}
    held_out = (plan.work / "held_out_ids.txt").read_text().split()
    assert held_out[1:] == [f"{number:03d}" for number in range(60) if is_held_out(f"{number:03d}")]


def test_a_round_gives_the_same_weights_again(plan):
    learn(plan, 0, 0)
    first = torch.load(plan.weights(0, 0), weights_only=True)
    learn(plan, 0, 0)
    again = torch.load(plan.weights(0, 0), weights_only=True)
    assert all(torch.equal(value, again[name]) for name, value in first.items())


def test_the_statistics_of_the_finished_network_are_those_of_its_inputs():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4))
    descend(network, lambda: network(0.3 * torch.rand(8, 1, 9, 9)).square().mean(), Descent(20, 1e-4))
    given = network(0.3 * torch.rand(64, 1, 9, 9)).detach()
    assert not network.training
    assert given.var() == pytest.approx(1, abs=0.3)


def test_shares_of_all_multiply_along_the_tree():
    concentrations = torch.ones(1, 37)
    concentrations[0, 1] = 8.0  # features or disk: 8 of 10
    shares = dict(zip(COLUMNS, shares_of_all(SCHEMA, concentrations)[0].tolist(), strict=True))
    assert shares["Class1.2"] == pytest.approx(0.8)
    assert shares["Class2.2"] == pytest.approx(0.4)
    assert shares["Class3.1"] == pytest.approx(0.2)
    assert shares["Class6.1"] == pytest.approx(0.5)
    assert shares["Class8.1"] == pytest.approx(0.5 / 7)


def test_unknown_shares_add_nothing_to_the_loss_or_its_gradient():
    concentrations = (torch.rand(3, 37) * 10 + 1).requires_grad_()
    targets = torch.full((3, 37), torch.nan)
    loss = votes_loss(SCHEMA, concentrations, targets)
    assert loss.item() == 0
    torch.autograd.backward(loss)
    assert torch.equal(concentrations.grad, torch.zeros(3, 37))
    assert squares(SCHEMA, concentrations, shares_of_all(SCHEMA, concentrations)).max() == 0


def test_a_factor_undoes_concentrations_that_are_too_sure():
    chance = torch.distributions.Dirichlet(torch.tensor([8.0, 2.0]))
    torch.manual_seed(0)
    targets = torch.full((3000, 37), torch.nan)
    targets[:, 13:15] = torch.distributions.Multinomial(40, chance.sample((3000,))).sample() / 40
    odd = SCHEMA.slice_of(SCHEMA.question("something-odd-gz2"))
    assert (odd.start, odd.stop) == (13, 15)
    concentrations = torch.ones(1, 3000, 37)
    concentrations[..., odd] = torch.tensor([24.0, 6.0])
    galaxies = Galaxies(("",) * 3000, torch.empty(3000, 0), targets)
    assert best_factors(SCHEMA, galaxies, concentrations)["something-odd-gz2"] == pytest.approx(
        1 / 3, rel=0.1
    )


def test_galaxies_are_held_out_for_good():
    names = [str(number) for number in range(10_000)]
    out = np.array([is_held_out(name) for name in names])
    calibrating = np.array([is_for_calibration(name) for name in names])
    assert 0.14 < out.mean() < 0.16
    assert 0.045 < calibrating.mean() < 0.055
    assert not (out & calibrating).any()
    assert is_held_out("100023") == is_held_out("100023")


def test_every_row_comes_before_any_comes_again():
    batches = row_batches(10, 4, torch.Generator().manual_seed(0))
    drawn = torch.cat([next(batches) for _ in range(5)])
    assert sorted(drawn[:10].tolist()) == sorted(drawn[10:].tolist()) == list(range(10))


def test_augmenting_is_repeatable_and_keeps_the_range(drawn_galaxy):
    images = torch.from_numpy(np.stack([drawn_galaxy(seed).transpose(2, 0, 1) for seed in range(4)]))
    first, again, other = (
        augmented(images, 32, torch.Generator().manual_seed(seed), Chances()) for seed in (1, 1, 2)
    )
    assert (first.shape, first.dtype) == ((4, 3, 32, 32), torch.float32)
    assert 0 <= first.min() < first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_about_every_second_picture_is_mirrored():
    maps = _random_maps(400, torch.Generator().manual_seed(0), Chances())
    is_mirrored = torch.linalg.det(maps[:, :, :2]) < 0
    assert 160 < int(is_mirrored.sum()) < 240


def test_augmenting_keeps_the_centre_in_view():
    images = torch.zeros(50, 1, 41, 41, dtype=torch.uint8)
    images[:, :, 17:24, 17:24] = 255
    light = augmented(images, 41, torch.Generator().manual_seed(0), COLOURLESS).mean(dim=(0, 1))
    assert light[20, 20] > 0.8
    assert light[0].max() < 0.01


def test_votes_of_the_challenge_are_read_as_they_stand(real_data):
    galaxies = read_votes(real_data / "kaggle_gz2", SCHEMA, side=4)
    row = galaxies.ids.index("100008")
    shares = dict(zip(COLUMNS, galaxies.targets[row].tolist(), strict=True))
    assert shares["Class1.2"] == pytest.approx(0.616853)
    assert shares["Class4.1"] == pytest.approx(0.418397819)
    assert galaxies.targets.isnan().any(dim=1).sum() == 6522 - 3190


def test_a_table_of_another_survey_is_refused(data):
    (data / "votes.csv").write_text("GalaxyID,other\na,1\n")
    with pytest.raises(CatalogError, match=r"has no Class1\.1"):
        read_votes(data, SCHEMA, side=4)


def test_a_picture_of_the_archive_is_read_whole(data):
    galaxies = read_classes(data, side=8)
    assert (galaxies.images.shape, galaxies.images.dtype) == ((60, 3, 8, 8), torch.uint8)
    assert galaxies.targets[:4].tolist() == [1, 0, 1, 0]
    with Pillow.open(io.BytesIO((data / "images" / "000.jpg").read_bytes())) as picture:
        assert abs(np.asarray(picture).mean() - galaxies.images[0].float().mean()) < 3


def test_a_folder_that_holds_a_model_is_not_written_over(tmp_path, monkeypatch, capsys):
    (tmp_path / "manifest.toml").touch()
    words = ["train", "--data", "nowhere", "--classes", "nowhere", "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", [*words, "--work", str(tmp_path / "work")])
    with pytest.raises(SystemExit):
        command.main()
    assert "Name a new folder." in capsys.readouterr().err


def test_figures_are_kept_in_the_manifest_without_what_could_not_be_measured(tiny_model, tmp_path):
    write_manifest(replace(tiny_model, folder=tmp_path))
    keep_figures(tmp_path, {"rmse_37": 0.123456, "none": None, "questions": {"bar": {"loss": 2.00004}}})
    kept = read_manifest(tmp_path).metrics
    assert kept == {"command": COMMAND, "rmse_37": 0.1235, "questions": {"bar": {"loss": 2.0}}}
