"""Whole runs, on drawn galaxies that are red or blue, with the tiny model."""

import csv
import json
import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from gzviewer.core.errors import UserError, WorkerDied
from gzviewer.io.manifest import read_manifest
from gzviewer.jobs.finetune_requests import FinetuneEpoch, FinetunePlanned, FinetuneRequest, FinetuneSettings
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.jobs.process import run_in_child
from gzviewer.ml.families import load_predictors
from gzviewer.ml.finetune.asked import kept_request
from gzviewer.ml.finetune.task import run_finetune

COUNT = 110
FEW = FinetuneSettings(
    epochs=3, split=(6.0, 2.0, 2.0), learning_rate=1e-3, head_learning_rate=1e-2, warm_up_epochs=0.5
)


class Desk:
    """Whoever asked: keeps the records, may do something at an epoch."""

    def __init__(self, at_epoch=None, action=None):
        self.records, self.flag = [], threading.Event()
        self.at_epoch, self.action = at_epoch, action
        self.progress = []
        self.context = JobContext(self.progress.append, self._take, self.flag)

    def _take(self, record):
        self.records.append(record)
        if isinstance(record, FinetuneEpoch) and record.epoch == self.at_epoch:
            (self.action or self.flag.set)()

    def all(self, kind):
        return [record for record in self.records if isinstance(record, kind)]


@pytest.fixture(scope="module")
def galaxies(tmp_path_factory):
    """A folder of red and blue galaxies, and tables of what they are."""
    folder = tmp_path_factory.mktemp("galaxies")
    (folder / "images").mkdir()
    chance = np.random.default_rng(1)
    y, x = np.mgrid[-1:1:40j, -1:1:40j]
    lines = []
    for number in range(COUNT):
        red = number % 2
        light = np.exp(-4 * np.hypot(x, y))[..., None] * ((220, 90, 60) if red else (60, 90, 220))
        pixels = np.clip(light + chance.normal(12, 6, (40, 40, 3)), 0, 255).astype(np.uint8)
        Pillow.fromarray(pixels).save(folder / "images" / f"g{number}.png")
        lines.append(
            (
                f"g{number}",
                "red" if red else "blue",
                15 + red + chance.normal(0, 0.1),
                30 * red,
                30 - 25 * red,
                5,
            )
        )
    with (folder / "labels.csv").open("w", newline="") as file:
        start = "smooth-or-featured-gz2_"
        names = (f"{start}smooth", f"{start}featured-or-disk", f"{start}artifact")
        csv.writer(file).writerows([("id_str", "colour", "magnitude", *names), *lines])
    return folder


@pytest.fixture
def ask(galaxies, tiny_model, tmp_path):
    def make(out="taught", **more):
        settings = replace(FEW, **more.pop("settings", {}))
        return FinetuneRequest(
            str(galaxies / "images"),
            str(galaxies / "labels.csv"),
            str(tiny_model.folder),
            str(tmp_path / out),
            settings=settings,
            device="cpu",
            threads=1,
            **more,
        )

    return make


def judged_in(folder):
    report = json.loads((Path(folder) / "report.json").read_text())
    return {entry["title"]: entry["figures"] for entry in report["test"]}


@pytest.mark.parametrize("blocks", ["head", "2", "all"])
def test_a_model_learns_classes_and_predicts_them(ask, blocks):
    desk, settings = Desk(), {"blocks": blocks, "epochs": 8, "head_learning_rate": 0.3, "dropout": 0.1}
    result = run_finetune(ask(label_column="colour", settings=settings), desk.context)
    [plan], epochs = desk.all(FinetunePlanned), desk.all(FinetuneEpoch)
    assert (plan.names, sum(plan.galaxies.values()), len(plan.blocks)) == (("blue", "red"), COUNT, 6)
    assert [epoch.epoch for epoch in epochs] == list(range(1, result.epochs + 1))
    assert {"train/loss", "validation/loss", "validation/accuracy"} == set(epochs[0].metrics)
    assert epochs[-1].metrics["train/loss"] < epochs[0].metrics["train/loss"]
    assert blocks != "head" or any("encoder looks at" in step.note and step.done for step in desk.progress)
    figures = judged_in(result.model)
    assert blocks == "head" or figures["after teaching"]["accuracy"]["value"] > 0.9
    assert figures["always the most common class of training"]["accuracy"]["value"] == pytest.approx(
        0.5, abs=0.1
    )


