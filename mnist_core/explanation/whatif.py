"""What if the digit were turned, moved, thicker, blurred or noisy: the answers to changed images.

Everything works on the 28×28 image that the network sees, N changes of it in one batch, and is
deterministic. An image is float32 (28, 28) in [0, 1], light ink on dark.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

Image = NDArray[np.float32]

Reader = Callable[[Tensor], Tensor]
"""From images (N, 1, 28, 28) to the probabilities (N, 10) that a person is told."""

_SIDE: Final = 28
_HALF: Final = _SIDE / 2
_MAX_THICKNESS: Final = 2
_NUM_DIRECTIONS: Final = 16
_INK_TO_KEEP: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way to change an image; the default changes nothing.

    - `rotation`: degrees clockwise about the centre. `right`, `down`: pixels to move.
    - `thickness`: -2 to 2; each whole step takes the maximum of 3×3 pixels, or the minimum if
      negative, so that strokes grow or shrink by up to two pixels; a part of a step blends.
    - `blur`: the standard deviation of a Gaussian, in pixels.
    - `noise`: the standard deviation of noise, of full ink; always the same noise, scaled.
    """

    rotation: float = 0.0
    right: float = 0.0
    down: float = 0.0
    thickness: float = 0.0
    blur: float = 0.0
    noise: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Flip:
    """The smallest change of a kind that makes the network say something else: `digit`."""

    change: Change
    digit: int


def apply(image: Image, changes: Sequence[Change]) -> Tensor:
    """Return the image changed in each way: (N, 1, 28, 28) float32 in [0, 1].

    In this order: thickness, rotation and shift, blur, noise. Ink that leaves the image is lost.
    """
    images = torch.from_numpy(image.copy()).expand(len(changes), 1, _SIDE, _SIDE)
    images = _thicken(images, _column(changes, "thickness"))
    way = (_column(changes, name) for name in ("rotation", "right", "down"))
    images = _move(images, *way)
    images = _blur(images, _column(changes, "blur"))
    noise = torch.randn(_SIDE, _SIDE, generator=torch.Generator().manual_seed(0))
    return (images + _column(changes, "noise")[:, None, None, None] * noise).clamp(0, 1)


def probabilities(read: Reader, image: Image, changes: Sequence[Change]) -> Image:
    """Return the ten probabilities of each changed image: float32 (N, 10)."""
    with torch.inference_mode():
        return read(apply(image, changes)).numpy()


def sweep(read: Reader, image: Image, base: Change, knob: str, amounts: Sequence[float]) -> Image:
    """Return probabilities (N, 10) as one of a change's numbers goes through `amounts`."""
    return probabilities(
        read, image, [dataclasses.replace(base, **{knob: amount}) for amount in amounts]
    )


def smallest_rotation(read: Reader, image: Image, *, clockwise: bool) -> Flip | None:
    """Return the smallest rotation that way, of up to 180°, that changes the answer, or None."""
    sign = 1 if clockwise else -1
    return _smallest(
        read, image, lambda degrees: [Change(rotation=sign * degrees)], most=180, step=1.0
    )


def smallest_shift(read: Reader, image: Image) -> Flip | None:
    """Return the smallest shift in any of 16 directions that changes the answer, or None.

    Only shifts that keep 90 % of the ink in the image count: what is cut off is another drawing.
    """
    angles = [2 * math.pi * index / _NUM_DIRECTIONS for index in range(_NUM_DIRECTIONS)]
    return _smallest(
        read,
        image,
        lambda pixels: [
            Change(right=pixels * math.cos(angle), down=pixels * math.sin(angle))
            for angle in angles
        ],
        most=_HALF,
        step=0.5,
    )


def _smallest(
    read: Reader,
    image: Image,
    ways: Callable[[float], list[Change]],
    *,
    most: float,
    step: float,
) -> Flip | None:
    """Go up in steps until the answer changes, then over the last step again in tenths."""
    answer = int(probabilities(read, image, [Change()])[0].argmax())
    for number in range(1, round(most / step) + 1):
        if _find_other(read, image, ways(number * step), answer):
            tenths = (step * (number - 1 + tenth / 10) for tenth in range(1, 11))
            found = (_find_other(read, image, ways(amount), answer) for amount in tenths)
            return next(flip for flip in found if flip)
    return None


def _find_other(read: Reader, image: Image, changes: list[Change], answer: int) -> Flip | None:
    """Return the change with the likeliest answer that is not `answer`, if there is any."""
    images = apply(image, changes)
    is_whole = images.sum((1, 2, 3)) >= _INK_TO_KEEP * float(image.sum())
    with torch.inference_mode():
        likeliest, digits = read(images).max(1)
    likeliest = likeliest.masked_fill((digits == answer) | ~is_whole, 0.0)
    best = int(likeliest.argmax())
    return Flip(change=changes[best], digit=int(digits[best])) if likeliest[best] > 0 else None


def _column(changes: Sequence[Change], name: str) -> Tensor:
    return torch.tensor([float(getattr(change, name)) for change in changes])


def _thicken(images: Tensor, thickness: Tensor) -> Tensor:
    # To thin the ink is to thicken the ground.
    sign = torch.where(thickness < 0, -1.0, 1.0)[:, None, None, None]
    signed = images * sign
    for done in range(_MAX_THICKNESS):
        share = (thickness.abs() - done).clamp(0, 1)[:, None, None, None]
        signed = signed.lerp(F.max_pool2d(signed, 3, stride=1, padding=1), share)
    return signed * sign


def _move(images: Tensor, rotation: Tensor, right: Tensor, down: Tensor) -> Tensor:
    angle = rotation * torch.pi / 180
    cos, sin = angle.cos(), angle.sin()
    # The grid asks where a pixel of the output came from: rotation and shift inverted. The
    # vertical axis points down, so a positive angle turns clockwise.
    right, down = right / _HALF, down / _HALF
    rows = [
        torch.stack([cos, sin, -cos * right - sin * down], dim=1),
        torch.stack([-sin, cos, sin * right - cos * down], dim=1),
    ]
    grid = F.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def _blur(images: Tensor, deviation: Tensor) -> Tensor:
    """Blur each image by its own Gaussian: a product with a matrix from either side."""
    offsets = torch.arange(1 - _SIDE, _SIDE, dtype=torch.float32)
    # As narrow as this a Gaussian is the single pixel it stands on.
    weights = torch.exp(-0.5 * (offsets / deviation.clamp(min=0.05)[:, None]) ** 2)
    weights = weights / weights.sum(1, keepdim=True)  # (N, 55)
    pixels = torch.arange(_SIDE)
    matrix = weights[:, pixels[:, None] - pixels + _SIDE - 1][:, None]  # (N, 1, 28, 28)
    return matrix @ images @ matrix
