"""How many processor cores this process may use."""

import os


def usable_cores() -> int:
    """Cores that the system lets this process use; fewer than the computer has in a container or a batch queue."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