def test_the_result_is_a_model_that_says_where_it_comes_from(ask, tiny_model):
    result = run_finetune(ask(label_column="colour"), Desk().context)
    model = read_manifest(Path(result.model))
    assert (model.head, model.label_columns, model.name) == ("classes", ("blue", "red"), "taught")
    assert model.training["parent_sha256"] == tiny_model.sha256
    assert model.training["galaxies"] == {"train": 66, "validation": 22, "test": 22}
    assert "after teaching" in model.metrics
    there = {path.name for path in Path(result.model).iterdir()}
    assert {
        "metrics.csv",
        "events",
        "split.csv",
        "augmented.png",
        "report.md",
        "weights.safetensors",
    } <= there
    assert "work" not in there
    load_predictors(model, __import__("torch").device("cpu"))


def test_values_are_learned_in_their_own_unit(ask):
    desk = Desk()
    result = run_finetune(ask(label_column="magnitude", settings={"epochs": 12}), desk.context)
    figures = judged_in(result.model)
    told = [epoch.metrics for epoch in desk.all(FinetuneEpoch)]
    in_variances = [metrics["validation/rmse"] ** 2 / metrics["validation/loss"] for metrics in told]
    assert in_variances == pytest.approx([in_variances[0]] * 12, rel=1e-3)  # one unit, as the loss has one
    assert 0.4 < np.sqrt(in_variances[0]) < 0.7  # magnitudes of 15 and 16 deviate by 0.5
    assert read_manifest(Path(result.model)).head == "values"
    assert (
        figures["after teaching"]["rmse"]["value"]
        < 0.8 * figures["always the mean of training"]["rmse"]["value"]
    )
    assert set(figures) >= {"a linear head on the parent's features (ridge regression)"}


def test_a_tree_goes_on_from_the_parents_head_and_is_compared_with_it(ask, tiny_model):
    desk = Desk()
    result = run_finetune(ask(kind="tree", settings={"epochs": 4, "running_mean": 0.5}), desk.context)
    figures = judged_in(result.model)
    before, after = figures["before: tiny as it was"], figures["after teaching"]
    assert "The parent's head is kept: it answers the same tree." in desk.all(FinetunePlanned)[0].notes
    assert after["loss"]["value"] < before["loss"]["value"]
    assert after["questions"]["smooth-or-featured-gz2"]["accuracy"]["value"] > 0.8
    assert read_manifest(Path(result.model)).label_columns == tiny_model.label_columns


def kill_the_child():
    [child] = multiprocessing.active_children()
    child.kill()


@pytest.mark.parametrize("blocks", ["head", "all"])
def test_a_run_that_was_killed_goes_on_to_the_same_end_bit_for_bit(ask, blocks):
    more = {"label_column": "colour", "settings": {"blocks": blocks, "epochs": 4, "running_mean": 0.9}}
    whole = run_finetune(ask("taught whole", **more), Desk().context)
    with pytest.raises(WorkerDied):
        run_in_child(ask("cut", **more))(Desk(2, kill_the_child).context)
    folder = Path(ask("cut").out)
    assert not (folder / "manifest.toml").exists()
    desk = Desk()
    run_finetune(kept_request(folder), desk.context)
    assert desk.all(FinetuneEpoch)[0].epoch == 3
    assert (folder / "weights.safetensors").read_bytes() == (
        Path(whole.model) / "weights.safetensors"
    ).read_bytes()


def test_a_run_that_is_cancelled_keeps_its_state_and_is_not_begun_anew_by_mistake(ask):
    request = ask(label_column="colour")
    with pytest.raises(Cancelled):
        run_finetune(request, Desk(1).context)
    with pytest.raises(UserError, match="holds a run that was stopped"):
        run_finetune(request, Desk().context)
    result = run_finetune(kept_request(Path(request.out)), Desk().context)
    with pytest.raises(UserError, match="already holds a model"):
        run_finetune(request, Desk().context)
    assert result.epochs == 3


