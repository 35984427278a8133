"""A run's network put into the models folder."""

import json
from pathlib import Path

import pytest

from mnist_core import files, records
from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.weights import load_tensors
from mnist_core.cli.main import main
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError
from mnist_core.experiments.study import Study, read_study, study_folder
from mnist_core.inference.calibration import Calibration
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.sharing.ship import ship
from mnist_core.training.worker import perform

_CONFIG = TrainConfig(dataset="digits", epochs=2)
_STUDY = Study(
    name="seed",
    recipe="seed",
    dataset="digits",
    model="seed",
    parameters=16_402,
    epochs=2,
    num_train=1_497,
    test_accuracies=(91.0, 93.0),
    seconds=(1.0, 1.0),
    jobs=1,
    date="2026-11-23",
    machine={},
)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder of the test's own."""
    monkeypatch.setattr(files, "MODELS_DIR", tmp_path / "models")
    return tmp_path / "models"


def _trained(runs_dir: Path, config: TrainConfig) -> Run:
    run = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(run))
    return run


def test_the_command_ships_a_calibrated_network_under_its_name(
    models: Path, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _trained(runs_dir, _CONFIG)
    assert main(["ship", run.id, "mine", "--json"]) == 0
    path = models / "mine.safetensors"
    assert json.loads(capsys.readouterr().out) == {"checkpoint": str(path)}
    card = read_card(path)
    assert (card.name, card.test_correct) == ("mine", read_card(run.checkpoint_path).test_correct)
    assert Calibration.of_card(card.calibration).is_fitted
    original = load_tensors(run.checkpoint_path)
    assert all(original[name].equal(value) for name, value in load_tensors(path).items())


def test_a_studys_network_takes_its_temperature_from_another_and_brings_the_study(
    models: Path, runs_dir: Path
) -> None:
    home = study_folder("seed", runs_dir)
    run = _trained(home, _CONFIG.replace(watch="training"))
    records.write(home / "study.json", _STUDY.to_json())
    with pytest.raises(ConfigError, match="--calibrated-like"):
        ship(run.checkpoint_path, "mine")
    other = _trained(runs_dir, _CONFIG)
    with pytest.raises(ConfigError, match="not a calibrated checkpoint"):
        ship(run.checkpoint_path, "mine", calibrated_like=other.checkpoint_path)
    assert not models.exists()
    like = ship(other.checkpoint_path, "other")
    path = ship(run.checkpoint_path, "mine", calibrated_like=like)
    shipped, given = read_card(path).calibration, read_card(like).calibration
    assert shipped is not None and given is not None
    assert shipped == given
    assert read_study(models / "mine.study.json") == _STUDY
    assert read_card(path).note == _STUDY.to_text().splitlines()[-1]
