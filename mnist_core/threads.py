"""How many processor threads a run takes when it does not say. Standard library only."""

import os


def default_threads(*, leave_a_core: bool) -> int:
    """Return the number of cores this process may use, or one fewer where a page needs it too."""
    count = getattr(os, "sched_getaffinity", None)
    cores = len(count(0)) if count else os.cpu_count() or 1
    return max(1, cores - 1) if leave_a_core else cores
