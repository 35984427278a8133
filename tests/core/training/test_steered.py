"""A run that is paused, stepped, given another rate, or ended by a signal."""

import signal
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.events import Paused, Started
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import read_history
from mnist_core.training.worker import perform
from tests.core.training.process import start, wait_until

_SHORT = TrainConfig(dataset="digits", epochs=2, ema_decay=0.9, threads=1)
_LONG = _SHORT.replace(epochs=100)


def test_a_paused_run_goes_on_step_by_step_as_if_it_had_never_paused(runs_dir: Path) -> None:
    config = _SHORT.replace(epochs=3)
    whole = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(whole))
    run = create_run(config, recipe="seed", folder=runs_dir)
    run.tell(pause_at=25)
    paused: list[int] = []
    for event in perform(run):
        if isinstance(event, Paused):
            paused.append(event.step)
            if len(paused) < 3:
                run.make_one_step(event.step)
            else:
                run.resume()
    assert paused == [25, 26, 27]
    assert {26, 27} <= {step.step for step in read_history(run).steps}
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()


def test_a_run_killed_while_paused_goes_on_from_there(runs_dir: Path) -> None:
    whole = create_run(_SHORT, recipe="seed", folder=runs_dir)
    list(perform(whole))
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    run.tell(pause_at=7)
    with start(run) as process:
        wait_until(lambda: run.state() == "paused", run)
        process.kill()
    assert run.state() == "lost"
    run.prepare_to_resume()
    events = list(perform(run))
    assert next(event for event in events if isinstance(event, Started)).first_step == 7
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()


def test_a_paused_run_can_be_stopped(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    run.tell(pause_at=5)
    for event in perform(run):
        if isinstance(event, Paused):
            run.stop()
    assert run.state() == "stopped"


def test_a_changed_learning_rate_is_recorded_and_outlives_a_resume(runs_dir: Path) -> None:
    run = create_run(_SHORT.replace(schedule="constant"), recipe="seed", folder=runs_dir)
    run.tell(pause_at=5)
    for event in perform(run):
        if isinstance(event, Paused):
            run.change_learning_rate(0.02)
            run.tell(stop=True)
    run.prepare_to_resume()
    list(perform(run))
    history = read_history(run)
    assert [(c.step, c.learning_rate) for c in history.learning_rates][-1] == (5, 0.02)
    assert {step.learning_rate for step in history.steps if step.step > 5} == {0.02}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_its_result_kept(runs_dir: Path, number: int) -> None:
    run = create_run(_LONG, recipe="seed", folder=runs_dir)
    with start(run) as process:
        wait_until(lambda: read_history(run).steps, run)
        process.send_signal(number)
    assert run.state() == "stopped"
    assert run.checkpoint_path.exists()
