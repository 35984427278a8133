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
from mnist_core.inference.calibration import NUM_PENS, Calibration, Pens, calibrate
from mnist_core.runs.run import Run
from mnist_core.runs.strokes import read_kept_strokes
from mnist_core.strokes.files import hold_out_writers
from mnist_core.strokes.redrawn import Redrawn


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
    model, card = load_checkpoint(checkpoint)
    pens = _draw_pens(checkpoint) if card.strokes else None
    calibration = _calibrate(model, card, calibrated_like, data_dir, pens)
    card = dataclasses.replace(card, name=name, calibration=calibration.to_card())
    study_path = checkpoint.resolve().parent.parent / "study.json"
    if study_path.is_file():
        study = read_study(study_path)
        records.write(files.MODELS_DIR / f"{name}.study.json", study.to_json())
        card = dataclasses.replace(card, note=study.to_text().splitlines()[-1])
    shipped = files.MODELS_DIR / f"{name}.safetensors"
    save_checkpoint(shipped, model, card)
    return shipped


def _draw_pens(checkpoint: Path) -> Pens:
    """Return drawings of the pen digits that the run trained on, of which it kept a copy."""
    run = Run(checkpoint.resolve().parent)
    given = read_kept_strokes(run) if (run.folder / "run.json").is_file() else None
    if given is None:
        raise ConfigError(
            f"{checkpoint} was trained on pen strokes, and its run's folder, which keeps them, is"
            " not around it. Ship it from there: it is needed to tell digits from other drawings."
        )
    strokes = Redrawn(hold_out_writers(given.digits)[0])
    return Pens(
        varied=strokes.draw_some(NUM_PENS, seed=1),
        as_written=strokes.draw_some(NUM_PENS // 2, seed=2, as_written=True),
    )


def _calibrate(
    model: nn.Module,
    card: Card,
    calibrated_like: Path | None,
    data_dir: Path | None,
    pens: Pens | None,
) -> Calibration:
    """Fit the calibration on the data the run had."""
    digits = load_data(card.dataset, watch=card.watch, data_dir=data_dir)
    if card.watch == "validation":
        return calibrate(model, digits.train[0], digits.watch, pens=pens)
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
    like = Calibration.of_card(other.calibration)
    return calibrate(model, digits.train[0], None, like=like, pens=pens)
