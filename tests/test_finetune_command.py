import json
from dataclasses import replace

import pytest

from gzviewer.cli import run
from gzviewer.core.errors import UserError
from gzviewer.finetune_options import new_request, resumed_request
from gzviewer.jobs.finetune_requests import FinetuneSettings
from gzviewer.ml.finetune.asked import keep_request

pytest.importorskip("torch")


@pytest.fixture
def folder(tmp_path):
    """A folder of seventy pictures that are red or green, and a table of which."""
    from PIL import Image as Pillow

    (tmp_path / "images").mkdir()
    lines = ["id_str,colour"]
    for number in range(70):
        colour = (180 + number, 30, 30) if number % 2 else (30, 180 + number, 30)
        Pillow.new("RGB", (64, 64), colour).save(tmp_path / "images" / f"g{number}.png")
        lines.append(f"g{number},{'red' if number % 2 else 'green'}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return tmp_path


@pytest.fixture
def command(folder):
    images, labels, out = str(folder / "images"), str(folder / "labels.csv"), str(folder / "out")
    return [
        "finetune",
        images,
        "--labels",
        labels,
        "--model",
        "gz2_small",
        "--out",
        out,
        "--label-column",
        "colour",
    ]


def test_the_command_teaches_and_its_model_predicts(command, folder, capsys):
    more = [
        "--blocks",
        "head",
        "--views",
        "1",
        "--epochs",
        "8",
        "--split",
        "6:2:2",
        "--device",
        "cpu",
        "--json",
    ]
    assert run([*command, *more]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["galaxies"] == {"train": 44, "validation": 13, "test": 13} or json.loads(
        told.out
    )
    assert "classify from gz2_small" in told.err
    assert "epoch 1 of 8: train/loss" in told.err
    assert "| after teaching |" in told.err
    assert "What was taught is" in told.err
    assert "gz2_small was trained on Galaxy Zoo 2 images" in told.err
    images, table = str(folder / "images"), str(folder / "said.csv")
    assert run(["predict", images, "--model", str(folder / "out"), "--out", table, "--device", "cpu"]) == 0
    assert "red" in (folder / "said.csv").read_text().splitlines()[0]


def test_too_few_labels_end_the_command_with_a_sentence(command, folder, capsys):
    lines = (folder / "labels.csv").read_text().splitlines()[:30]
    (folder / "labels.csv").write_text("\n".join(lines))
    assert run([*command, "--device", "cpu"]) == 2
    assert "are needed" in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_the_help_names_the_models_that_can_be_taught(capsys):
    with pytest.raises(SystemExit):
        run(["finetune", "--help"])
    assert "Installed: gz2_small" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--dropout", "1"], "The value of --dropout cannot be used"),
        (["--model", "nothing"], "There is no model nothing"),
        (["--resume"], "Nothing was begun"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_starts(command, more, words, capsys):
    assert run([*command, *more]) == 2
    assert words in capsys.readouterr().err


def test_a_run_is_taken_up_by_its_folder_and_contradictions_are_refused(folder):
    out = folder / "out"
    out.mkdir()
    said = {"path": "a", "model": "gz2_small", "out": str(out), "epochs": 3, "split": (6.0, 2.0, 2.0)}
    keep_request(new_request(said))
    again = resumed_request({"out": str(out), "resumes": True, "threads": 2})
    assert again == replace(new_request(said), resumes=True, threads=2)
    assert resumed_request({**said, "resumes": True}) == replace(again, threads=0)
    for name, value in {"epochs": 4, "path": "b", "model": str(folder)}.items():
        with pytest.raises(UserError):
            resumed_request({"out": str(out), "resumes": True, name: value})


def test_files_and_folders_are_found_when_a_run_is_taken_up_elsewhere(folder, monkeypatch):
    (folder / "out").mkdir()
    (folder / "tree.toml").touch()
    monkeypatch.chdir(folder)
    said = {"path": "a", "model": "gz2_small", "out": "out", "image_folder": "images", "schema": "tree.toml"}
    keep_request(new_request(said))
    monkeypatch.chdir(folder / "images")
    again = resumed_request({"out": str(folder / "out"), "image_folder": str(folder / "images")})
    assert again.roles.image_folder == str(folder / "images")
    assert again.schema == str(folder / "tree.toml")
    with pytest.raises(UserError, match="was begun with image_folder"):
        resumed_request({"out": str(folder / "out"), "image_folder": "other"})


def test_a_number_of_threads_below_none_is_refused(command, capsys):
    with pytest.raises(SystemExit):
        run([*command, "--threads", "-2"])
    assert "-2 is no number of threads" in capsys.readouterr().err


def test_what_is_not_said_is_left_to_the_defaults(folder):
    said = {"path": "a", "model": "gz2_small", "out": str(folder / "x"), "epochs": 3, "kind": "tree"}
    request = new_request(said)
    assert request.settings == FinetuneSettings(epochs=3)
    assert (request.kind, request.labels, request.device) == ("tree", "", "auto")
