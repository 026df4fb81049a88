"""Silence for astropy, which warns of every card that breaks the standard and can be read all the same.

Python keeps one list of warning filters for all threads, so two threads that each silence and restore it can
leave it changed for good. Here only one thread at a time does.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.RLock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Nothing warns inside; the filters are afterwards as they were. One thread at a time."""
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
