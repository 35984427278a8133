"""Killed between two writes: whatever comes next finds a whole state or makes one, and no litter.

Each act is carried out once undisturbed, and killed at each of its writes in turn.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core import files
from mnist_core.checkpoints.card import read_card, write_card
from mnist_core.checkpoints.weights import load_checkpoint, load_tensors
from mnist_core.cli.main import main
from mnist_core.config.settings import TrainConfig
from mnist_core.data import drawings
from mnist_core.errors import RunError
from mnist_core.experiments.study import read_study, run_study, study_folder
from mnist_core.files import EVERYONE
from mnist_core.runs.catalogue import delete_imported, imported_dir
from mnist_core.runs.events import Epoch, Finished
from mnist_core.runs.folder import create_grown_run, create_run, list_runs
from mnist_core.runs.history import read_history
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run
from mnist_core.sharing.export_network import weights_with_card
from mnist_core.sharing.import_network import import_checkpoint
from mnist_core.sharing.ship import ship
from mnist_core.training.finetune import create_fine_tuning, read_fine_tuning
from mnist_core.training.worker import perform
from tests.killing import kills

_CONFIG = TrainConfig(
    model="4c5s4 max", dataset="digits", epochs=2, batch_size=300, learning_rate=0.05, threads=1
)
_OTHERS_FILES = ("run.lock", ".queue", "control.json")


def _folders(home: Path) -> Iterator[Path]:
    for number in range(1_000):
        folder = home / str(number)
        folder.mkdir()
        yield folder


def _list(folder: Path) -> list[str]:
    """Return what lies in a folder; a run by what comes before its time and number."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name not in _OTHERS_FILES
    )


def _finish(run: Run) -> Run:
    """Do with a run what a person does who finds it there; then it has finished."""
    if run.state() == "finished":
        with pytest.raises(RunError, match="has finished"):
            list(perform(run))
    else:
        run.prepare_to_resume()
        list(perform(run))
    assert run.state() == "finished"
    return run


def _check_equal(run: Run, undisturbed: Run) -> None:
    assert _list(run.folder) == _list(undisturbed.folder)
    expected, found = load_tensors(undisturbed.checkpoint_path), load_tensors(run.checkpoint_path)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    card, other = read_card(run.checkpoint_path), read_card(undisturbed.checkpoint_path)
    assert (card.epochs, card.is_complete, card.test_accuracy) == (
        other.epochs,
        True,
        other.test_accuracy,
    )
    told, expected_told = read_history(run), read_history(undisturbed)
    assert [epoch.watch_loss for epoch in told.epochs] == [
        epoch.watch_loss for epoch in expected_told.epochs
    ]
    events = EventReader(run).read()
    assert len({event.epoch for event in events if isinstance(event, Epoch)}) == len(told.epochs)
    assert sum(isinstance(event, Finished) for event in events) == 1


def _train(folder: Path) -> None:
    list(perform(create_run(_CONFIG, recipe="seed", folder=folder)))


