"""The smoothed course of a run's losses."""

import math

import numpy as np
import pytest

from mnist_core.config.recipes import get_recipe
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import read_history, smooth_loss
from mnist_core.training.worker import perform


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[float], list[float]]:
    """The epochs and losses that a real short run told, ten steps apart."""
    config = get_recipe("seed").config.replace(
        dataset="digits", epochs=5, batch_size=8, learning_rate=0.02
    )
    run = create_run(config, recipe="seed", folder=tmp_path_factory.mktemp("runs"))
    list(perform(run))
    steps = read_history(run).steps
    assert len(steps) > 70
    return [step.epoch for step in steps], [step.loss for step in steps]


def test_about_half_of_a_real_runs_losses_lie_on_each_side_wherever_one_looks(
    points: tuple[list[float], list[float]],
) -> None:
    epochs, losses = np.array(points[0]), np.array(points[1])
    is_below = losses < np.array(smooth_loss(*points))
    for start in np.arange(0.1, 4.3, 0.1):
        here = (epochs > start) & (epochs <= start + 0.7)
        assert 0.25 <= is_below[here].mean() <= 0.75, f"from epoch {start:.1f} on"
    assert 0.4 <= is_below[epochs > 0.1].mean() <= 0.6


def test_a_course_that_falls_evenly_in_the_logarithm_is_left_as_it_is() -> None:
    epochs = [place / 20 for place in range(100)]
    losses = [math.exp(-epoch) for epoch in epochs]
    assert smooth_loss(epochs, losses) == pytest.approx(losses)


def test_the_window_counts_epochs_whatever_the_batch_size() -> None:
    def course(per_epoch: int) -> float:
        epochs = [(place + 0.5) / per_epoch for place in range(4 * per_epoch)]
        losses = [1.0 if epoch < 2 else 0.1 for epoch in epochs]
        return smooth_loss(epochs, losses, window=1.0, at=[round(1.8 * per_epoch)])[0]

    assert course(50) == pytest.approx(course(400), rel=0.1)
    assert course(50) < 0.95, "it sees what comes 0.2 epochs later"


@pytest.mark.parametrize("losses", [[], [0.5], [0.5, 0.0], [0.3] * 3])
def test_few_losses_and_none_at_all_have_a_course_too(losses: list[float]) -> None:
    course = smooth_loss([1.0 * place for place in range(len(losses))], losses)
    assert len(course) == len(losses) and all(map(math.isfinite, course))
