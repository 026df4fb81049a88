"""A few threads that fulfil wishes, the newest first.

Somebody who scrolls wants what is on the screen now, not what was there when the queue began: a plain pool
works through everything in the order it was asked for. The threads end when there is nothing to do.
"""

import os
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Wish = TypeVar("Wish", bound=Hashable)

THREADS_MAX = 4


class NewestFirst(Generic[Wish]):
    """Wishes, and threads that call `fulfil` with one after the other. Nothing is fulfilled twice at a time.

    Parameters
    ----------
    fulfil
        Called in a thread. What it raises is a bug: it goes to `threading.excepthook`, and the others go on.
    thread_count
        None: as many as the machine's cores suggest.
    """

    def __init__(self, fulfil: Callable[[Wish], None], thread_count: int | None = None) -> None:
        self._fulfil = fulfil
        self._lock = threading.Lock()
        self._waiting: dict[Wish, None] = {}  # oldest first
        self._working: set[Wish] = set()
        self._thread_count = thread_count or min(THREADS_MAX, max(2, (os.cpu_count() or 2) - 1))
        self._is_closed = False
        self._threads: set[threading.Thread] = set()

    @property
    def waiting_count(self) -> int:
        """Wishes that nobody has begun with."""
        return len(self._waiting)

    @property
    def is_idle(self) -> bool:
        """True where every wish has been fulfilled or dropped."""
        with self._lock:
            return not self._waiting and not self._working

    def add(self, wish: Wish) -> None:
        """Put a wish before all others; one that is being fulfilled already is left at that."""
        with self._lock:
            if self._is_closed or wish in self._working:
                return
            self._waiting.pop(wish, None)
            self._waiting[wish] = None
            if len(self._threads) < self._thread_count:
                thread = threading.Thread(target=self._work, name="images", daemon=True)
                self._threads.add(thread)
                thread.start()

    def keep(self, is_wanted: Callable[[Wish], bool]) -> None:
        """Drop the waiting wishes for which this is false."""
        with self._lock:
            self._waiting = {wish: None for wish in self._waiting if is_wanted(wish)}

    def clear(self) -> None:
        """Drop every waiting wish."""
        self.keep(lambda wish: False)

    def close(self) -> None:
        """Drop every wish, now and in future, and wait for the threads to end."""
        self.leave()
        with self._lock:
            left = set(self._threads)
        for thread in left:
            thread.join()

    def leave(self) -> None:
        """Drop every wish, now and in future; the threads end when they have fulfilled what they began with."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()

    def _work(self) -> None:
        wish = None
        try:
            while (wish := self._next(wish)) is not None:
                self._fulfil(wish)
        except BaseException:
            self._leave(wish)
            raise

    def _next(self, done: Wish | None) -> Wish | None:
        """The newest wish; None, and the thread is no longer counted, where there is none."""
        with self._lock:
            self._working.discard(done)
            if self._waiting:
                wish = self._waiting.popitem()[0]
                self._working.add(wish)
                return wish
            self._threads.discard(threading.current_thread())
            return None

    def _leave(self, unfulfilled: Wish | None) -> None:
        with self._lock:
            self._working.discard(unfulfilled)
            self._threads.discard(threading.current_thread())
