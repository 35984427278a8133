"""Whoever ends a command with SIGTERM means what Ctrl-C means, from the first moment on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_core.__main__ import run
from mnist_core.config.settings import TrainConfig
from mnist_core.files import PROJECT_DIR
from mnist_core.runs.folder import create_run, list_runs


def _start(*arguments: str, runs_dir: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_core", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "MNIST_RUNS_DIR": str(runs_dir)},
        # Started from a background job, it would inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _wait_until_it_hears(process: "subprocess.Popen[bytes]") -> None:
    """Return once the program's own first line has been run: before that, Python is not there."""
    mask = 0
    while not mask & 1 << signal.SIGTERM - 1:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        mask = int(status.partition("SigCgt:")[2].split()[0], 16)
        time.sleep(0.005)


def _end(process: "subprocess.Popen[bytes]", number: int, *, or_trains: bool = False) -> None:
    """Send the signal; check that the process ends by it, telling it in one line or not at all.

    One that trains already says how to go on.
    """
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert b"Traceback" not in told
    if or_trains and b"Stopped early. Go on:" in told:
        assert process.returncode == 1
        return
    assert not told or told.splitlines()[-1] == b"Interrupted.", told
    # -SIGINT: where it comes amid an `exec` of text, of which some imports are made, Python ends by
    # that signal, whoever has caught the KeyboardInterrupt.
    assert process.returncode in (1, -signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("milliseconds", [0, 300, 1_200])
def test_a_command_that_is_still_loading_ends_with_one_line(
    number: signal.Signals, milliseconds: int, runs_dir: Path
) -> None:
    command = _start("train", "--dataset", "digits", "--epochs", "100", runs_dir=runs_dir)
    _wait_until_it_hears(command)
    time.sleep(milliseconds / 1_000)
    _end(command, number, or_trains=True)  # a quick machine has begun to by then


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_waits_for_a_run_ends_quietly(
    number: signal.Signals, runs_dir: Path
) -> None:
    waiting = _start("worker", runs_dir=runs_dir)
    _wait_until_it_hears(waiting)
    time.sleep(1.0)
    _end(waiting, number)


def test_a_signal_amid_the_making_of_a_class_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Part:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    def loads() -> int:
        type("Made", (), {"part": Part()})
        return 0

    def fails() -> int:
        raise RuntimeError("of another kind")

    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # pytest keeps its own
    monkeypatch.setattr("mnist_core.cli.main.main", loads)
    with pytest.raises(SystemExit, match=r"^Interrupted\.$"):
        run()
    monkeypatch.setattr("mnist_core.cli.main.main", fails)
    with pytest.raises(RuntimeError, match="of another kind"):
        run()


def test_a_study_that_is_ended_stops_its_runs_and_keeps_what_they_reached(runs_dir: Path) -> None:
    study = _start(
        *("study", "--recipe", "quick", "--dataset", "digits", "--epochs", "100"),
        *("--seeds", "2", "--jobs", "1"),
        runs_dir=runs_dir,
    )
    home = runs_dir / "studies" / "quick-dataset-digits-epochs-100"
    deadline = time.monotonic() + 60
    while not any(run.checkpoint_path.exists() for run in list_runs(home)):
        assert time.monotonic() < deadline and study.poll() is None
        time.sleep(0.05)
    _end(study, signal.SIGTERM)
    assert not any(run.lock_is_held() for run in list_runs(home))


def test_a_run_that_is_ended_before_it_trains_says_so_and_can_go_on(runs_dir: Path) -> None:
    from mnist_core.training.worker import perform

    run = create_run(TrainConfig(dataset="digits", epochs=1), recipe="seed", folder=runs_dir)
    events = perform(run)
    next(events)  # it reads the data
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())
    assert run.state() == "failed"
    run.prepare_to_resume()
    list(perform(run))
    assert run.state() == "finished"
