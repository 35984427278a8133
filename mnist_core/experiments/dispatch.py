"""What the app has queued, carried out on a cluster: a process beside the app.

It claims what waits, as the app's own launcher does, and hands it to the executor, as many at a
time as the cluster has cores. Events and weights come back into the runs' folders while they are
trained, and what a person presses goes to the worker: pages see no difference. A run that it is at
has an empty file `dispatched` in its folder: the next one finds there what to go on with. Knows
nothing of torch.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from mnist_core.errors import MnistError
from mnist_core.experiments.executor import Executor
from mnist_core.runs.folder import list_runs
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run

_SECONDS_PER_LOOK: Final = 0.5
_NOTE: Final = "dispatched"


class Cluster(Executor, Protocol):
    """An executor that knows how many more runs could begin at once."""

    @property
    def num_free(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Dispatched:
    """What a look found: runs handed out and runs that ended, since the last."""

    begun: tuple[Run, ...]
    ended: tuple[Run, ...]


def dispatch(cluster: Cluster, runs: Path) -> Generator[Dispatched]:
    """Carry out what is queued in the folder of runs, for ever; yields after each look.

    The executor is the caller's: what is under way goes on until that is closed, and is lost then.
    Whoever dispatches next goes on with it, from each run's last epoch.
    """
    queue = Queue(runs)
    left = [run for run in list_runs(runs) if (run.folder / _NOTE).exists()]
    while True:
        left = [run for run in left if not _is_settled(run, queue)]
        begun = _claim(queue, cluster.num_free)
        for run in begun:
            (run.folder / _NOTE).touch()
            cluster.submit(run)
        ended = cluster.look(_SECONDS_PER_LOOK)
        for run in ended:
            (run.folder / _NOTE).unlink(missing_ok=True)
        yield Dispatched(begun=tuple(begun), ended=tuple(ended))
        queue.clear()


def _is_settled(run: Run, queue: Queue) -> bool:
    """Queue a run that an earlier dispatcher lost; False while it may still be another's."""
    if not (run.folder / _NOTE).exists():
        return True  # it was deleted, or another dispatcher is done with it
    try:
        state = run.state()
    except MnistError:
        return True  # what it said cannot be read: a person is told so on the page
    match state:
        case "lost":
            queue.add(run)
        case "finished" | "stopped" | "failed":
            (run.folder / _NOTE).unlink(missing_ok=True)
        case "waiting" | "running" | "paused":
            # One that was claimed a moment before its dispatcher died is "waiting" for a minute.
            return run.is_queued()
    return True


def _claim(queue: Queue, most: int) -> list[Run]:
    if most < 1 or not queue.waiting():
        return []
    with queue.lock():
        waiting = [one.run for one in queue.waiting()[:most]]
        return [run for run in waiting if _is_trainable(run) and run.claim()]


def _is_trainable(run: Run) -> bool:
    """Whether this version knows what to do with the run; another may wait for another server."""
    try:
        return run.config.device != "cuda"
    except MnistError:
        return False