def test_a_run_killed_at_any_write_goes_on_and_ends_as_if_it_had_not(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    _train(undisturbed)
    (expected,) = list_runs(undisturbed)
    for folder in kills(_train, _folders(tmp_path)):
        for run in list_runs(folder) or [create_run(_CONFIG, recipe="seed", folder=folder)]:
            _check_equal(_finish(run), expected)
        assert not list(folder.glob(".*.new"))


def _grow(folder: Path, *, parent: Path) -> None:
    shutil.copytree(parent, folder / parent.name)
    list(perform(create_grown_run(Run(folder / parent.name), 1)))


def test_a_run_that_grows_from_an_epoch_is_whole_or_not_there(tmp_path: Path) -> None:
    _train(tmp_path / "parents")
    (parent,) = list_runs(tmp_path / "parents")
    _grow(tmp_path / "undisturbed", parent=parent.folder)
    expected, _ = list_runs(tmp_path / "undisturbed")
    for folder in kills(partial(_grow, parent=parent.folder), _folders(tmp_path)):
        for run in list_runs(folder):
            if run.id != parent.id:
                _check_equal(_finish(run), expected)


def _fine_tune(folder: Path, *, base: Path, kept: drawings.DrawingSet) -> None:
    list(perform(create_fine_tuning(base, read_card(base), kept, folder=folder)))


def test_a_fine_tuning_killed_at_any_write_goes_on(tmp_path: Path) -> None:
    _train(tmp_path / "bases")
    (base,) = list_runs(tmp_path / "bases")
    kept = _drawn()
    act = partial(_fine_tune, base=base.checkpoint_path, kept=kept)
    act(tmp_path / "undisturbed")
    (expected,) = list_runs(tmp_path / "undisturbed")
    for folder in kills(act, _folders(tmp_path), lines=False):
        for run in list_runs(folder):
            _check_equal(_finish(run), expected)
            assert read_fine_tuning(run) == read_fine_tuning(expected)


def _drawn() -> drawings.DrawingSet:
    labels = np.arange(8) % 2
    images = np.zeros((8, 1, 28, 28), np.uint8)
    images[labels == 1, :, 4:24, 13:15] = 255
    images[labels == 0, :, 8:20, 8:20] = 255
    return drawings.DrawingSet(images=images, labels=labels, kept=tuple("12345678"), damaged=())  # pyright: ignore[reportArgumentType]


class _Here:
    """Carries a study's runs out in this process, one after the other."""

    jobs = 1

    def __init__(self) -> None:
        self._runs: list[Run] = []

    def submit(self, run: Run) -> None:
        self._runs.append(run)

    def look(self, timeout: float) -> list[Run]:
        run = self._runs.pop(0)
        if run.state() != "finished":
            list(perform(run))
        return [run]

    def stop(self, run: Run) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError


def _study(folder: Path) -> None:
    changes = {"dataset": "digits", "epochs": 1, "batch_size": 300, "model": "8c5 max"}
    list(run_study("seed", changes, num_seeds=1, executor=_Here(), folder=folder))


def test_a_study_killed_at_any_write_goes_on_and_finds_the_same(tmp_path: Path) -> None:
    _study(tmp_path / "undisturbed")
    (expected,) = (tmp_path / "undisturbed" / "studies").iterdir()
    for folder in kills(_study, _folders(tmp_path), lines=False):
        _study(folder)
        home = study_folder(expected.name, folder)
        found, wanted = read_study(home / "study.json"), read_study(expected / "study.json")
        assert found.test_accuracies == wanted.test_accuracies
        assert len(list_runs(home)) == 1 and not list(home.glob(".*.new"))


def _import(folder: Path, *, given: Path) -> None:
    os.environ |= {"MNIST_RUNS_DIR": str(folder), "MNIST_DATA_DIR": str(folder / "none")}
    import_checkpoint(given, name="gift")


def test_a_network_that_is_imported_is_there_or_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(weights_with_card(files.MODELS_DIR / "tiny.safetensors"))
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))
    for folder in kills(partial(_import, given=given), _folders(tmp_path)):
        monkeypatch.setenv("MNIST_RUNS_DIR", str(folder))
        home = imported_dir()
        if not list(home.glob("*.safetensors")):
            assert import_checkpoint(given, name="gift").parent == home
        assert load_checkpoint(home / "gift.safetensors")[1].name == "gift"
        assert _list(home) == ["gift.json", "gift.safetensors"]


def _delete(folder: Path, *, given: Path) -> None:
    _import(folder, given=given)
    delete_imported("gift", EVERYONE)


def test_an_imported_network_that_is_deleted_is_whole_or_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(weights_with_card(files.MODELS_DIR / "tiny.safetensors"))
    for folder in kills(partial(_delete, given=given), _folders(tmp_path)):
        monkeypatch.setenv("MNIST_RUNS_DIR", str(folder))
        for path in imported_dir().glob("*.safetensors"):
            assert load_checkpoint(path)[1].name == "gift"


def _ship(folder: Path, *, checkpoint: Path) -> None:
    files.MODELS_DIR = folder
    ship(checkpoint, "mine")


def test_what_is_shipped_is_whole_after_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _study(tmp_path / "studied")
    (home,) = (tmp_path / "studied" / "studies").iterdir()
    checkpoint = list_runs(home)[0].checkpoint_path
    card = replace(read_card(checkpoint), watch="validation")
    write_card(checkpoint, card)
    for folder in kills(partial(_ship, checkpoint=checkpoint), _folders(tmp_path)):
        monkeypatch.setattr(files, "MODELS_DIR", folder)
        assert load_checkpoint(ship(checkpoint, "mine"))[1].name == "mine"
        assert _list(folder) == ["mine.json", "mine.safetensors", "mine.study.json"]


def _export(folder: Path) -> None:
    output = str(folder / "out.safetensors")
    assert main(["export", "tiny", "--format", "safetensors", "--output", output]) == 0


def test_an_exported_file_is_whole_or_not_there(tmp_path: Path) -> None:
    whole = load_tensors(files.MODELS_DIR / "tiny.safetensors")
    for folder in kills(_export, _folders(tmp_path)):
        if (folder / "out.safetensors").exists():
            assert load_tensors(folder / "out.safetensors").keys() == whole.keys()
        _export(folder)
        assert _list(folder) == ["out.safetensors"]


def _keep(folder: Path) -> None:
    os.environ["MNIST_DRAWINGS_DIR"] = str(folder)
    _keep_one()


def _keep_one() -> None:
    picture = np.zeros((280, 280), np.uint8)
    picture[60:220, 130:150] = 255
    drawings.keep(picture, 1, strokes=[[(140, 60), (140, 220)]])


def test_a_drawing_is_kept_with_all_that_belongs_to_it_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in kills(_keep, _folders(tmp_path)):
        monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(folder))
        before = drawings.list_kept()
        _keep_one()
        after = drawings.list_kept()
        assert len(after) == len(before) + 1 and len(drawings.read_set().kept) == len(after)
        home = drawings.own_folder()
        assert len(_list(home)) == 3 * len(after)
