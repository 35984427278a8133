import errno
import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import RunError
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.history import read_history
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.queue import Queue, Waiting
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform

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


def _kill_the_waiting_process(launcher: Launcher) -> None:
    warm = launcher._warm  # pyright: ignore[reportPrivateUsage]
    assert isinstance(warm, subprocess.Popen)
    warm.kill()
    warm.wait()


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


def test_a_run_does_without_its_log_where_a_pipe_stands(launcher: Launcher, runs_dir: Path) -> None:
    run = _create(runs_dir, _SHORT)
    os.mkfifo(run.log_path)
    launcher.submit(run)
    _wait_until(lambda: run.state() == "finished")


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
    _kill_the_waiting_process(launcher)
    run = _create(runs_dir, _SHORT)
    launcher.submit(run)
    _wait_until(lambda: run.state() == "finished")


@pytest.mark.parametrize("can_copy", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_ends_with_the_same_weights_in_whichever_process(
    can_copy: bool, threads: int, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.runs.launcher.CAN_COPY", can_copy)
    config = _SHORT.replace(threads=threads, model="tiny", batch_size=600)
    here, first, second = (_create(runs_dir, config) for _ in range(3))
    list(perform(here))
    launcher = Launcher(runs_dir)
    for run in (first, second):
        launcher.submit(run)
    _wait_until(lambda: second.state() == "finished")
    assert first.checkpoint_path.read_bytes() == here.checkpoint_path.read_bytes()
    assert second.checkpoint_path.read_bytes() == here.checkpoint_path.read_bytes()
    launcher.close()
    launcher.wait()


def test_two_servers_on_one_folder_train_one_run_at_a_time(
    launcher: Launcher, runs_dir: Path
) -> None:
    other = Launcher(runs_dir)
    runs = [_create(runs_dir) for _ in range(2)]
    together = [
        threading.Thread(target=one.submit, args=(run,))
        for one, run in zip((launcher, other), runs, strict=True)
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert sum(run.is_active() for run in runs) == 1
    _wait_until(lambda: any(read_history(run).steps for run in runs))
    assert sorted(run.state() for run in runs) == ["running", "waiting"]
    (waiting,) = (run for run in runs if run.is_queued())
    other.withdraw(waiting)
    other.close()
    for run in list_runs(runs_dir):
        run.stop()
    other.wait()


def test_a_queue_is_never_longer_than_is_allowed_however_many_press_at_once(
    launcher: Launcher, runs_dir: Path
) -> None:
    running = _create(runs_dir)
    launcher.submit(running)
    _wait_until(running.lock_is_held)
    gate = threading.Barrier(8)

    def refuse(waiting: list[Waiting]) -> str | None:
        num_waiting = len(waiting)
        time.sleep(0.05)  # as long as it likes
        return None if num_waiting < 3 else "full"

    def press() -> None:
        gate.wait()
        try:
            launcher.admit(lambda: _create(runs_dir), refuse=refuse, sender="here")
        except RunError as error:
            refused.append(str(error))

    refused: list[str] = []
    together = [threading.Thread(target=press) for _ in range(8)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert [one.sender for one in launcher.waiting()] == ["here"] * 3
    assert refused == ["full"] * 5
    assert len(list_runs(runs_dir)) == 4
    for run in launcher.queue():
        launcher.withdraw(run)


def test_a_launcher_without_file_descriptors_says_so_and_goes_on_when_there_are_some(
    runs_dir: Path,
) -> None:
    run = _create(runs_dir, _SHORT)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    launcher = Launcher(runs_dir)
    _wait_until(lambda: (runs_dir / ".queue").is_dir() or launcher.problem is None)
    run.enqueue()
    (runs_dir / ".queue").mkdir(exist_ok=True)
    (runs_dir / ".queue" / run.id).touch()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        _wait_until(lambda: launcher.problem is not None)
        assert "Too many open files" in str(launcher.problem)
        time.sleep(1.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    _wait_until(lambda: run.state() == "finished")
    assert launcher.problem is None
    launcher.close()
    launcher.wait()


def test_a_run_whose_process_cannot_be_started_keeps_its_place_in_the_queue(
    launcher: Launcher, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, first, second = (_create(runs_dir, config) for config in (_LONG, _SHORT, _SHORT))
    for run in (running, first, second):
        launcher.submit(run)
    _wait_until(running.lock_is_held)
    _kill_the_waiting_process(launcher)
    since = first.queued_since()
    tries: list[object] = []

    def no_process(*_: object, **__: object) -> None:
        tries.append(None)
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", no_process)
        running.stop()
        _wait_until(lambda: len(tries) > 2)
        assert "Cannot allocate memory" in str(launcher.problem)
        _wait_until(first.is_queued)
    assert first.queued_since() in (since, float("inf"))
    _wait_until(lambda: second.state() == "finished")
    assert first.state() == "finished"
    assert read_history(first).started is not None


def test_a_look_does_not_grow_with_the_runs_that_are_kept(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        _create(runs_dir)
    waiting = _create(runs_dir)
    queue = Queue(runs_dir)
    queue.add(waiting, "here")
    looked_at: list[Path] = []
    stat = Path.stat

    def noting(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looked_at.append(path)
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", noting)
    queue.clear()
    assert [run.id for run in queue.under_way()] == [waiting.id]
    assert queue.waiting()[0].sender == "here"
    folders = {path.relative_to(runs_dir).parts[0] for path in looked_at}
    assert folders <= {waiting.id, ".queue"}


def test_what_a_server_of_before_has_queued_is_found(runs_dir: Path) -> None:
    run = _create(runs_dir, _SHORT)
    run.enqueue()  # without a ticket
    assert Queue(runs_dir).under_way() == []
    Queue(runs_dir).note_all()
    assert Queue(runs_dir).under_way() == [run]
    run.claim()
    run.unclaim()
    Queue(runs_dir).clear()
    assert [path.name for path in (runs_dir / ".queue").iterdir() if path.name != ".lock"] == []
