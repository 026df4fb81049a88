"""What ends a prediction job from outside: the sentence, what was stored, and the next try."""

import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from gzviewer.core.errors import StoreError, UserError, WorkerDied
from gzviewer.io.prediction_store import PredictionStore
from gzviewer.io.store_key import StoreKey
from gzviewer.jobs.job import JobContext
from gzviewer.jobs.process import run_in_child
from gzviewer.jobs.requests import PredictRequest
from gzviewer.ml import tasks
from gzviewer.ml.predict import predict
from gzviewer.ml.tasks import run_predict

ROUNDS = 20
SAMPLES = 100  # 12 kB a galaxy
ROOM = 200_000  # bytes: the first part goes in, all of them do not


def context(at_first_part=lambda: None):
    first = iter([at_first_part])
    return JobContext(lambda progress: None, lambda part: next(first, lambda: None)(), threading.Event())


@pytest.fixture
def ask(tiny_model, drawn, tmp_path):
    """Makes a request for many galaxies; the store lies in `folder`."""
    ids, images = drawn(10)

    def make(folder, rounds=ROUNDS, samples=SAMPLES):
        names = tuple(f"{name} {round_}" for round_ in range(rounds) for name in ids)
        more = {"samples": samples, "device": "cpu", "threads": 1}
        return PredictRequest(names, images * rounds, str(tiny_model.folder), str(folder), **more)

    return make


@pytest.fixture
def read(tiny_model):
    def read(request):
        store = PredictionStore(Path(request.store), StoreKey.of(tiny_model, request.samples))
        assert store.damaged == ()
        return store.read(request.ids, request.images)

    return read


def count(values):
    return int(np.isfinite(values[:, 0, 0]).sum())


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with little room, and what makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only the administrator of a Linux system may make a small disk")
    yield folder, lambda: subprocess.run(["mount", "-o", "remount,size=64M", str(folder)], check=True)
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_the_job_with_a_remedy_and_the_next_goes_on(ask, read, small_disk):
    folder, make_room = small_disk
    request = ask(folder)
    with pytest.raises(StoreError, match="No space left on device") as caught:
        run_in_child(request)(context())
    assert "Make room there" in caught.value.remedy
    kept = count(read(request))
    assert 8 <= kept < len(request.ids)
    make_room()
    result = run_in_child(request)(context())
    assert (result.kept, result.predicted) == (kept, len(request.ids) - kept)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there")
def test_files_that_may_not_grow_end_the_job_in_the_same_way(ask, read, tmp_path):
    import resource

    request, usual = ask(tmp_path / "stores"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, usual[1]))  # children inherit it
    try:
        with pytest.raises(StoreError, match="File too large"):
            run_in_child(request)(context())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    kept = count(read(request))
    assert 8 <= kept < len(request.ids)
    assert run_in_child(request)(context()).kept == kept


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_worker_that_the_system_kills_loses_at_most_one_part(ask, read, tmp_path):
    def kill():
        [child] = multiprocessing.active_children()
        child.kill()

    cut, whole = (ask(tmp_path / name, rounds=200, samples=2) for name in ("cut", "whole"))
    with pytest.raises(WorkerDied, match=r"was killed .* perhaps for want of memory") as caught:
        run_in_child(cut)(context(kill))
    assert "what was stored is kept" in caught.value.remedy
    kept = count(read(cut))
    assert 8 <= kept < len(cut.ids)
    result = run_in_child(cut)(context())
    assert (result.kept, result.predicted) == (kept, len(cut.ids) - kept)
    run_predict(whole, context())
    assert np.array_equal(read(cut), read(whole))


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("[enforce fail] can't allocate memory")],
)
def test_short_memory_ends_the_job_with_a_remedy_and_what_is_finished_is_stored(
    ask, read, tmp_path, monkeypatch, error
):
    request, calls = ask(tmp_path / "stores", rounds=5, samples=1), []

    def at_first_well(*arguments, **more):
        calls.append(1)
        if len(calls) > 3:
            raise error
        return predict(*arguments, **more)

    monkeypatch.setattr(tasks, "predict", at_first_well)
    with pytest.raises(UserError, match="cpu has not enough memory free, even for 32 galaxies") as caught:
        run_predict(request, context())
    assert "what was stored is kept" in caught.value.remedy
    assert count(read(request)) == 24
    monkeypatch.undo()
    result = run_predict(request, context())
    assert (result.kept, result.predicted) == (24, 26)


def without_end(*_, **__):
    return torch.empty(2**50)


@pytest.mark.parametrize("where", ["load_predictors", "choose_backend", "read_image", "predict"])
def test_short_memory_anywhere_ends_the_job_with_a_remedy(ask, tmp_path, monkeypatch, where):
    monkeypatch.setattr(tasks, where, without_end)
    with pytest.raises(UserError, match="not enough memory free") as caught:
        run_predict(ask(tmp_path / "stores", rounds=1, samples=1), context())
    assert "lose other programs, then start again" in caught.value.remedy


def test_whatever_ends_the_job_what_is_finished_is_stored(ask, read, tmp_path, monkeypatch):
    request, calls = ask(tmp_path / "stores", rounds=5, samples=1), []

    def breaks_at_the_fourth(*arguments, **more):
        calls.append(1)
        if len(calls) > 3:
            raise ZeroDivisionError
        return predict(*arguments, **more)

    monkeypatch.setattr(tasks, "predict", breaks_at_the_fourth)
    with pytest.raises(ZeroDivisionError):
        run_predict(request, context())
    assert count(read(request)) == 24


def test_a_batch_that_is_too_large_for_the_device_is_done_in_halves_of_it(ask, read, tmp_path, monkeypatch):
    sizes = []

    def on_a_small_card(*arguments, size, **more):
        sizes.append(size)
        if size > 64:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return predict(*arguments, size=size, **more)

    monkeypatch.setattr(tasks, "predict", on_a_small_card)
    monkeypatch.setattr(tasks, "BATCH_ONE_BY_ONE", 256)
    monkeypatch.setitem(tasks.BATCH, "cpu", 256)
    small, usual = ask(tmp_path / "small", 20, 2), ask(tmp_path / "usual", 20, 2)
    assert run_predict(small, context()).predicted == 200
    assert sizes == [256, 128, 64, 64, 64, 64]
    monkeypatch.undo()
    run_predict(usual, context())
    assert np.array_equal(read(small), read(usual))
