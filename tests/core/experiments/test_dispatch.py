"""What the app queued is carried out on a cluster, and its page would not see a difference."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.experiments.dispatch import Cluster, Dispatched, dispatch
from mnist_core.experiments.executor import Here
from mnist_core.runs.events import Epoch, LearningRateChanged, Started, Step
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventReader
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run

_SECONDS = 120
_LONG = get_recipe("tiny").config.replace(dataset="digits", epochs=100, batch_size=8)
_SHORT = _LONG.replace(epochs=8)


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


def _epochs(run: Run) -> list[int]:
    return [event.epoch for event in EventReader(run).read() if isinstance(event, Epoch)]


def _starts(run: Run) -> list[int]:
    return [event.first_step for event in EventReader(run).read() if isinstance(event, Started)]


def _undisturbed(folder: Path) -> Run:
    run = create_run(_SHORT, recipe="tiny", folder=folder)
    with closing(Here(jobs=1)) as executor:
        executor.submit(run)
        while not executor.look(1.0):
            pass
    return run


def test_after_a_killed_dispatch_the_next_goes_on_with_each_run_from_its_last_epoch(
    cluster: Cluster, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    run = _queue(_SHORT, runs)
    command = [sys.executable, "-m", "mnist_core", "dispatch", "--jobs", "1"]
    first = subprocess.Popen([*command, "--runs-dir", str(runs)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + _SECONDS
    try:
        while not _epochs(run):
            assert time.monotonic() < deadline and first.poll() is None, "no epoch came"
            time.sleep(0.02)
    finally:
        first.kill()
        first.wait()
    assert run.state() == "lost"
    with closing(dispatch(cluster, runs)) as told:
        _until(told, lambda: run.state() == "finished")
    whole = _undisturbed(tmp_path)
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()
    assert _epochs(run) == _epochs(whole)
    assert _starts(run)[-1] > 0, "it went back to its beginning"
    assert not run.state_path.exists() and not (run.folder / "dispatched").exists()
