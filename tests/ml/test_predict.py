import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
import torch

from gzviewer.core.errors import ImageError
from gzviewer.io.checkpoints import find_model
from gzviewer.io.settings import resource_folder
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.ml.families import load_predictors
from gzviewer.ml.predict import in_order, predict, read_batch
from gzviewer.ml.tasks import prepare_device

CPU = torch.device("cpu")
IDS = [f"galaxy {number}" for number in range(32)]


def runner(manifest):
    """Predicts some of 32 random inputs, in batches of 32."""
    predictor = load_predictors(manifest, prepare_device("cpu"))
    inputs = np.random.default_rng(3).random((32, 3, manifest.side, manifest.side), dtype=np.float32)

    def predict_some(places, samples=1):
        ids = [IDS[place] for place in places]
        return predict(predictor, inputs[places], ids, size=32, samples=samples, device=CPU)

    return predict_some


@pytest.fixture
def run(tiny_model):
    return runner(tiny_model)


@pytest.mark.parametrize("samples", [1, 5])
@pytest.mark.parametrize("which", ["tiny", "bundled"])
def test_a_galaxy_has_the_same_numbers_in_any_company_and_place(tiny_model, which, samples):
    run = runner(tiny_model if which == "tiny" else find_model("gz2_small", [resource_folder() / "models"]))
    together = run(list(range(32)), samples)
    turned = run(list(range(31, -1, -1)), samples)[::-1]
    alone = np.concatenate([run([place], samples) for place in (0, 1, 7, 16, 30, 31)])
    assert together.shape == (32, samples, 30)
    assert np.array_equal(together, turned)
    assert np.array_equal(together[[0, 1, 7, 16, 30, 31]], alone)


def test_samples_of_dropout_differ_within_and_between_galaxies(run):
    drawn = run([0, 1], samples=3)
    assert len(np.unique(drawn[..., 0])) == 6


def test_many_samples_scatter_about_the_deterministic_pass(run):
    logit = {samples: np.log((run([2], samples) - 1) / (101 - run([2], samples))) for samples in (1, 2000)}
    scatter = logit[2000].std(axis=1) / np.sqrt(2000)
    assert (np.abs(logit[2000].mean(axis=1) - logit[1][:, 0]) < 5 * scatter).all()


def test_a_batch_keeps_the_failures_of_its_galaxies():
    def read(place):
        if place == 5:
            raise ImageError("It is torn.", "Fetch it again.")
        return np.full((1, 2, 2), place, dtype=np.float32)

    batch = read_batch([3, 5, 7], read)
    assert batch.places == (3, 7)
    assert batch.failures == {5: "It is torn."}
    assert batch.inputs[:, 0, 0, 0].tolist() == [3, 7]


def test_a_mistake_of_ours_costs_one_galaxy_and_is_told_as_such(caplog):
    def read(place):
        if place == 5:
            raise TypeError("no such band")
        return np.zeros((1, 2, 2), dtype=np.float32)

    batch = read_batch([3, 5, 7], read)
    assert batch.places == (3, 7)
    assert batch.failures == {
        5: "The image could not be read, a mistake in gzviewer: TypeError: no such band"
    }
    assert "Traceback" in caplog.text  # for whoever mends it
    caplog.clear()


def test_a_batch_can_be_stopped_between_two_galaxies():
    flag, seen = threading.Event(), []
    context = JobContext(print, print, flag)

    def read(place):
        seen.append(place)
        flag.set()

    with pytest.raises(Cancelled):
        read_batch([3, 5], read, context.checkpoint)
    assert seen == [3]


def test_who_waits_for_a_batch_can_be_stopped_while_it_is_worked_on():
    stop, end = threading.Event(), threading.Event()
    context = JobContext(print, print, stop)

    def work(item):
        stop.set()
        assert end.wait(timeout=10)

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(Cancelled):
            next(in_order(pool, work, [1], ahead=0, checkpoint=context.checkpoint))
        end.set()


def test_the_first_of_many_samples_are_drawn_in_pieces_that_do_not_repeat(run, monkeypatch):
    monkeypatch.setattr("gzviewer.ml.predict.SAMPLES_AT_A_TIME", 3)
    drawn = run([0, 1], samples=7)
    assert drawn.shape == (2, 7, 30)
    assert len(np.unique(drawn[..., 0])) == 14
    assert np.array_equal(run([1], samples=7), drawn[1:])


def test_results_come_in_order_whoever_is_ready_first():
    second_is_done = threading.Event()

    def work(item):
        if item == 1:
            assert second_is_done.wait(timeout=10)
        elif item == 2:
            second_is_done.set()
        return 10 * item

    with ThreadPoolExecutor(2) as pool:
        assert list(in_order(pool, work, [1, 2, 3], ahead=2)) == [10, 20, 30]


def test_work_is_done_ahead_but_not_further_than_asked():
    taken = []

    def items():
        for item in range(9):
            taken.append(item)
            yield item

    with ThreadPoolExecutor(1) as pool, closing(in_order(pool, abs, items(), ahead=2)) as results:
        assert next(results) == 0
        assert taken == [0, 1, 2]
