"""Put a run's network into `models/`, from where the app offers it to everybody."""

import dataclasses
from pathlib import Path

from torch import nn

from mnist_core import files, records
from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import load_checkpoint, save_checkpoint
from mnist_core.data.datasets import load_data
from mnist_core.errors import ConfigError
from mnist_core.experiments.study import read_study
from mnist_core.inference.calibration import Calibration, calibrate
from mnist_core.runs.catalogue import check_name


def ship(
    checkpoint: Path,
    name: str,
    *,
    calibrated_like: Path | None = None,
    data_dir: Path | None = None,
) -> Path:
    """Calibrate the network and write it into `models/` under `name`; return its new path.

    What its study found goes with it, where the run is one of a study's. `calibrated_like` is a
    checkpoint of the same network whose temperature is taken over, where the run held no images
    out to fit one on. Raises `MnistError` with the remedy.
    """
    check_name(name)
    model, card = load_checkpoint(checkpoint)
    calibration = _calibrate(model, card, calibrated_like, data_dir)
    card = dataclasses.replace(card, name=name, calibration=calibration.to_card())
    study_path = checkpoint.resolve().parent.parent / "study.json"
    if study_path.is_file():
        study = read_study(study_path)
        records.write(files.MODELS_DIR / f"{name}.study.json", study.to_json())
        card = dataclasses.replace(card, note=study.to_text().splitlines()[-1])
    shipped = files.MODELS_DIR / f"{name}.safetensors"
    save_checkpoint(shipped, model, card)
    return shipped


def _calibrate(
    model: nn.Module, card: Card, calibrated_like: Path | None, data_dir: Path | None
) -> Calibration:
    """Fit the calibration on the images that the run held out, or take another's."""
    if card.watch == "validation":
        digits = load_data(card.dataset, watch=card.watch, data_dir=data_dir)
        return calibrate(model, *digits.watch)
    if calibrated_like is None:
        raise ConfigError(
            "The run held no images out to calibrate on. Name a checkpoint of the same network"
            " that did with --calibrated-like."
        )
    _, other = load_checkpoint(calibrated_like)
    if other.model != card.model or other.calibration is None:
        raise ConfigError(
            f"{calibrated_like} is not a calibrated checkpoint of the network {card.model!r}; name"
            " one that is with --calibrated-like."
        )
    return Calibration.of_card(other.calibration)
