"""Accuracy against distortion: how far a digit can be turned, moved, dirtied or thickened.

Every image is distorted by the same amount, on a fixed choice of images, with fixed random numbers
where a distortion needs them: the same network always gets the same curve.
Shapes: images (B, 1, 28, 28), float32 in [0, 1] once they are distorted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.evaluation.evaluate import logits

_HALF: Final = 14
"""Half an image's side in pixels: one unit of `affine_grid`'s coordinates."""

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

    distortion: str
    amount: float
    correct: int
    total: int


def rotate(images: Tensor, degrees: float) -> Tensor:
    """Turn about the centre, clockwise for positive `degrees`."""
    angle = torch.tensor(degrees).deg2rad()
    cos, sin = angle.cos(), angle.sin()
    zero = torch.zeros(())
    matrix = torch.stack([torch.stack([cos, sin, zero]), torch.stack([-sin, cos, zero])])
    return _resample(images, matrix.expand(len(images), 2, 3))


def shift(images: Tensor, pixels: float) -> Tensor:
    """Move each image left, right, up or down; which of them is drawn by its place in the batch."""
    directions = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]]) * (pixels / _HALF)
    drawn = torch.randint(0, 4, (len(images),), generator=torch.Generator().manual_seed(_SEED))
    matrix = torch.eye(2, 3).repeat(len(images), 1, 1)
    matrix[:, :, 2] = directions[drawn]
    return _resample(images, matrix)


def add_noise(images: Tensor, deviation: float) -> Tensor:
    """Add normal noise of that standard deviation to every pixel; white is 1."""
    generator = torch.Generator().manual_seed(_SEED)
    noise = torch.randn(images.shape, generator=generator)
    return (images + deviation * noise).clamp_(0, 1)


def thicken(images: Tensor, pixels: float) -> Tensor:
    """Let strokes grow by `pixels` on each side, or shrink if negative (3×3 maximum, minimum)."""
    sign = 1 if pixels >= 0 else -1
    images, left = images * sign, abs(pixels)
    while left > 0:
        images = images.lerp(F.max_pool2d(images, 3, stride=1, padding=1), min(left, 1.0))
        left -= 1
    return images * sign


DISTORTIONS: Final[Mapping[str, Distortion]] = {
    "rotation": Distortion(
        unit="degrees", amounts=(-60, -45, -30, -15, 0, 15, 30, 45, 60), apply=rotate
    ),
    "shift": Distortion(unit="pixels", amounts=(0, 1, 2, 3, 4, 5, 6, 8), apply=shift),
    "noise": Distortion(
        unit="standard deviation",
        amounts=(0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
        apply=add_noise,
    ),
    "thickness": Distortion(
        unit="pixels on each side", amounts=(-1, -0.5, 0, 0.5, 1, 1.5, 2, 3), apply=thicken
    ),
}

NUM_POINTS: Final = sum(len(one.amounts) for one in DISTORTIONS.values())


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


def _resample(images: Tensor, matrix: Tensor) -> Tensor:
    """Return the images as seen through `matrix` (B, 2, 3): where each output pixel looks."""
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False).clamp_(0, 1)
