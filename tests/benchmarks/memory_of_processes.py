"""The memory of a process with all its children, looked at all the time from outside (Linux)."""

import os
import threading
from contextlib import suppress
from pathlib import Path

LOOK_S = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")


class Watched:
    """Watches a process inside a ``with`` block; `peak` is the largest sum of resident bytes."""

    def __init__(self, pid):
        self.peak = 0
        self._pid, self._end = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _watch(self):
        while not self._end.wait(LOOK_S):
            self.peak = max(self.peak, sum(resident(pid) for pid in family(self._pid)))


def family(pid):
    """A process and everything it started that still lives."""
    children = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                children += (task / "children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def resident(pid):
    """Bytes of a process that are in memory; 0 where it has just ended."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0
