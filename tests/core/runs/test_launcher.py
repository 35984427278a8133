import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import RunError
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.history import read_history
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.run import Run

_LONG = TrainConfig(dataset="digits", epochs=100, threads=1)
_SHORT = _LONG.replace(epochs=1)


@pytest.fixture
def launcher(runs_dir: Path) -> Iterator[Launcher]:
    launcher = Launcher(runs_dir)
    launcher.warm_up()
    yield launcher
    for run in list_runs(runs_dir):
        run.stop()
    launcher.close()
    launcher.wait()


def _wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _create(runs_dir: Path, config: TrainConfig = _LONG) -> Run:
    return create_run(config, recipe="seed", folder=runs_dir)


def test_a_second_run_waits_until_the_first_has_ended(launcher: Launcher, runs_dir: Path) -> None:
    first, second = _create(runs_dir), _create(runs_dir, _SHORT)
    launcher.submit(first)
    launcher.submit(second)
    _wait_until(lambda: read_history(first).steps)
    assert (first.state(), second.state()) == ("running", "waiting")
    assert [run.id for run in launcher.queue()] == [second.id]
    assert read_history(second).started is None
    first.stop()
    _wait_until(lambda: second.state() == "finished")
    assert first.state() == "stopped"
    assert launcher.queue() == []


def test_a_waiting_run_can_be_withdrawn_and_a_running_one_cannot(
    launcher: Launcher, runs_dir: Path
) -> None:
    first, second = _create(runs_dir), _create(runs_dir)
    launcher.submit(first)
    launcher.submit(second)
    launcher.withdraw(second)
    assert [run.id for run in list_runs(runs_dir)] == [first.id]
    with pytest.raises(RunError, match="stop it instead"):
        launcher.withdraw(first)


def test_what_was_queued_is_trained_after_a_restart_of_the_app(runs_dir: Path) -> None:
    run = _create(runs_dir, _SHORT)
    run.enqueue()
    launcher = Launcher(runs_dir)
    _wait_until(lambda: run.state() == "finished")
    launcher.close()
    launcher.wait()


def test_a_restarted_app_counts_the_run_that_still_trains(
    launcher: Launcher, runs_dir: Path
) -> None:
    first, second = _create(runs_dir), _create(runs_dir)
    launcher.submit(first)
    _wait_until(lambda: read_history(first).steps)
    restarted = Launcher(runs_dir)
    restarted.submit(second)
    assert second.is_queued()
    restarted.withdraw(second)
    restarted.close()


def test_a_run_is_claimed_by_one_of_two(runs_dir: Path) -> None:
    run = _create(runs_dir)
    run.enqueue()
    assert [run.claim(), run.claim()] == [True, False]
    assert run.state() == "waiting" and run.is_active()


def test_a_claim_that_nothing_came_of_is_lost(runs_dir: Path) -> None:
    run = _create(runs_dir)
    run.enqueue()
    run.claim()
    os.utime(run.folder / "launched", (0, 0))
    assert run.state() == "lost" and not run.is_active()


def test_a_run_that_nobody_watches_stops_itself_where_that_is_asked_for(runs_dir: Path) -> None:
    launcher = Launcher(runs_dir, seconds_unwatched=0.5)
    run = _create(runs_dir)
    launcher.submit(run)
    _wait_until(lambda: run.state() == "stopped")
    launcher.close()
    launcher.wait()


def test_a_worker_that_died_waiting_is_replaced(launcher: Launcher, runs_dir: Path) -> None:
    warm = launcher._warm  # pyright: ignore[reportPrivateUsage]
    assert isinstance(warm, subprocess.Popen)
    warm.kill()
    warm.wait()
    run = _create(runs_dir, _SHORT)
    launcher.submit(run)
    _wait_until(lambda: run.state() == "finished")
