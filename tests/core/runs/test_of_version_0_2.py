"""Runs made by version 0.2, before modules moved into folders, are as good as new ones.

The folders beside this file were written by it: `tiny` on the small set, one stopped after two of
three epochs, one trained to its end, one search for a learning rate.
"""

import shutil
from pathlib import Path

import pytest

from mnist_core.checkpoints.weights import load_checkpoint, load_tensors
from mnist_core.data.datasets import load_part
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.runs.events import Finished
from mnist_core.runs.history import read_history
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform

_STOPPED = "20261124-140913-tiny-39fd"
_WHOLE = "20261124-140914-tiny-cf9d"
_SEARCH = "20261124-140915-tiny-714c"


@pytest.fixture
def old_runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    shutil.copytree(Path(__file__).parent / "of_version_0_2", folder)
    return folder


def test_they_open_with_what_they_said(old_runs: Path) -> None:
    stopped, whole, search = (Run(old_runs / name) for name in (_STOPPED, _WHOLE, _SEARCH))
    assert [run.state() for run in (stopped, whole, search)] == ["stopped", "finished", "finished"]
    assert whole.config.model == "tiny" and whole.kind == "training"
    history = read_history(whole)
    assert history.finished is not None and history.finished.test_total == 300
    assert [epoch.epoch for epoch in history.epochs] == [1, 2, 3]
    found = read_history(search).learning_rate_found
    assert search.kind == "lr_search" and found is not None and found.learning_rate > 0


def test_one_that_starts_from_given_weights_is_a_fine_tuning(old_runs: Path) -> None:
    run = Run(old_runs / _WHOLE)
    shutil.copy(run.checkpoint_path, run.start_path)
    assert run.kind == "fine_tuning"


def test_their_weights_are_evaluated_as_then(old_runs: Path) -> None:
    run = Run(old_runs / _WHOLE)
    model, card = load_checkpoint(run.checkpoint_path)
    found = evaluate(model, *load_part("digits", "test"))
    assert card.test_correct is not None and abs(found.correct - card.test_correct) <= 2


def test_a_stopped_one_goes_on_to_where_it_would_have_come(old_runs: Path) -> None:
    stopped, whole = Run(old_runs / _STOPPED), Run(old_runs / _WHOLE)
    stopped.prepare_to_resume()
    events = list(perform(stopped))
    assert any(isinstance(event, Finished) and event.is_complete for event in events)
    reached = load_tensors(stopped.checkpoint_path)
    # Bit for bit on the machine that made them; other processors round the last places otherwise.
    for value, expected in zip(
        reached.values(), load_tensors(whole.checkpoint_path).values(), strict=True
    ):
        assert value.shape == expected.shape
        assert value.float().allclose(expected.float(), rtol=1e-2, atol=1e-2)
