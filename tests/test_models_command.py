"""``gzviewer models``: list, add, show, remove, as a person types them; and a foreign file straight to ``predict``."""

import importlib.util
import json
import threading
from pathlib import Path

import pytest

from gzviewer.cli import run

pytest.importorskip("torch")
MAKER = Path(__file__).parent / "oracle" / "make_old_checkpoint.py"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A regressor of Zoobot."""
    spec = importlib.util.spec_from_file_location("make_old_checkpoint", MAKER)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    path = tmp_path_factory.mktemp("checkpoints") / "bars.ckpt"
    maker.regressor(path, "test_efficientnet")
    return path


def told(capsys, *arguments):
    assert run(["models", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_checkpoint_is_added_shown_and_removed(checkpoint, capsys):
    arguments = ("add", str(checkpoint), "--side", "64", "--crop", "0.33333333")
    added = told(capsys, *arguments, "--name", "my-bars")
    assert (added["name"], added["head"], added["side"]) == ("my-bars", "unit-values", 64)
    shown = told(capsys, "show", "my-bars")
    assert shown["training"]["corrections"] == {"side": 64, "crop": 0.33333333}
    assert shown["label_columns"] == ["bar_length"]
    assert "my-bars" in [model["name"] for model in told(capsys)]
    assert run(["models"]) == 0
    assert "unit-values 1" in capsys.readouterr().out
    assert run(["models", "show", "my-bars"]) == 0
    said = capsys.readouterr().out
    assert "read as\n  encoder: test_efficientnet" in said
    assert "0.3333\n" in said
    assert "{" not in said
    assert run(["models", *arguments]) == 0
    assert "it was added before, as my-bars" in capsys.readouterr().err
    told(capsys, "remove", "my-bars")
    assert "my-bars" not in [model["name"] for model in told(capsys)]


def test_a_refusal_is_one_sentence_and_a_remedy(tmp_path, capsys):
    (tmp_path / "a.ckpt").touch()
    assert run(["models", "add", str(tmp_path / "a.ckpt")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said[0].endswith("a.ckpt is empty.")
    assert len(said) == 2


def test_what_comes_with_the_program_stays(capsys):
    bundled = told(capsys)[0]["name"]
    assert run(["models", "remove", bundled]) == 2
    assert "comes with the program" in capsys.readouterr().err


def test_the_hub_is_not_asked_without_leave(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert run(["models", "add", "hf_hub:mwalmsley/zoobot-encoder-tiny"]) == 2
    assert "--download" in capsys.readouterr().err


def test_a_foreign_checkpoint_predicts_at_once(checkpoint, tmp_path, capsys):
    from PIL import Image

    for number in range(2):
        Image.new("RGB", (50, 50), (number * 90, 20, 40)).save(tmp_path / f"{number}.png")
    for _ in range(2):  # the second time it is there already
        assert (
            run(["predict", str(tmp_path), "--model", str(checkpoint), "--out", str(tmp_path / "a.csv")]) == 0
        )
    said = capsys.readouterr().err
    assert said.count("added as bars") == 1
    assert "bar_length_value" in (tmp_path / "a.csv").read_text().splitlines()[0]
    assert threading.active_count() == 1
