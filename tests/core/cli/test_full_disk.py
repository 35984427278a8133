"""A disk that is full, and a folder that is only to be read: one line each time, nothing lost.

A disk is full here where a file grows beyond some kilobytes: the system refuses to write more, as
it does on a full disk, whoever asks.
"""

import json
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core import files
from mnist_core.checkpoints.weights import load_tensors
from mnist_core.cli.main import main
from mnist_core.config.settings import TrainConfig
from mnist_core.data import drawings
from mnist_core.errors import DataError
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.run import Run
from mnist_core.search.folder import open_search
from mnist_core.sharing.export_network import weights_with_card
from mnist_core.training.worker import perform

Say = pytest.CaptureFixture[str]

_TRAIN = ("train", "--dataset", "digits", "--epochs", "2", "--batch-size", "300", "--threads", "1")
_AS = ("--format", "safetensors")
_NOBODY = 65_534


@contextmanager
def _room_for(num_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _told(capsys: Say, *arguments: str) -> str:
    """Run a command that cannot do what it should; return the one line that says so."""
    capsys.readouterr()
    assert main(arguments) in (1, 2), arguments
    found = capsys.readouterr()
    lines = found.err.strip().splitlines()
    assert "Traceback" not in found.err + found.out
    assert lines and lines[-1].rstrip(".") != lines[-1], found
    return lines[-1]


@pytest.mark.parametrize("room", [0, 300, 5_000, 70_000])
def test_a_run_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    room: int, runs_dir: Path, capsys: Say
) -> None:
    with _room_for(room):
        assert "space" in _told(capsys, *_TRAIN)
    found = list_runs(runs_dir)
    assert not list(runs_dir.glob(".*.new"))
    for run in found:
        assert run.state() in ("failed", "lost", "waiting") and not list(run.folder.glob(".*"))
        with _room_for(room):
            assert "space" in _told(capsys, "runs", "resume", run.id)
        assert main(["runs", "resume", run.id]) == 0
        assert run.state() == "finished"
    if found:
        assert main(_TRAIN) == 0
        new, old = (load_tensors(run.checkpoint_path) for run in list_runs(runs_dir))
        assert all(torch.equal(new[name], tensor) for name, tensor in old.items())


def test_a_search_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    runs_dir: Path, tmp_path: Path, capsys: Say
) -> None:
    asked = "search --max-parameters 3000 --trials 1 --epochs 1 --seeds 1 --dataset digits"
    words = [*asked.split(), *("--recipe", "tiny", "--jobs", "1", "--name", "one", "--json")]
    assert main([*words, "--runs-dir", str(tmp_path / "undisturbed")]) == 0
    expected = json.loads(capsys.readouterr().out)
    with _room_for(4_000):
        assert "space" in _told(capsys, *words)
    search = open_search("one", runs_dir)
    assert search.state(0) == "failed" and "Free some space" in str(search.failure)
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["best"] == expected["best"]
    assert search.failure is None


@pytest.mark.usefixtures("runs_dir")
def test_nothing_is_half_written_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    given, output = tmp_path / "given.safetensors", tmp_path / "out.safetensors"
    given.write_bytes(weights_with_card(files.MODELS_DIR / "tiny.safetensors"))
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))
    with _room_for(5_000):
        _told(capsys, "import", str(given), "--name", "gift")
        _told(capsys, "export", "tiny", *_AS, "--output", str(output))
    assert not output.exists()
    assert main(["import", str(given), "--name", "gift"]) == 0
    assert main(["export", "gift", *_AS, "--output", str(output)]) == 0


def test_a_drawing_is_kept_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path))
    picture = np.zeros((280, 280), np.uint8)
    picture[60:220, 130:150] = 255
    with _room_for(50), pytest.raises(DataError, match="space"):
        drawings.keep(picture, 1)
    assert drawings.list_kept() == []


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs, one finished and one stopped, that this process may read and not write."""
    home = Path(tempfile.mkdtemp(prefix="mnist-lab-test-"))
    folder = home / "runs"
    monkeypatch.setenv("MNIST_RUNS_DIR", str(folder))
    config = TrainConfig(dataset="digits", epochs=1, batch_size=300, threads=1)
    list(perform(create_run(config, recipe="seed", folder=folder)))
    stopped = create_run(config, recipe="seed", folder=folder)
    stopped.stop()
    list(perform(stopped))
    home.chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0  # who may write everywhere, whatever it says
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(home)


def test_runs_that_can_only_be_read_are_read_and_the_rest_is_refused(
    read_only: Path, capsys: Say
) -> None:
    stopped, finished = list_runs(read_only)
    assert (stopped.state(), finished.state()) == ("stopped", "finished")
    for arguments in (("list",), ("show", finished.id)):
        assert main(["runs", *arguments]) == 0
        assert "finished" in capsys.readouterr().out
    assert main(["evaluate", finished.id]) == 0
    for act in ("resume", "finish", "delete", "put-aside"):
        assert str(read_only) in _told(capsys, "runs", act, stopped.id)
    assert str(read_only) in _told(capsys, *_TRAIN)
    assert Run(stopped.folder).state() == "stopped"
