import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gzviewer.core.errors import ModelError, UserError
from gzviewer.io.images import read_image
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest, Problem, StoredPart
from gzviewer.ml import backends, tasks, work
from gzviewer.ml.tasks import run_predict


class Desk:
    """Whoever asked: remembers what it is told, may do something at the first stored part."""

    def __init__(self):
        self.parts, self.reports, self.flag = [], [], threading.Event()
        self.at_first_part = None
        self.context = JobContext(self.reports.append, self._take, self.flag)

    def _take(self, part):
        self.parts.append(part)
        if len(self.parts) == 1 and self.at_first_part is not None:
            self.at_first_part()


class LateFlag(threading.Event):
    """Is set, and remembers when, at the tenth time somebody looks: the child is importing then."""

    def __init__(self, asked_at):
        super().__init__()
        self.looks, self.asked_at = 0, asked_at

    def is_set(self):
        self.looks += 1
        if self.looks == 10:
            self.asked_at.append(time.monotonic())
        return self.looks >= 10


@pytest.fixture
def ask(tiny_model, tmp_path):
    """Makes a request for the tiny model."""

    def make(ids, images, **more):
        store = str(tmp_path / more.pop("store", "stores"))
        return PredictRequest(
            tuple(ids), tuple(images), str(tiny_model.folder), store, threads=1, device="cpu", **more
        )

    return make


def stored(request, tiny_model):
    store = PredictionStore(Path(request.store), StoreKey.of(tiny_model, request.samples))
    return store.read(request.ids, request.images)


def test_every_galaxy_is_predicted_and_stored(ask, drawn, tiny_model):
    request, desk = ask(*drawn(40)), Desk()
    result = run_predict(request, desk.context)
    assert (result.predicted, result.kept, result.problems, result.device) == (40, 0, (), "cpu")
    assert result.backend.startswith("onnxruntime")
    assert desk.parts[0] == StoredPart(0, 8)  # at once: somebody waits for it
    assert [part.first for part in desk.parts[1:]] == [part.last for part in desk.parts[:-1]]
    assert [desk.reports[0].done, desk.reports[-1].done, desk.reports[-1].total] == [0, 40, 40]
    values = stored(request, tiny_model)
    assert values.shape == (40, 1, 30)
    assert ((values > 1) & (values < 101)).all()
    assert len(np.unique(values[:, 0, 0])) == 40


def test_what_is_stored_is_not_predicted_again(ask, drawn):
    ids, images = drawn(12)
    run_predict(ask(ids[3:9], images[3:9]), Desk().context)
    desk = Desk()
    result = run_predict(ask(ids, images), desk.context)
    assert (result.predicted, result.kept) == (6, 6)
    assert desk.parts == [StoredPart(0, 12)]
    assert run_predict(ask(ids, images), Desk().context).predicted == 0


def test_a_bad_image_is_a_problem_and_the_others_go_on(ask, drawn, tiny_model, tmp_path):
    ids, images = drawn(3)
    torn, lost = tmp_path / "torn.png", tmp_path / "lost.png"
    torn.write_bytes(Path(images[0]).read_bytes()[:200])
    request = ask([*ids, "torn", "lost", "none"], [*images, str(torn), str(lost), ""])
    result = run_predict(request, Desk().context)
    why = {problem.id: problem.why for problem in result.problems}
    assert "torn.png cannot be decoded" in why["torn"]
    assert "lost.png is not there" in why["lost"]
    assert Problem("none", "", "no image") in result.problems
    assert np.isfinite(stored(request, tiny_model)[:, 0, 0]).tolist() == [True] * 3 + [False] * 3


def test_only_bad_images_are_no_failure_of_the_job(ask, tmp_path):
    (tmp_path / "empty.jpg").touch()
    result = run_predict(ask(["a"], [str(tmp_path / "empty.jpg")]), Desk().context)
    assert (result.predicted, len(result.problems)) == (0, 1)


def test_an_answer_that_is_no_number_is_a_problem(ask, drawn, monkeypatch):
    monkeypatch.setattr(tasks, "predict", lambda *_, **__: np.full((2, 1, 30), np.nan, dtype=np.float32))
    result = run_predict(ask(*drawn(2)), Desk().context)
    assert [problem.why for problem in result.problems] == [tasks.NO_NUMBER] * 2


