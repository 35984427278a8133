"""Which runs are under way."""

from mnist_core.errors import RecordError
from mnist_core.files import runs_dir
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run


def is_under_way(run: Run) -> bool:
    """Whether the run waits, trains or is paused: whether there may be more to come."""
    try:
        return run.state() in ("waiting", "running", "paused")
    except RecordError:
        return False


def find_run_under_way() -> Run | None:
    """Return the newest run that waits or trains, or None."""
    return next(iter(Queue(runs_dir()).under_way()), None)
