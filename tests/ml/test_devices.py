import threading

import numpy as np
import pytest
import torch

from gzviewer.core.errors import UserError
from gzviewer.jobs.cores import usable_cores
from gzviewer.ml.devices import FittingBatches, batches_at_a_time, is_out_of_memory, prepare_device

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


class Card:
    """A device whose memory holds so many galaxies at a time."""

    def __init__(self, room, error=torch.OutOfMemoryError):
        self.room, self.error, self.tried = room, error, []

    def work(self, part, size):
        self.tried.append(size)
        if size > self.room:
            raise self.error("CUDA out of memory. Tried to allocate 2 GiB.")
        return np.arange(part.start, part.stop, dtype=np.float32)


@pytest.fixture(autouse=True)
def no_card(monkeypatch):
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)


def test_a_batch_that_fits_is_worked_on_as_a_whole():
    card, batches = Card(256), FittingBatches(CUDA, 256)
    assert batches.run(card.work, 200).tolist() == list(range(200))
    assert card.tried == [256]


class OfOnnxRuntime(Exception):  # noqa: N818 - its own errors are of no class but Exception
    pass


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError, OfOnnxRuntime])
def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_all_its_galaxies_are_done(error):
    card, batches = Card(100, error), FittingBatches(CUDA, 256)
    assert batches.run(card.work, 200).tolist() == list(range(200))
    assert card.tried == [256, 128, 64, 64, 64, 64]


def test_the_size_that_fitted_is_kept_for_later_batches():
    card, batches = Card(100), FittingBatches(CUDA, 256)
    batches.run(card.work, 256)
    card.tried.clear()
    batches.run(card.work, 70)
    assert card.tried == [64, 64]


def test_a_device_that_holds_no_batch_at_all_is_named_with_a_remedy():
    card, batches = Card(8), FittingBatches(CUDA, 256)
    with pytest.raises(UserError, match="cuda has not enough memory free, even for 32 galaxies") as caught:
        batches.run(card.work, 200)
    assert caught.value.remedy == "Choose the CPU, then start again: what was stored is kept."
    assert card.tried == [256, 128, 64, 32]


def test_an_error_that_is_not_about_memory_is_not_hidden():
    def work(part, size):
        raise RuntimeError("no kernel image is available")

    with pytest.raises(RuntimeError, match="kernel image"):
        FittingBatches(CUDA, 256).run(work, 5)


@pytest.mark.parametrize("allocate", [lambda: torch.empty(2**50), lambda: np.empty(2**58)])
def test_memory_that_is_really_short_is_recognised(allocate):
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        allocate()
    assert is_out_of_memory(caught.value)


def test_two_threads_that_run_out_of_memory_together_halve_once():
    barrier, batches = threading.Barrier(2, timeout=10), FittingBatches(CUDA, 256)

    def work(part, size):
        if size > 128:
            barrier.wait()
            raise torch.OutOfMemoryError
        return np.zeros(part.stop - part.start, dtype=np.float32)

    threads = [threading.Thread(target=batches.run, args=(work, 256)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert batches.size == 128


def test_a_device_that_is_not_there_is_named():
    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(UserError, match=f"no device {missing}"):
        prepare_device(missing)


def test_the_window_keeps_a_core_unless_told_otherwise():
    assert batches_at_a_time(CPU) == max(1, usable_cores() - 1)
    assert batches_at_a_time(CPU, threads=5) == 5


def test_a_card_computes_one_batch_while_the_next_is_filled():
    assert batches_at_a_time(CUDA, threads=5) == 2
