import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_core.checkpoints.card import card_path, read_card
from mnist_core.checkpoints.weights import load_tensors
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits, load_data
from mnist_core.errors import RunError
from mnist_core.inference.calibration import Calibration
from mnist_core.runs.changes import in_words
from mnist_core.runs.events import Epoch, Failed, Finished
from mnist_core.runs.folder import create_run, prepare_to_finish
from mnist_core.runs.history import read_history
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform
from tests.core.training.process import start, wait_until

_SHORT = TrainConfig(dataset="digits", epochs=2, ema_decay=0.9, threads=1)
_LONG = _SHORT.replace(epochs=100)


@pytest.mark.mnist
def test_a_network_trained_on_mnist_knows_when_to_doubt_before_its_run_is_over(
    runs_dir: Path, mnist_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def load_and_note(dataset: str, **options: Any) -> Digits:
        loaded.append(dataset)
        return load_data(dataset, **options)

    monkeypatch.setattr("mnist_core.training.worker.load_data", load_and_note)
    config = TrainConfig(model="tiny", epochs=1, batch_size=256, learning_rate=0.2, threads=1)
    run = create_run(config, recipe="tiny", folder=runs_dir)
    events = perform(run, data_dir=mnist_dir)
    finished = next(event for event in events if isinstance(event, Finished))
    assert run.lock_is_held()
    card, written = read_card(run.checkpoint_path), card_path(run.checkpoint_path).stat()
    calibration = Calibration.of_card(card.calibration)
    assert calibration.is_fitted and calibration.temperature != 1
    assert card.test_accuracy == finished.test_accuracy and card.is_complete
    assert list(events) == [] and not run.lock_is_held() and run.state() == "finished"
    assert card_path(run.checkpoint_path).stat() == written, "the card is written once"
    assert loaded == ["mnist"]


def test_a_run_leaves_its_weights_its_card_and_its_history(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    events = list(perform(run))
    card = read_card(run.checkpoint_path)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert card.test_accuracy == finished.test_accuracy and card.is_complete
    assert (card.dataset, card.num_train, card.watch) == ("digits", 1_200, "validation")
    assert read_history(run).finished == finished
    assert run.state() == "finished" and not run.state_path.exists()


def test_a_run_can_be_drawn_with_from_its_first_epoch_on(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    for event in perform(run):
        if isinstance(event, Epoch):
            assert read_card(run.checkpoint_path).epochs == event.epoch
            assert read_card(run.checkpoint_path).test_accuracy is None


def test_a_run_that_another_process_trains_is_not_trained_twice(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.training.worker._SECONDS_FOR_LOCK", 0)
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    events = perform(run)
    next(events)
    with pytest.raises(RunError, match="another process"):
        next(perform(run))
    events.close()


def test_a_run_that_has_finished_meanwhile_is_not_trained_again(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    list(perform(run))
    before = run.events_path.read_bytes(), run.checkpoint_path.read_bytes()
    run.enqueue()
    run.claim()  # handed over by one who had looked before it finished
    with pytest.raises(RunError, match="has finished"):
        list(perform(run))
    assert (run.events_path.read_bytes(), run.checkpoint_path.read_bytes()) == before
    assert run.state() == "finished" and not run.is_active()


def test_a_run_of_the_command_line_is_counted_with_the_others_while_it_trains(
    runs_dir: Path,
) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    events = perform(run)
    next(events)
    assert Queue(runs_dir).active() == [run]
    list(events)
    assert Queue(runs_dir).active() == []
    assert not (runs_dir / ".queue" / run.id).exists()


def test_data_that_cannot_be_read_fail_the_run_with_the_remedy(
    runs_dir: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{name}-ubyte").write_text("nonsense")
    run = create_run(_SHORT.replace(dataset="mnist"), recipe="seed", folder=runs_dir)
    failed = list(perform(run, data_dir=tmp_path))[-1]
    assert isinstance(failed, Failed) and not failed.is_unexpected
    assert "train-images-idx3-ubyte" in failed.message and "Delete it" in failed.message
    assert run.state() == "failed" and not run.checkpoint_path.exists()


def test_a_loss_that_is_no_number_leaves_no_poisoned_checkpoint(runs_dir: Path) -> None:
    wild = _SHORT.replace(learning_rate=2.0, schedule="constant", momentum=0.99, epochs=40)
    run = create_run(wild, recipe="seed", folder=runs_dir)
    assert isinstance(list(perform(run))[-1], Failed)
    if run.checkpoint_path.exists():
        weights = load_tensors(run.checkpoint_path)
        assert all(weight.isfinite().all() for weight in weights.values())


def test_a_stop_keeps_the_result_and_resuming_equals_never_stopping(runs_dir: Path) -> None:
    whole = create_run(_SHORT, recipe="seed", folder=runs_dir)
    list(perform(whole))
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    for event in perform(run):
        if getattr(event, "step", 0) == 10:
            run.stop()
    assert run.state() == "stopped" and run.checkpoint_path.exists()
    assert not read_card(run.checkpoint_path).is_complete
    run.prepare_to_resume()
    list(perform(run))
    assert run.state() == "finished"
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()
    assert [epoch.epoch for epoch in read_history(run).epochs] == [1, 2]


def _stopped_after(run: Run, step: int) -> Run:
    for event in perform(run):
        if getattr(event, "step", 0) == step:
            run.stop()
    return run


def test_the_test_set_waits_until_a_person_says_that_this_is_the_end(runs_dir: Path) -> None:
    run = _stopped_after(create_run(_SHORT, recipe="seed", folder=runs_dir), 30)
    card, finished = read_card(run.checkpoint_path), read_history(run).finished
    assert finished is not None and run.state() == "stopped"
    assert (finished.epochs, card.epochs) == (1.5789, 1.5789)
    assert card.test_accuracy is None and finished.test_total is None
    assert finished.watch_accuracy is not None and finished.watch_accuracy > 20
    weights = run.checkpoint_path.read_bytes()

    prepare_to_finish(run)
    list(perform(run))
    history = read_history(run)
    card, finished = read_card(run.checkpoint_path), history.finished
    assert finished is not None and finished.is_the_end and not finished.is_complete
    assert card.test_total == finished.test_total == 300 and not card.is_complete
    assert run.checkpoint_path.read_bytes() == weights, "nothing more was trained"
    assert len(history.steps) == 4 and in_words(history.changes) == "stopped at epoch 1.58"
    assert run.state() == "finished" and not run.state_path.exists()
    with pytest.raises(RunError, match="is finished"):
        run.prepare_to_resume()


def test_a_run_that_is_not_stopped_is_not_finished_by_hand(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir)
    with pytest.raises(RunError, match="only a stopped one"):
        prepare_to_finish(run)
    list(perform(run))
    with pytest.raises(RunError, match="only a stopped one"):
        prepare_to_finish(run)


def test_a_killed_run_is_lost_and_resuming_it_equals_never_stopping(runs_dir: Path) -> None:
    config = _SHORT.replace(epochs=12)
    whole = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(whole))
    run = create_run(config, recipe="seed", folder=runs_dir)
    with start(run) as process:
        wait_until(lambda: len(read_history(run).epochs) >= 2, run)
        process.kill()
    assert run.state() == "lost"
    run.prepare_to_resume()
    list(perform(run))
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()
    assert [epoch.epoch for epoch in read_history(run).epochs] == list(range(1, 13))


def test_each_epoch_tells_its_confusion_kernels_mistakes_and_probe(runs_dir: Path) -> None:
    run = create_run(_SHORT, recipe="seed", folder=runs_dir, probe=bytes(784))
    list(perform(run))
    for epoch in read_history(run).epochs:
        assert sum(map(sum, epoch.confusion)) == 297
        right = sum(epoch.confusion[digit][digit] for digit in range(10))
        assert epoch.watch_accuracy == pytest.approx(100 * right / 297)
        assert (len(epoch.kernels), len(epoch.kernels[0]), len(epoch.kernels[0][0])) == (8, 3, 3)
        assert len(epoch.probe) == 10 and sum(epoch.probe) == pytest.approx(1, abs=1e-4)
        assert len(epoch.mistakes) == 6
        assert all(mistake.truth != mistake.answer for mistake in epoch.mistakes)
        assert all(len(mistake.image) == 784 for mistake in epoch.mistakes)


def test_the_app_launches_a_run_that_outlives_it_and_stops_within_a_second(
    runs_dir: Path,
) -> None:
    launcher = Launcher(runs_dir)
    launcher.warm_up()
    run = create_run(_LONG, recipe="seed", folder=runs_dir)
    launcher.submit(run)
    launcher.close()
    wait_until(lambda: read_history(run).steps, run)
    assert run.state() == "running"
    run.stop()
    wait_until(lambda: run.state() != "running", run)
    assert run.state() == "stopped"
    assert run.log_path.read_text() == ""
    launcher.wait()


def test_a_waiting_worker_ends_with_the_app() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "mnist_core", "worker"], stdin=subprocess.PIPE, env=os.environ
    )
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(60) == 0
