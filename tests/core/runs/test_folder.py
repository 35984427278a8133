"""The folder of runs: what is listed, opened, deleted and restored."""

from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import RunError
from mnist_core.runs.control import Label
from mnist_core.runs.folder import (
    create_run,
    delete_run,
    list_runs,
    open_run,
    remove_deleted,
    restore_run,
)
from mnist_core.runs.run import Run

_CONFIG = TrainConfig(dataset="digits", epochs=3, seed=4)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(_CONFIG, recipe="seed", folder=tmp_path)


def test_the_newest_run_comes_first_and_strangers_are_not_listed(tmp_path: Path) -> None:
    for name in ("20260101-000000-seed-0001", "20260102-000000-seed-0002", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    (tmp_path / "20260103-000000-seed-0003").mkdir()  # without run.json
    names = [run.id for run in list_runs(tmp_path)]
    assert names == ["20260102-000000-seed-0002", "20260101-000000-seed-0001"]


def test_runs_that_are_made_within_a_second_keep_their_order(tmp_path: Path) -> None:
    recipes = ("tiny", "seed", "record", "quick", "compact", "tiny", "seed")
    made = [create_run(_CONFIG, recipe=recipe, folder=tmp_path).id for recipe in recipes]
    assert [run.id for run in list_runs(tmp_path)] == made[::-1]


@pytest.mark.parametrize("name", ["../secret", "20260101-000000-seed-0001/..", "", "no-such-run"])
def test_a_name_that_is_no_runs_opens_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="There is no run"):
        open_run(name, tmp_path)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    with pytest.raises(RunError, match="MNIST_RUNS_DIR"):
        create_run(_CONFIG, recipe="seed", folder=tmp_path / "runs")


def test_a_deleted_run_is_gone_until_it_is_restored(run: Run, tmp_path: Path) -> None:
    run.set_label(Label(name="my best", note="with a low learning rate"))
    delete_run(run)
    assert list_runs(tmp_path) == []
    assert restore_run(run.id, tmp_path).label.name == "my best"
    assert [found.id for found in list_runs(tmp_path)] == [run.id]
    delete_run(run)
    remove_deleted(tmp_path, seconds_ago=60)
    assert restore_run(run.id, tmp_path) == run
    delete_run(run)
    remove_deleted(tmp_path)
    with pytest.raises(RunError, match="no deleted run"):
        restore_run(run.id, tmp_path)


def test_a_run_that_is_trained_is_not_deleted(run: Run) -> None:
    with run.lock(), pytest.raises(RunError, match="stop it before"):
        delete_run(run)