def test_labels_that_changed_since_are_refused(ask, galaxies, tmp_path):
    changed = tmp_path / "labels.csv"
    changed.write_bytes((galaxies / "labels.csv").read_bytes())
    request = replace(ask(label_column="colour"), labels=str(changed))
    with pytest.raises(Cancelled):
        run_finetune(request, Desk(1).context)
    changed.write_text(changed.read_text().replace("g0,blue", "g0,red"))
    with pytest.raises(UserError, match="The labels changed since"):
        run_finetune(kept_request(Path(request.out)), Desk().context)


def test_groups_that_changed_since_are_refused(ask, galaxies, tmp_path):
    catalog = tmp_path / "catalog.csv"
    lines = [f"g{place},{galaxies}/images/g{place}.png,s{place}" for place in range(COUNT)]
    catalog.write_text("\n".join(["id_str,file_loc,group", *lines]))
    request = replace(ask(label_column="colour", settings={"blocks": "head"}), catalog=str(catalog))
    with pytest.raises(Cancelled):
        run_finetune(request, Desk(1).context)
    catalog.write_text(catalog.read_text().replace(",s1", ",s2"))
    with pytest.raises(UserError, match="The split of the galaxies changed since"):
        run_finetune(kept_request(Path(request.out)), Desk().context)


def test_a_preview_makes_the_sheet_and_nothing_else(ask):
    request = ask(label_column="colour", preview_only=True)
    run_finetune(request, Desk().context)
    [sheet] = Path(request.out).iterdir()
    with Pillow.open(sheet) as picture:
        assert picture.size == (8 * 34 - 2, picture.height)


def test_a_preview_leaves_a_stopped_run_alone(ask):
    with pytest.raises(Cancelled):
        run_finetune(ask(label_column="colour"), Desk(1).context)
    run_finetune(ask(label_column="colour", preview_only=True), Desk().context)
    request = kept_request(Path(ask().out))
    assert run_finetune(request, Desk().context).epochs == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_ends_with_a_sentence_and_a_way_on(ask):
    request = ask(label_column="colour")
    Path(request.out).mkdir()
    (Path(request.out) / "metrics.csv").symlink_to("/dev/full")
    with pytest.raises(UserError, match="No space left") as caught:
        run_finetune(request, Desk().context)
    assert "--resume" in caught.value.remedy


def test_a_parent_that_teaching_does_not_improve_is_kept(ask, tiny_model):
    settings = {"epochs": 4, "patience": 2, "learning_rate": 0.1, "head_learning_rate": 10.0}
    result = run_finetune(ask(kind="tree", settings=settings), Desk().context)
    assert (result.best_epoch, result.epochs) == (0, 2)
    assert (
        "No epoch was better in validation than the parent: its weights were kept." in result.report["notes"]
    )
    figures = judged_in(result.model)
    assert figures["after teaching"] == figures["before: tiny as it was"]


@pytest.mark.parametrize("kind", ["tree", "classify"])
def test_a_loss_that_is_no_number_ends_with_a_sentence(ask, kind):
    settings = {"learning_rate": 1e30, "head_learning_rate": 1e30}
    request = ask(kind=kind, label_column="colour" if kind == "classify" else "", settings=settings)
    with pytest.raises(UserError, match="no longer a number"):
        run_finetune(request, Desk().context)


def test_teaching_stops_early_where_validation_does_not_improve(ask):
    settings = {"epochs": 30, "patience": 2, "head_learning_rate": 1e-12, "blocks": "head"}
    result = run_finetune(ask(label_column="colour", settings=settings), Desk().context)
    assert result.epochs < 30
    assert result.epochs - result.best_epoch == 2


def test_an_image_that_cannot_be_read_is_left_out_and_told(ask, galaxies, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for path in (galaxies / "images").iterdir():
        (images / path.name).write_bytes(path.read_bytes())
    (images / "g7.png").write_bytes(b"no picture")
    result = run_finetune(replace(ask(label_column="colour"), catalog=str(images)), Desk().context)
    assert [problem.id for problem in result.problems] == ["g7"]
    assert sum(result.report["galaxies"].values()) == COUNT - 1


def test_half_precision_on_the_processor_learns_too(ask):
    settings = {"precision": "bfloat16", "epochs": 6}
    result = run_finetune(ask(label_column="colour", settings=settings), Desk().context)
    assert judged_in(result.model)["after teaching"]["accuracy"]["value"] > 0.9
    with pytest.raises(UserError, match="cpu does not train in float16"):
        run_finetune(ask("other", label_column="colour", settings={"precision": "float16"}), Desk().context)
