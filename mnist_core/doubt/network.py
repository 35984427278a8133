"""Whether a drawing is a digit at all: one answer for every network, from a small one of its own.

Networks that know ten digits see one in everything. So a second network was taught the one
question: digits of MNIST and of pens on one side, drawings of other things on the other
(`mnist_core.doubt.fit`; outlier exposure: Hendrycks, Mazeika and Dietterich, "Deep anomaly
detection with outlier exposure", 2019, in a network of its own, as in Bitterwolf et al., "Breaking
down out-of-distribution detection", 2022). It is one honest score, whichever network reads the
digit, one's own of a minute ago as well, and costs that one nothing.

Its files are `models/doubt/doubt.safetensors` and, beside it, what was measured.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from mnist_core.checkpoints.weights import load_tensors, save_tensors
from mnist_core.errors import CheckpointError
from mnist_core.files import MODELS_DIR, write_json

PATH: Final = MODELS_DIR / "doubt" / "doubt.safetensors"

_WIDTHS: Final = 12, 16, 24


@dataclass(frozen=True)
class Doubt:
    """The network in evaluation mode, and the score below which a drawing is no digit.

    `facts` are how it was made and what was measured. Safe to share between threads.
    """

    model: nn.Module
    limit: float
    facts: Mapping[str, Any]

    def scores(self, images: Tensor) -> Tensor:
        """Return the log-odds (B,) that images (B, 1, 28, 28), float32 in [0, 1], are digits."""
        return self.model(images).flatten()

    def doubts(self, images: Tensor) -> Tensor:
        """Return which of the images (B, 1, 28, 28), float32 in [0, 1], are no digit: (B,) bool."""
        return self.scores(images) < self.limit


def build() -> nn.Module:
    """Return the network with random weights: (B, 1, 28, 28) to (B, 1, 1, 1), 13,181 parameters."""
    first, second, third = _WIDTHS
    return nn.Sequential(
        *_convolution(1, first, 5),
        nn.MaxPool2d(2),
        *_convolution(first, second, 3),
        *_convolution(second, second, 3),
        nn.MaxPool2d(2),
        *_convolution(second, third, 3),
        *_convolution(third, third, 3),
        nn.AdaptiveMaxPool2d(1),
        nn.Conv2d(third, 1, 1),
    )


def _convolution(inputs: int, outputs: int, kernel: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()


def save_doubt(doubt: Doubt, path: Path = PATH) -> None:
    """Write the weights, then limit and facts beside them."""
    save_tensors(path, doubt.model.state_dict())
    write_json(path.with_suffix(".json"), {"limit": doubt.limit, **doubt.facts})


@lru_cache(maxsize=1)
def load_doubt(path: Path = PATH) -> Doubt:
    """Return what ships; raises `CheckpointError` where it is missing or damaged."""
    with torch.random.fork_rng(devices=[]):  # building draws weights nobody will use
        model = build()
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        limit = float(facts.pop("limit"))
        model.load_state_dict(load_tensors(path))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} or the .json beside it, which tell what is no digit, is missing or damaged"
            f" ({error}). Fetch both again from where the app came from."
        ) from error
    if not math.isfinite(limit):
        raise CheckpointError(f"The limit beside {path} is no number. Fetch both files again.")
    return Doubt(model.eval().requires_grad_(False), limit, facts)
