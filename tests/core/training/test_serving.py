"""The process whose copies train: where there can be no copy."""

import os
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training import serving


def test_a_run_for_which_there_can_be_no_copy_is_queued_again(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise OSError("Cannot allocate memory")

    run = create_run(TrainConfig(dataset="digits"), recipe="seed", folder=runs_dir)
    run.enqueue()
    assert run.claim()
    monkeypatch.setattr(os, "fork", fail)
    assert not serving._is_the_copy(run)  # pyright: ignore[reportPrivateUsage]
    assert run.is_queued() and not run.is_active()
