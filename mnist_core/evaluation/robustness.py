"""Accuracy against distortion: how far a digit can be turned, moved, made noisy or thickened.

Every image is distorted by the same amount, on a fixed choice of images, with fixed random numbers
where a distortion needs them: the same network always gets the same curve.
Shapes: images (B, 1, 28, 28), float32 in [0, 1] once they are distorted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from mnist_core.data import distort
from mnist_core.evaluation.evaluate import logits
from mnist_core.records import Count, Positive, Real, Word

_SEED: Final = 2021


@dataclass(frozen=True, kw_only=True)
class Distortion:
    """A way to distort images: `apply(images, amount)`, at each of `amounts` of the `unit`."""

    unit: str
    amounts: tuple[float, ...]
    apply: Callable[[Tensor, float], Tensor]


@dataclass(frozen=True, kw_only=True)
class RobustnessPoint:
    """`correct` of `total` images are read right at this amount of the distortion."""

    distortion: Word
    amount: Real
    correct: Count
    total: Positive


def _rotate(images: Tensor, degrees: float) -> Tensor:
    return distort.move(images, rotation=degrees)


def _shift(images: Tensor, pixels: float) -> Tensor:
    """Move each image left, right, up or down; which of them is drawn by its place in the batch."""
    directions = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])
    drawn = torch.randint(0, 4, (len(images),), generator=torch.Generator().manual_seed(_SEED))
    right, down = (pixels * directions[drawn]).unbind(1)
    return distort.move(images, right=right, down=down)


def _add_noise(images: Tensor, deviation: float) -> Tensor:
    """Add noise, another to each image."""
    noise = distort.draw_noise(tuple(images.shape), seed=_SEED)
    return distort.add_noise(images, deviation, noise)


DISTORTIONS: Final[Mapping[str, Distortion]] = {
    "rotation": Distortion(
        unit="degrees", amounts=(-60, -45, -30, -15, 0, 15, 30, 45, 60), apply=_rotate
    ),
    "shift": Distortion(unit="pixels", amounts=(0, 1, 2, 3, 4, 5, 6, 8), apply=_shift),
    "noise": Distortion(
        unit="standard deviation",
        amounts=(0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
        apply=_add_noise,
    ),
    "thickness": Distortion(
        unit="pixels on each side", amounts=(-1, -0.5, 0, 0.5, 1, 1.5, 2, 3), apply=distort.thicken
    ),
}

POINTS: Final = tuple(
    (name, float(amount)) for name, one in DISTORTIONS.items() for amount in one.amounts
)
"""What is measured, in this order: a distortion and how much of it."""

NUM_POINTS: Final = len(POINTS)


def measure_robustness(
    model: nn.Module, images: Tensor, labels: Tensor, *, num_images: int
) -> Iterator[RobustnessPoint]:
    """Measure every distortion at every amount; yields the `NUM_POINTS` points one by one.

    `images`: (N, 1, 28, 28) uint8 with `labels` (N,); at most `num_images` are used, drawn once
    and for all. Two points of one curve differ by the distortion only, never by their images.
    """
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(_SEED))
    chosen = order[:num_images]
    clean, truth = images[chosen].float() / 255, labels[chosen]
    for name, distortion in DISTORTIONS.items():
        for amount in distortion.amounts:
            found = logits(model, distortion.apply(clean, amount))
            yield RobustnessPoint(
                distortion=name,
                amount=amount,
                correct=int((found.argmax(1) == truth).sum()),
                total=len(truth),
            )
