"""The process whose copies train: what would spoil a copy of it, and where there can be none."""

import os
from pathlib import Path

import pytest
import torch

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training import serving


def test_what_is_copied_has_asked_nothing_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a copy of a process that has begun on a GPU cannot use it")

    for name in ("_cuda_getDeviceCount", "_cuda_init"):
        monkeypatch.setattr(torch._C, name, refuse, raising=False)
    serving._warm_up("cpu")  # pyright: ignore[reportPrivateUsage]


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
