import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from gzviewer.core.errors import ImageError, ShortMemory
from gzviewer.jobs.job import Cancelled, JobContext
from gzviewer.ml.pipeline import Hands, flow, in_order, read_batch


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


def test_short_memory_is_no_fault_of_a_galaxy():
    with pytest.raises(MemoryError):
        read_batch([3, 5], lambda place: np.empty(2**58))


def test_a_picture_that_memory_is_too_short_for_ends_the_batch():
    def read(place):
        raise ShortMemory("There is not enough memory free to read a.png.", "Close other programs.")

    with pytest.raises(ShortMemory):
        list(flow([0, 1, 2], Hands(2, 1, 1), read, len))


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


def test_the_flow_reads_the_next_batch_while_one_is_predicted():
    next_is_read = threading.Event()

    def read(place):
        if place == 2:
            next_is_read.set()
        return np.full((1, 1, 1), place, dtype=np.float32)

    def work(batch):
        assert next_is_read.wait(timeout=10)
        return batch.places

    assert list(flow([0, 1, 2, 3, 4], Hands(2, 1, 1), read, work)) == [(0, 1), (2, 3), (4,)]
