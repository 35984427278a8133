"""Ships a run's network: weights, card and study under a name in `models/`."""

import argparse
from typing import TYPE_CHECKING

from mnist_core.errors import ConfigError
from mnist_core.files import data_dir

if TYPE_CHECKING:
    from torch import nn

    from mnist_core.checkpoints.card import Card
    from mnist_core.inference.calibration import Calibration


def calibrated(options: argparse.Namespace, model: "nn.Module", card: "Card") -> "Calibration":
    """Fit the calibration of a run's network on the data the run had."""
    from mnist_core.checkpoints.weights import load_checkpoint
    from mnist_core.data.datasets import load_data
    from mnist_core.inference.calibration import Calibration, calibrate

    digits = load_data(card.dataset, watch=card.watch, data_dir=data_dir(options.data_dir))
    if card.watch == "validation":
        return calibrate(model, digits.train[0], digits.watch)
    if options.calibrated_like is None:
        raise ConfigError(
            "The run held no images out to calibrate on. Name a checkpoint of the same network"
            " that did with --calibrated-like."
        )
    _, other = load_checkpoint(options.calibrated_like)
    if other.model != card.model or other.calibration is None:
        raise ConfigError(
            f"{options.calibrated_like} is not a calibrated checkpoint of the network"
            f" {card.model!r}; name one that is with --calibrated-like."
        )
    like = Calibration.from_json(other.calibration)
    return calibrate(model, digits.train[0], None, like=like)
