"""Whether a drawing is a digit at all: one answer for every network, from a small one of its own.

Networks that know ten digits see one in everything. So a second network was taught the one
question: digits of MNIST and of pens on one side, drawings of other things on the other
(`mnist_core.doubt.fit`; outlier exposure: Hendrycks, Mazeika and Dietterich, "Deep anomaly
detection with outlier exposure", 2019, in a network of its own, as in Bitterwolf et al., "Breaking
down out-of-distribution detection", 2022). It is one honest score, whichever network reads the
digit, one's own of a minute ago as well, and costs that one nothing.

Its files are `models/doubt/doubt.safetensors` and, beside it, what was measured.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from mnist_core import records
from mnist_core.checkpoints.weights import in_quick_order, load_tensors, save_tensors
from mnist_core.errors import CheckpointError
from mnist_core.files import MODELS_DIR
from mnist_core.records import Real, Record, Share, Word
from mnist_core.strokes.files import StrokeFacts

PATH: Final = MODELS_DIR / "doubt" / "doubt.safetensors"

_WIDTHS: Final = 12, 16, 24
_REMEDY: Final = "Fetch models/doubt again from where the app came from."


class Measured(Record, frozen=True):
    """What was measured of the doubting network, and how it was made.

    Below `limit` a drawing is no digit. `digits_refused`: shares of MNIST's digits and of pens'
    that it was not shown; `other_drawings_accepted`: of drawings of kinds it was not shown.
    `strokes`: the pen digits it learnt from, as a card tells it.
    """

    limit: Real
    parameters: int
    digits_refused: dict[Word, Share]
    other_drawings_accepted: dict[Word, Share]
    strokes: StrokeFacts
    date: Word
    torch: Word


@dataclass(frozen=True)
class Doubt:
    """The network in evaluation mode with its limit; safe to share between threads."""

    model: nn.Module
    measured: Measured

    def scores(self, images: Tensor) -> Tensor:
        """Return the log-odds (B,) that images (B, 1, 28, 28), float32 in [0, 1], are digits."""
        return self.model(images).flatten()

    def doubts(self, images: Tensor) -> Tensor:
        """Return which of the images (B, 1, 28, 28), float32 in [0, 1], are no digit: (B,) bool."""
        return self.scores(images) < self.measured.limit


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
    """Write the weights, then limit and measurements beside them."""
    save_tensors(path, doubt.model.state_dict())
    records.write(path.with_suffix(".json"), doubt.measured)


def read_measured(path: Path = PATH) -> Measured:
    """Return what was measured, without the weights; raises `RecordError`."""
    return records.read(path.with_suffix(".json"), Measured, remedy=_REMEDY)


@lru_cache(maxsize=1)
def load_doubt(path: Path = PATH) -> Doubt:
    """Return what ships; raises `CheckpointError` or `RecordError` where it is damaged."""
    measured = read_measured(path)
    weights = load_tensors(path)
    with torch.random.fork_rng(devices=[]):  # building draws weights nobody will use
        model = build()
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"The weights in {path} are of another network. {_REMEDY}") from error
    return Doubt(in_quick_order(model).eval().requires_grad_(False), measured)
