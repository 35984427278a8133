"""Rows of runs that have ended are kept, and never shown when they are not true any more."""

from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs import table
from mnist_core.runs.control import Label
from mnist_core.runs.folder import create_run
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run
from mnist_core.runs.table import RunRow, describe_runs
from mnist_core.training.worker import perform

_CONFIG = TrainConfig(model="tiny", dataset="digits", epochs=1)


@pytest.fixture
def ended(runs_dir: Path) -> Run:
    run = create_run(_CONFIG, recipe="tiny", folder=runs_dir)
    list(perform(run))
    return run


def _row(run: Run) -> RunRow:
    ((row,), _) = describe_runs([run])
    return row


def test_a_run_that_has_ended_is_read_once(ended: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _row(ended)
    read: list[Run] = []
    monkeypatch.setattr(table, "describe_run", read.append)
    assert _row(ended) is before
    assert read == []


def test_a_new_name_shows_in_a_row_that_was_kept(ended: Run) -> None:
    assert _row(ended).name == ""
    ended.set_label(Label(name="mine"))
    assert _row(ended).name == "mine"


def test_a_run_that_goes_on_is_looked_at_each_time(runs_dir: Path) -> None:
    run = create_run(_CONFIG.replace(epochs=2), recipe="tiny", folder=runs_dir)
    run.stop()
    list(perform(run))
    assert _row(run).state == "stopped"
    run.prepare_to_resume()
    Queue(runs_dir).add(run)
    assert _row(run).state == "waiting"
    run.claim()
    events = perform(run)
    next(events)
    assert _row(run).state == "running"
    list(events)
    assert (_row(run).state, _row(run).epochs_done) == ("finished", 2)
