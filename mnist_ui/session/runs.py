"""Which runs are under way."""

from typing import Final

from mnist_core.runs.folder import list_runs
from mnist_core.runs.run import Run

_NUM_RUNS_TO_ASK: Final = 50


def is_under_way(run: Run) -> bool:
    """Whether the run waits, trains or is paused: whether there may be more to come."""
    return run.state() in ("waiting", "running", "paused")


def find_run_under_way() -> Run | None:
    """Return the newest run that waits or trains, or None."""
    return next((run for run in list_runs()[:_NUM_RUNS_TO_ASK] if is_under_way(run)), None)
