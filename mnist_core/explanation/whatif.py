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
from numpy.typing import NDArray
from torch import Tensor

from mnist_core.data.distort import Change, apply
from mnist_core.images import SIDE

Image = NDArray[np.float32]

Reader = Callable[[Tensor], Tensor]
"""From images (N, 1, 28, 28) to the probabilities (N, 10) that a person is told."""

_NUM_DIRECTIONS: Final = 16
_INK_TO_KEEP: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Flip:
    """The smallest change of a kind that makes the network say something else: `digit`."""

    change: Change
    digit: int


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
        most=SIDE / 2,
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
