"""What the app queued is carried out on a cluster, and its page would not see a difference."""

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.experiments.dispatch import Cluster, Dispatched, dispatch
from mnist_core.runs.events import LearningRateChanged, Step
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventReader
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run

_SECONDS = 120
_LONG = get_recipe("tiny").config.replace(dataset="digits", epochs=100, batch_size=8)


def _queue(config: TrainConfig, folder: Path) -> Run:
    run = create_run(config, recipe="tiny", folder=folder)
    Queue(folder).add(run)
    return run


def _until(told: Generator[Dispatched], is_so: object) -> None:
    deadline = time.monotonic() + _SECONDS
    assert callable(is_so)
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        next(told)


def _num_steps(run: Run) -> int:
    return sum(isinstance(event, Step) for event in EventReader(run).read())


def test_two_queued_runs_train_side_by_side_and_obey(cluster: Cluster, tmp_path: Path) -> None:
    one, other = (_queue(_LONG.replace(seed=seed), tmp_path) for seed in range(2))
    with closing(dispatch(cluster, tmp_path)) as told:
        _until(told, lambda: _num_steps(one) > 3 and _num_steps(other) > 3)
        assert one.state() == other.state() == "running"
        assert Queue(tmp_path).waiting() == []
        one.pause()
        _until(told, lambda: one.state() == "paused")
        other.change_learning_rate(0.01)
        _until(
            told,
            lambda: any(isinstance(e, LearningRateChanged) for e in EventReader(other).read()),
        )
        one.stop()
        other.stop()
        _until(told, lambda: one.state() == other.state() == "stopped")
        assert one.state_path.exists() and other.state_path.exists()  # they can go on
