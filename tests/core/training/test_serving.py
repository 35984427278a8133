"""The process whose copies train: where there can be no copy."""

import os
import subprocess
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training import serving


def test_a_run_for_which_there_can_be_no_copy_has_a_process_started_for_it(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise OSError("Cannot allocate memory")

    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> "subprocess.Popen[bytes]":
        started.append(start_command(*words))
        return started[0]

    start_command = serving.start_command
    config = TrainConfig(model="tiny", dataset="digits", epochs=1, batch_size=600)
    run = create_run(config, recipe="tiny", folder=runs_dir)
    monkeypatch.setattr(os, "fork", fail)
    monkeypatch.setattr(serving, "start_command", start)
    assert not serving._is_the_copy(run)  # pyright: ignore[reportPrivateUsage]
    assert started[0].wait(60) == 0
    assert run.state() == "finished"
