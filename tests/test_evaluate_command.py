"""``gzviewer evaluate`` on tables as people have them."""

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from gzviewer.cli import run
from gzviewer.core.held_out import HELD_OUT, percentile_of
from gzviewer.io.schemas import load_schema
from gzviewer.io.vote_files import read_votes

GZ2 = load_schema("gz2_ortho_schema")
KAGGLE = load_schema("kaggle_37")
IDS = ["587722982271844351", "587722982271844352", "587722982271844353", "J0+1"]


def write(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


@pytest.fixture
def predictions(tmp_path):
    """A table of concentrations, in the odd order of the Kaggle tree's answers."""
    numbers = np.random.default_rng(3).uniform(1, 101, (len(IDS), len(KAGGLE.label_columns)))
    header = ["id_str", *(f"{label}_concentration" for label in KAGGLE.label_columns)]
    rows = [[name, *row] for name, row in zip(IDS, numbers.tolist(), strict=True)]
    return write(tmp_path / "p.csv", header, rows)


@pytest.fixture
def counts(tmp_path):
    """Votes in Zoobot columns: three of the galaxies, and one that nobody predicted."""
    numbers = np.random.default_rng(4).integers(0, 40, (4, len(GZ2.label_columns)))
    names = [IDS[2], IDS[0], "another", IDS[3]]
    rows = [[name, *row] for name, row in zip(names, numbers.tolist(), strict=True)]
    return write(tmp_path / "votes.csv", ["id_str", *GZ2.label_columns], rows)


def told(capsys, *arguments):
    assert run(["evaluate", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_galaxies_are_joined_by_id_and_questions_by_the_names_of_answers(predictions, counts, capsys):
    found = told(capsys, predictions, "--votes", counts)
    assert (found["matched"], found["unmatched_predictions"], found["unmatched_votes"]) == (3, 1, 1)
    assert set(found["questions"]) == {question.name for question in GZ2.questions}
    assert found["assumed_volunteers"] is None
    assert found["questions"]["bulge-size-gz2"]["loss"] > 0


def test_rmse_37_is_refused_where_the_votes_lack_a_question(predictions, counts, capsys):
    found = told(capsys, predictions, "--votes", counts)
    assert found["rmse_37"] is None
    assert (found["rmse_37_missing"], found["rmse_partial_columns"]) == (["odd-feature"], 30)
    assert run(["evaluate", predictions, "--votes", counts]) == 0
    assert (
        "(rmse_37): none, as the predictions or the votes do not answer odd-feature."
        in capsys.readouterr().out
    )


def test_votes_without_the_campaign_are_those_of_the_predictions_tree(tmp_path, capsys):
    question = load_schema("decals_dr5_ortho_schema").questions[0]
    header = [f"{label}_concentration" for label in question.label_columns]
    path = write(tmp_path / "p.csv", ["iauname", *header], [["J1", 5, 6, 7]])
    plain = [label.replace("-dr5", "") for label in question.label_columns]
    votes = write(tmp_path / "v.csv", ["iauname", *plain], [["J1", 10, 20, 10]])
    assert set(told(capsys, path, "--votes", votes)["questions"]) == {question.name}


def test_a_list_of_ids_or_the_held_out_ones_alone_are_looked_at(predictions, counts, tmp_path, capsys):
    wanted = tmp_path / "ids.csv"
    wanted.write_text(f"id,why\n{IDS[0]},fine\n")
    found = told(capsys, predictions, "--votes", counts, "--ids", str(wanted))
    assert (found["matched"], found["unmatched_predictions"]) == (1, 0)
    Path(counts).write_text(Path(counts).read_text().replace("id_str", "GalaxyID"))
    highest = str(max(percentile_of(name) for name in (IDS[0], IDS[2], IDS[3])))
    assert told(capsys, predictions, "--votes", counts, "--held-out", highest)["matched"] == 2


def test_held_out_is_refused_for_ids_that_the_model_was_not_trained_by(predictions, counts, capsys):
    assert run(["evaluate", predictions, "--votes", counts, "--held-out"]) == 2
    assert "Neither table has the column GalaxyID" in capsys.readouterr().err


def test_held_out_goes_by_the_galaxy_id_though_another_column_has_more_in_common(
    predictions, tmp_path, capsys
):
    header = ["id_str", "GalaxyID", *KAGGLE.questions[0].label_columns]
    rows = [[name, name if place < 2 else f"7{place}", 10, 20, 10] for place, name in enumerate(IDS)]
    votes = write(tmp_path / "v.csv", header, rows)
    assert told(capsys, predictions, "--votes", votes)["matched"] == 4
    assert told(capsys, predictions, "--votes", votes, "--held-out", "100")["matched"] == 2


def test_ids_are_looked_for_in_every_column_that_may_hold_them(predictions, tmp_path, capsys):
    header = ["id_str", "dr7objid", *KAGGLE.questions[0].label_columns]
    rows = [[f"other{place}", name, 10, 20, place] for place, name in enumerate(IDS)]
    votes = write(tmp_path / "v.csv", header, rows)
    assert told(capsys, predictions, "--votes", votes)["matched"] == 4
    assert run(["evaluate", predictions, "--votes", votes, "--id", "id_str"]) == 2
    assert "No galaxy is in both tables" in capsys.readouterr().err


def test_a_repeated_prediction_is_said_and_left_out(predictions, counts, capsys):
    lines = Path(predictions).read_text().splitlines(keepends=True)
    Path(predictions).write_text("".join([*lines, lines[1]]))
    assert told(capsys, predictions, "--votes", counts)["matched"] == 3
    assert run(["evaluate", predictions, "--votes", counts]) == 0
    assert "1 predictions repeat the id of an earlier row" in capsys.readouterr().err


def test_kaggle_votes_give_rmse_37_over_complete_rows(predictions, tmp_path, capsys):
    columns = [answer.also[0] for question in KAGGLE.questions for answer in question.answers]
    rows = [[name, *np.full(37, 0.2)] for name in IDS[:2]] + [[IDS[2], *np.full(13, 0.2), *[""] * 24]]
    votes = write(tmp_path / "kaggle.csv", ["GalaxyID", *columns], rows)
    found = told(capsys, predictions, "--votes", votes)
    assert (found["matched"], found["rmse_37_rows"], found["rmse_37_constant"]) == (3, 2, 0)
    assert 0 < found["rmse_37"] < 0.5
    assert found["assumed_volunteers"] == 40


def test_galaxies_that_taught_the_model_are_said(predictions, counts, capsys):
    """Only where the predictions name it, and the ids by which it was taught are there."""
    lines = Path(predictions).read_text().splitlines()
    named = [f"{lines[0]},checkpoint", *(f"{line},gz2_small" for line in lines[1:])]
    assert told(capsys, predictions, "--votes", counts)["taught_galaxies"] is None
    Path(predictions).write_text("\n".join(named))
    Path(counts).write_text(Path(counts).read_text().replace("id_str", "GalaxyID"))
    taught = sum(percentile_of(name) >= HELD_OUT for name in (IDS[0], IDS[2], IDS[3]))
    assert told(capsys, predictions, "--votes", counts)["taught_galaxies"] == taught > 0
    assert run(["evaluate", predictions, "--votes", counts]) == 0
    assert f"{taught} of these galaxies are of the part that taught gz2_small" in capsys.readouterr().err


def test_galaxies_that_are_not_predicted_though_they_were_asked_are_said(tmp_path, capsys):
    labels = GZ2.questions[0].label_columns
    votes = write(tmp_path / "v.csv", ["id_str", *labels], [[name, 10, 20, 10] for name in IDS])
    header = ["id_str", *(f"{label}_fraction" for label in labels)]
    rows = [[IDS[0], 0.2, 0.5, 0.3], [IDS[1], 0.2, 0.5, 0.3], [IDS[2], "", "", ""], [IDS[3], 0.1, 0.8, 0.1]]
    path = write(tmp_path / "p.csv", header, rows)
    assert told(capsys, path, "--votes", votes)["unpredicted"] == {GZ2.questions[0].name: 1}
    assert run(["evaluate", path, "--votes", votes]) == 0
    assert f"volunteers were asked: {GZ2.questions[0].name} 1" in capsys.readouterr().out


def test_what_is_no_table_is_no_votes(predictions, tmp_path, capsys):
    (tmp_path / "notes.ckpt").touch()
    assert run(["evaluate", predictions, "--votes", str(tmp_path / "notes.ckpt")]) == 2
    said = capsys.readouterr().err
    assert "notes.ckpt is no table of votes" in said
    assert "Give a table: " in said


def test_every_key_is_explained(predictions, counts, capsys):
    explained = (Path(__file__).parents[1] / "docs" / "outputs.md").read_text()
    found = told(capsys, predictions, "--votes", counts)
    for key in {*found, *found["questions"]["bar-gz2"]}:
        assert f"`{key}`" in explained, key


def test_predicted_classes_cannot_be_compared_with_votes(counts, tmp_path, capsys):
    path = write(tmp_path / "c.csv", ["id_str", "ring_probability", "no_probability"], [[IDS[0], 0.3, 0.7]])
    assert run(["evaluate", path, "--votes", counts]) == 2
    assert "probabilities of classes" in capsys.readouterr().err


def test_a_model_on_real_votes(real_data, tmp_path, capsys):
    """The true votes as predictions are perfect, a bit less so after rounding."""
    table = real_data / "kaggle_gz2" / "votes.csv"
    found = told(capsys, str(table), "--votes", str(table))
    assert (found["matched"], found["rmse_37_rows"]) == (6522, 3190)
    assert found["rmse_37"] < 1e-6
    assert found["rmse_37_constant"] == pytest.approx(0.2, abs=0.02)
    assert found["smooth_featured_agreement"] == 1


def test_galaxy_zoo_2_columns_of_hart_are_read_as_votes(real_data):
    votes = read_votes(real_data / "gz2_hart16" / "labels.csv", volunteers=40)
    assert votes.what == "weighted fractions of Galaxy Zoo 2"
    assert {"dr7objid", "asset_id"} <= set(votes.ids)
    smooth = votes.observed.fractions[:, :3]
    assert np.allclose(smooth.sum(axis=1), 1)
    assert (votes.observed.totals[:, 0] == 40).all()


def test_repeated_ids_of_an_hdf5_file_are_said_too(counts, tmp_path, capsys):
    with h5py.File(tmp_path / "p.hdf5", "w") as file:
        file["predictions"] = np.random.default_rng(5).uniform(1, 101, (3, len(GZ2.label_columns), 1))
        file.create_dataset("id_str", data=[IDS[0], IDS[2], IDS[0]], dtype=h5py.string_dtype())
        file.create_dataset("label_cols", data=list(GZ2.label_columns), dtype=h5py.string_dtype())
    assert run(["evaluate", str(tmp_path / "p.hdf5"), "--votes", counts]) == 0
    said = capsys.readouterr()
    assert "1 predictions repeat the id of an earlier row" in said.err
    assert "2 galaxies are in both" in said.out
