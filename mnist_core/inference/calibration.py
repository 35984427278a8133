"""How far to trust a network: honest probabilities, and when to say that it does not know.

Probabilities: the logits are divided by one temperature, which makes the images held out likeliest
(Guo et al., "On calibration of modern neural networks", 2017, section 4.2).

No digit: `mnist_core.doubt.network` says for every network alike what is none. What was compared
stands in docs/experiments.md.

A network without a calibration (in training still, or trained on other data than MNIST) has
temperature 1 and doubts besides where the greatest probability is small.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.checkpoints.card import KeptCalibration
from mnist_core.doubt.network import load_doubt
from mnist_core.evaluation.evaluate import logits

_LEAST_SURE: Final = 0.5
"""Greatest probability below which a network without a calibration doubts."""

_METHOD: Final = "temperature"


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What turns logits into honest probabilities; `is_fitted` where they are a network's own."""

    temperature: float = 1.0
    is_fitted: bool = False

    @classmethod
    def of_card(cls, kept: KeptCalibration | None) -> "Calibration":
        """Return what a card keeps; None is the default."""
        if kept is None:
            return cls()
        return cls(temperature=kept.temperature, is_fitted=True)

    def to_card(self) -> KeptCalibration:
        """Return it for a card."""
        return KeptCalibration(method=_METHOD, temperature=round(self.temperature, 4))

    def predict(self, model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the probabilities (B, 10) of images (B, 1, 28, 28), and which (B,) are doubtful.

        Images are float32 in [0, 1]. Raises `CheckpointError` or `RecordError` where `models/doubt`
        is damaged.
        """
        probabilities = (model(images) / self.temperature).softmax(1)
        doubts = load_doubt().doubts(images)
        if not self.is_fitted:
            doubts = doubts | (probabilities.amax(1) < _LEAST_SURE)
        return probabilities, doubts


def calibrate(model: nn.Module, images: Tensor, labels: Tensor) -> Calibration:
    """Fit the temperature of a network on images held out (N, 1, 28, 28) uint8; it stays as it is.

    The network is in evaluation mode.
    """
    temperature = fit_temperature(logits(model, images), labels)
    return Calibration(temperature=temperature, is_fitted=True)


def fit_temperature(answers: Tensor, labels: Tensor) -> float:
    """Return the temperature that makes `labels` (N,) likeliest given logits `answers` (N, 10).

    It lies in [0.05, 20]: logits that are never wrong would have it fall for ever.
    """
    from scipy.optimize import minimize_scalar  # here: it is slow to load, and seldom needed

    def loss(log_temperature: float) -> float:
        return float(F.cross_entropy(answers / math.exp(log_temperature), labels))

    found = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded")
    return math.exp(found.x)