def test_a_mistake_in_a_reader_is_a_problem_of_one_galaxy(ask, drawn, monkeypatch, caplog):
    ids, images = drawn(3)

    def read(path, *more):
        return None if path == images[1] else read_image(path, *more)

    monkeypatch.setattr(tasks, "read_image", read)
    result = run_predict(ask(ids, images), Desk().context)
    assert result.predicted == 2
    assert [problem.id for problem in result.problems] == [ids[1]]
    assert "a mistake in gzviewer: " in result.problems[0].why
    caplog.clear()


@pytest.mark.parametrize(
    ("part_s", "galaxies", "cuts"), [(0, 10**6, [*range(0, 97, 8), 100]), (1e9, 64, [0, 8, 72, 100])]
)
def test_a_part_is_stored_when_it_is_time_or_large_enough(ask, drawn, monkeypatch, part_s, galaxies, cuts):
    monkeypatch.setattr(work, "PART_S", part_s)
    monkeypatch.setattr(work, "PART_GALAXIES", galaxies)
    desk = Desk()
    run_predict(ask(*drawn(100)), desk.context)
    assert [desk.parts[0].first, *(part.last for part in desk.parts)] == cuts
    assert [report.done for report in desk.reports] == cuts


@pytest.mark.parametrize("samples", [0, 1001])
def test_a_number_of_samples_that_makes_no_sense_is_refused(ask, drawn, samples):
    with pytest.raises(UserError, match="Ask for 1 to 1,000"):
        run_predict(ask(*drawn(1), samples=samples), Desk().context)


def test_an_image_that_changes_after_it_was_looked_at_counts_as_missing(ask, drawn, tiny_model, monkeypatch):
    ids, images = drawn(1)

    def read_and_change(path, *more):
        image = read_image(path, *more)
        os.utime(path, ns=(5, 5))
        return image

    monkeypatch.setattr(tasks, "read_image", read_and_change)
    assert run_predict(ask(ids, images), Desk().context).predicted == 1
    assert np.isnan(stored(ask(ids, images), tiny_model)).all()


@pytest.mark.parametrize("moment", ["while it starts", "when it has begun"])
def test_a_real_child_ends_at_once_when_it_is_cancelled(ask, drawn, moment):
    few_ids, few_images = drawn(10)
    ids = [f"{name} {round_}" for round_ in range(300) for name in few_ids]
    asked_at = []
    flag = LateFlag(asked_at) if moment == "while it starts" else threading.Event()

    def report(progress):
        asked_at.append(time.monotonic())
        flag.set()

    job = run_in_child(ask(ids, few_images * 300), grace_s=60)
    with pytest.raises(Cancelled):
        job(JobContext(report, report, flag))
    assert time.monotonic() - asked_at[0] < 2  # about 0.1 on a quiet machine


@pytest.mark.parametrize("same", [backends.SAME, 0.0], ids=["onnxruntime", "torch"])
@pytest.mark.parametrize("samples", [1, 4])
def test_a_run_that_was_cancelled_and_taken_up_again_gives_the_same_numbers(
    ask, drawn, tiny_model, samples, same, monkeypatch
):
    monkeypatch.setattr(backends, "SAME", same)
    ids, images = drawn(75)
    whole = ask(ids, images, store="whole", samples=samples)
    run_predict(whole, Desk().context)
    cut = ask(ids, images, store="cut", samples=samples)
    desk = Desk()
    desk.at_first_part = desk.flag.set
    with pytest.raises(Cancelled):
        run_predict(cut, desk.context)
    result = run_predict(cut, Desk().context)
    kept = 32 if same == 0 else 8
    assert (result.kept, result.predicted) == (kept, 75 - kept)
    assert stored(cut, tiny_model).shape == (75, samples, 30)
    assert np.array_equal(stored(cut, tiny_model), stored(whole, tiny_model))


def test_a_model_that_is_not_there_comes_back_from_the_child_as_such(ask, drawn, tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        run_in_child(replace(ask(*drawn(1)), model=str(tmp_path)))(Desk().context)


def test_the_number_of_threads_does_not_change_the_numbers(ask, drawn, tiny_model):
    one, three = (replace(ask(*drawn(70), store=f"{count}"), threads=count) for count in (1, 3))
    for request in (one, three):
        run_predict(request, Desk().context)
    assert np.array_equal(stored(one, tiny_model), stored(three, tiny_model))
