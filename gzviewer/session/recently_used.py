"""A cache in memory that forgets what was used longest ago once it holds too many bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class RecentlyUsed(Generic[Key, Value]):
    """Values by key, at most `capacity_bytes` of them. Not for several threads."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._bytes_used = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value, which is then the most recently used one; None where there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: Key, value: Value, byte_count: int) -> None:
        """Keep a value, in place of what was there. The newest is kept even when it alone is too large."""
        self.remove(key)
        self._values[key] = (value, byte_count)
        self._bytes_used += byte_count
        while self._bytes_used > self._capacity_bytes and len(self._values) > 1:
            self._bytes_used -= self._values.popitem(last=False)[1][1]

    def remove(self, key: Key) -> None:
        """Forget one value, if it is there."""
        if key in self._values:
            self._bytes_used -= self._values.pop(key)[1]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._bytes_used = 0
