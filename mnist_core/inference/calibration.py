"""How far to trust a network: honest probabilities, and a limit below which it does not know.

Probabilities: the logits are divided by one temperature, which makes the images held out likeliest
(Guo et al., "On calibration of modern neural networks", 2017, section 4.2).

No digit: a linear score of what the convolutions make of an image, fitted by logistic regression
to tell digits from drawings of other things (`mnist_core.inference.non_digits`): outlier exposure
(Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure", 2019) on a
network that stays as it is. Every other digit is redrawn with sharp edges, as the shapes have them:
without that the score learns how an image was made, and doubts nineteen of twenty pen strokes. The
limit lets `ACCEPTED` of the digits held out pass.

Chosen by comparing, for a `seed` network, at 98 % of the held-out digits accepted, how many shapes
still pass, of the kinds chosen on and (in brackets) of other kinds, and how many of 7,494 rendered
pen strokes are accepted: greatest probability (Hendrycks and Gimpel 2017) 28 % (40 %), 91 %; energy
(Liu et al. 2020) 40 % (41 %), 90 %; greatest logit 38 % (40 %), 90 %; this score 1 % (7 %), 95 %.

A network that was trained on pen strokes is given some of these, drawn anew, instead of redrawn
digits, and the features' squares as well; `ACCEPTED_PENS` of them as they were written pass. So it
was with a first such network, and with drawings of `benchmarks.drawn`, which are of other code: it
refused 0.1 % of the digits of writers held out and 4 % of those in other styles, and let pass 0 %
of letters, 4 % of scribbles, 1 % of faces, 30 % of boxes (angular zeros) and 63 % of hearts; with
redrawn digits and no squares, 21, 18, 24, 78 and 90 %.

A network without a calibration (in training still, or trained on other data than MNIST) has
temperature 1 and doubts where the greatest probability is small.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.checkpoints.card import KeptCalibration
from mnist_core.errors import CheckpointError
from mnist_core.inference.non_digits import CHOOSING, HELD_OUT
from mnist_core.inference.outliers import (
    all_logits_and_features,
    features_of_digits,
    features_of_non_digits,
    logits_and_features,
    shares_accepted,
    tell_apart,
    with_squares,
)

ACCEPTED: Final = 0.98
"""Share of digits held out that the limit of doubt lets pass."""

ACCEPTED_PENS: Final = 0.99
"""Share of pen digits that it lets pass too, where they were trained on."""

_DEFAULT_THRESHOLD: Final = 0.8
"""Greatest probability below which a network without a calibration doubts."""

_METHOD: Final = "temperature; logistic regression on convolutions' outputs (outlier exposure)"
_NUM_DIGITS: Final = 5_000
NUM_PENS: Final = 10_000
"""Drawings of pen digits that are enough to fit on; half as many set the limit."""

_NUM_MEASURED: Final = 300
_MEASURED: Final = {"shapes_accepted": CHOOSING, "shapes_of_other_kinds_accepted": HELD_OUT}


@dataclass(frozen=True, kw_only=True)
class Pens:
    """Pen digits a network was trained on, drawn anew, (N, 1, 28, 28) uint8 each.

    `varied` as in training, which stand for digits, too; `as_written`, which the limit lets pass.
    """

    varied: Tensor
    as_written: Tensor


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What turns logits into honest probabilities, and features into doubt.

    `weights`: one for each feature, or for each and its square; empty where the greatest
    probability takes their place. Below `threshold` the network doubts. `facts` are what was
    measured.
    """

    temperature: float = 1.0
    threshold: float = _DEFAULT_THRESHOLD
    weights: tuple[float, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of_card(cls, kept: KeptCalibration | None) -> "Calibration":
        """Return what a card keeps; None is the default."""
        if kept is None:
            return cls()
        return cls(
            temperature=kept.temperature,
            threshold=kept.threshold,
            weights=kept.numbers,
            facts=kept.facts,
        )

    def to_card(self) -> KeptCalibration:
        """Return it for a card, the weights as one line of text."""
        return KeptCalibration(
            method=_METHOD,
            temperature=round(self.temperature, 4),
            threshold=round(self.threshold, 4),
            facts=dict(self.facts),
            weights=" ".join(f"{weight:.4g}" for weight in self.weights),
        )

    def predict(self, model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the probabilities (B, 10) of images (B, 1, 28, 28), and which (B,) are doubtful.

        Raises `CheckpointError` where the weights are those of another network.
        """
        logits, features = logits_and_features(model, images)
        probabilities = (logits / self.temperature).softmax(1)
        return probabilities, self.scores(logits, features) < self.threshold

    def scores(self, logits: Tensor, features: Tensor) -> Tensor:
        """Return what the limit is set on (B,), of what `logits_and_features` returned."""
        if not self.weights:
            return (logits / self.temperature).softmax(1).amax(1)
        if len(self.weights) == 2 * features.shape[1]:
            features = with_squares(features)
        if features.shape[1] != len(self.weights):
            raise CheckpointError(_DAMAGED)
        return features @ features.new_tensor(self.weights)


_DAMAGED: Final = (
    "The calibration on this network's card is of another network. Put the .json that"
    " came with the weights beside them, or delete its entry `calibration`."
)


def calibrate(
    model: nn.Module,
    trained_on: Tensor,
    held_out: tuple[Tensor, Tensor] | None,
    *,
    like: Calibration | None = None,
    num_non_digits: int = 1_000,
    is_measured: bool = True,
    pens: Pens | None = None,
) -> Calibration:
    """Fit a network's calibration; the network itself, in evaluation mode, stays as it is.

    `num_non_digits` of each kind are drawn to fit on, and others to measure on if `is_measured`:
    most of the time goes into drawing them.

    `trained_on`: images (N, 1, 28, 28) uint8; at most 5,000 of them stand for digits. `held_out`:
    images and labels it was not trained on; without them the temperature is that of `like`, and
    the limit is set on other images of `trained_on`, somewhat too strictly, as they are familiar.
    `pens`: drawings of pen digits it was trained on.
    """
    if held_out is None:
        assert like is not None and len(trained_on) > 1
        count = min(_NUM_DIGITS, len(trained_on) // 2)
        limit_images, temperature = trained_on[count : 2 * count], like.temperature
    else:
        count = min(_NUM_DIGITS, len(trained_on))
        limit_images = held_out[0]
        temperature = fit_temperature(all_logits_and_features(model, limit_images)[0], held_out[1])
    shapes = features_of_non_digits(model, CHOOSING, num_non_digits, seed=1)
    facts: dict[str, Any] = {"digits_accepted": ACCEPTED}
    if pens is None:
        shape = _as_they_are
        digits = features_of_digits(model, trained_on[:count], seed=1)
        limit_digits = features_of_digits(model, limit_images, seed=2)
    else:
        shape = with_squares
        found = [all_logits_and_features(model, x)[1] for x in (trained_on[:count], pens.varied)]
        digits = with_squares(torch.cat(found))
        limit_digits = with_squares(all_logits_and_features(model, limit_images)[1])
    weights = tell_apart(digits, shape(torch.cat(list(shapes.values()))))
    scores = limit_digits @ weights
    limit = float(scores.quantile(1 - ACCEPTED))
    facts["limit_set_on"] = f"{len(scores):,} images " + (
        "of the training set" if held_out is None else "held out"
    )
    if pens is not None:
        pen_scores = with_squares(all_logits_and_features(model, pens.as_written)[1]) @ weights
        limit = min(limit, float(pen_scores.quantile(1 - ACCEPTED_PENS)))
        facts["pen_digits_accepted"] = ACCEPTED_PENS
    if is_measured:
        for name, kinds in _MEASURED.items():
            drawn = features_of_non_digits(model, kinds, _NUM_MEASURED, seed=2)
            shaped = {kind: shape(features) for kind, features in drawn.items()}
            facts[name] = shares_accepted(shaped, weights, limit)
    return Calibration(
        temperature=temperature, threshold=limit, weights=tuple(weights.tolist()), facts=facts
    )


def _as_they_are(features: Tensor) -> Tensor:
    return features


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the temperature that makes `labels` (N,) likeliest given `logits` (N, 10).

    It lies in [0.05, 20]: logits that are never wrong would have it fall for ever.
    """
    from scipy.optimize import minimize_scalar  # here: it is slow to load, and seldom needed

    def loss(log_temperature: float) -> float:
        return float(F.cross_entropy(logits / math.exp(log_temperature), labels))

    found = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded")
    return math.exp(found.x)
