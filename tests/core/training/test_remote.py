"""A run carried out far from its folder: what is left on the machine that did it."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training.remote import carry_out


def test_what_killed_workers_left_is_removed_and_what_trains_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = tmp_path / "machine"
    machine.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(machine))
    config = TrainConfig(model="tiny", dataset="digits", epochs=1, batch_size=600)
    run = create_run(config, recipe="tiny", folder=tmp_path / "runs")
    two_hours_ago = time.time() - 7200
    of = {name: machine / f"mnist-lab-run-{name}" for name in ("killed", "training", "begun-now")}
    others = {name: create_run(config, recipe="tiny", folder=home) for name, home in of.items()}
    for name in ("killed", "training"):
        os.utime(of[name], (two_hours_ago, two_hours_ago))
    files = {"run.json": (run.folder / "run.json").read_bytes()}

    with others["training"].lock():
        *_, last = carry_out(run.id, files, {}, read_control=str)

    assert "model.safetensors" in last.files
    assert {home for home in of.values() if home.exists()} == {of["training"], of["begun-now"]}
