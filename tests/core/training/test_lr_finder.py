from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import load_data
from mnist_core.runs.events import Failed, LearningRateFound, Started, Step
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import read_history
from mnist_core.training.lr_finder import NUM_STEPS, find_learning_rate, suggest
from mnist_core.training.worker import perform

_CONFIG = TrainConfig(dataset="digits", threads=1)


def test_the_learning_rate_only_rises_and_the_suggestion_lies_within() -> None:
    events = list(find_learning_rate(_CONFIG, load_data("digits")))
    steps = [event for event in events if isinstance(event, Step)]
    rates = [step.learning_rate for step in steps]
    assert rates == sorted(rates) and len(set(rates)) == len(rates) <= NUM_STEPS
    assert isinstance(events[0], Started)
    last = events[-1]
    assert isinstance(last, LearningRateFound)
    assert rates[0] < last.learning_rate < rates[-1]


def test_the_search_ends_when_the_loss_explodes() -> None:
    events = list(find_learning_rate(_CONFIG, load_data("digits")))
    assert sum(isinstance(event, Step) for event in events) < NUM_STEPS


def test_half_the_learning_rate_of_the_lowest_loss_is_suggested() -> None:
    falling = [(10 ** (-4 + i / 25), 2.3 if i < 20 else max(0.3, 2.3 - i / 30)) for i in range(60)]
    rising = [(10 ** (-4 + i / 25), 0.3 + (i - 60) / 5) for i in range(60, 100)]
    suggested = suggest(falling + rising)
    assert suggested is not None
    assert suggested == pytest.approx(10 ** (-4 + 60 / 25) / 2, rel=0.3)


def test_a_loss_that_never_falls_gives_no_suggestion() -> None:
    assert suggest([(10 ** (-4 + i / 25), 2.3) for i in range(100)]) is None
    assert suggest([]) is None


def test_a_search_is_a_run_that_leaves_no_weights(runs_dir: Path) -> None:
    run = create_run(_CONFIG, recipe="seed", folder=runs_dir, kind="lr_search")
    list(perform(run))
    assert run.kind == "lr_search" and run.state() == "finished"
    assert read_history(run).learning_rate_found is not None
    assert not run.checkpoint_path.exists() and not run.state_path.exists()


def test_a_search_can_be_stopped(runs_dir: Path) -> None:
    run = create_run(_CONFIG, recipe="seed", folder=runs_dir, kind="lr_search")
    run.stop()
    assert isinstance(list(perform(run))[-1], Failed)
