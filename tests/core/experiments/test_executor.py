"""What every executor promises: the same bits, a lost worker begins again, a lost driver too."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.experiments.executor import MAX_ATTEMPTS, Executor, Here
from mnist_core.runs.events import Epoch, Started, Step
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run
from tests.killing import processes_at

_SECONDS = 120
_SHORT = get_recipe("tiny").config.replace(dataset="digits", epochs=2)
_LONG = _SHORT.replace(epochs=100, batch_size=8)


@pytest.fixture(params=["here", "ray"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "ray":
        yield request.getfixturevalue("cluster")
        return
    with closing(Here(jobs=2)) as executor:
        yield executor


def _create(config: TrainConfig, folder: Path) -> Run:
    return create_run(config, recipe="tiny", folder=folder)


def _wait_for_end(executor: Executor, *runs: Run) -> None:
    left = {run.id for run in runs}
    deadline = time.monotonic() + _SECONDS
    while left:
        assert time.monotonic() < deadline, f"did not end: {left}"
        left -= {run.id for run in executor.look(0.2)}


def _wait_for_worker(executor: Executor, run: Run, *, besides: set[int]) -> int:
    """Return the process that trains the run, once there is one that is not of `besides`."""
    deadline = time.monotonic() + _SECONDS
    while not (found := processes_at(run) - besides):
        assert time.monotonic() < deadline, "no worker has begun"
        executor.look(0.1)
    return found.pop()


def _wait_for_a(kind: type[Epoch] | type[Step], executor: Executor, run: Run) -> None:
    deadline = time.monotonic() + _SECONDS
    reader = EventReader(run)
    while not any(isinstance(event, kind) for event in reader.read()):
        assert time.monotonic() < deadline, f"it tells of no {kind.__name__}"
        executor.look(0.1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """The weights of two short runs, by seed, trained by one process after the other."""
    folder = tmp_path_factory.mktemp("undisturbed")
    runs = [_create(_SHORT.replace(seed=seed), folder) for seed in range(2)]
    with closing(Here(jobs=1)) as executor:
        for run in runs:
            executor.submit(run)
        _wait_for_end(executor, *runs)
    return {run.config.seed: run.checkpoint_path.read_bytes() for run in runs}


def test_the_same_settings_give_the_same_bits(
    executor: Executor, undisturbed: dict[int, bytes], tmp_path: Path
) -> None:
    runs = [_create(_SHORT.replace(seed=seed), tmp_path) for seed in range(2)]
    for run in runs:
        executor.submit(run)
    _wait_for_end(executor, *runs)
    for run in runs:
        assert run.state() == "finished"
        assert run.checkpoint_path.read_bytes() == undisturbed[run.config.seed]


def test_a_run_whose_worker_is_killed_begins_again_and_ends_equal(
    executor: Executor, undisturbed: dict[int, bytes], tmp_path: Path
) -> None:
    run = _create(_SHORT, tmp_path)
    executor.submit(run)
    os.kill(_wait_for_worker(executor, run, besides=set()), signal.SIGKILL)
    _wait_for_end(executor, run)
    assert run.state() == "finished"
    assert run.checkpoint_path.read_bytes() == undisturbed[0]
    starts = [e.first_step for e in EventReader(run).read() if isinstance(e, Started)]
    assert starts == sorted(set(starts)), "what came to nothing is still told of"
    assert starts[0] == 0
    assert len(starts) == 1 or not isinstance(executor, Here)


def test_on_a_cluster_a_lost_workers_run_goes_on_from_its_last_epoch(
    cluster: Executor, tmp_path: Path
) -> None:
    config = _LONG.replace(epochs=8)
    lost, whole = _create(config, tmp_path / "lost"), _create(config, tmp_path / "whole")
    cluster.submit(lost)
    _wait_for_a(Epoch, cluster, lost)
    os.kill(_wait_for_worker(cluster, lost, besides=set()), signal.SIGKILL)
    _wait_for_end(cluster, lost)
    with closing(Here(jobs=1)) as here:
        here.submit(whole)
        _wait_for_end(here, whole)
    told = EventReader(lost).read()
    first, second = [event.first_step for event in told if isinstance(event, Started)]
    assert second > first == 0
    assert [event.epoch for event in told if isinstance(event, Epoch)] == list(range(1, 9))
    assert lost.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()


def test_a_run_whose_workers_are_all_lost_has_failed(executor: Executor, tmp_path: Path) -> None:
    run = _create(_LONG, tmp_path)
    executor.submit(run)
    killed: set[int] = set()
    for _ in range(MAX_ATTEMPTS):
        process = _wait_for_worker(executor, run, besides=killed)
        os.kill(process, signal.SIGKILL)
        killed.add(process)
    _wait_for_end(executor, run)
    assert run.state() == "failed"


def test_a_run_is_stopped_and_goes_on_where_it_was(executor: Executor, tmp_path: Path) -> None:
    run = _create(_LONG, tmp_path)
    executor.submit(run)
    _wait_for_worker(executor, run, besides=set())
    _wait_for_a(Step, executor, run)
    executor.stop(run)
    _wait_for_end(executor, run)
    assert run.state() == "stopped"
    (first,) = [event for event in EventReader(run).read() if isinstance(event, Started)]
    run.prepare_to_resume()
    executor.submit(run)
    _wait_for_worker(executor, run, besides=set())
    executor.stop(run)
    _wait_for_end(executor, run)
    _, second = [event for event in EventReader(run).read() if isinstance(event, Started)]
    assert second.first_step > first.first_step == 0


def test_what_waits_is_stopped_before_it_begins(tmp_path: Path) -> None:
    runs = [_create(_LONG, tmp_path), _create(_LONG, tmp_path)]
    with closing(Here(jobs=1)) as executor:
        for run in runs:
            executor.submit(run)
        executor.stop(runs[1])
        assert executor.look(0) == [runs[1]]
        assert not runs[1].events_path.exists()


def test_a_driver_that_died_leaves_runs_that_can_be_submitted_again(
    undisturbed: dict[int, bytes], tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from mnist_core.experiments.executor import Here;"
        " from mnist_core.runs.run import Run; here = Here(jobs=1);"
        " here.submit(Run(Path(sys.argv[1]))); here.look(600)"
    )
    run = _create(_SHORT.replace(seed=1), tmp_path)
    driver = subprocess.Popen([sys.executable, "-c", script, str(run.folder)])
    with closing(Here(jobs=1)) as executor:
        worker = _wait_for_worker(executor, run, besides=set())
        driver.kill()
        driver.wait()
        os.kill(worker, signal.SIGKILL)
        executor.submit(run)
        _wait_for_end(executor, run)
    assert run.checkpoint_path.read_bytes() == undisturbed[1]
