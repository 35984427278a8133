"""Distortions by an amount one names: turned, moved, thicker, blurred, noisy; nothing by chance.

Training distorts by chance (`mnist_core.data.augment`); these serve to ask what a network makes of
one image changed so, or of many. Shapes: images (B, 1, 28, 28) float32 in [0, 1]; each amount is
(B,), one an image, or a single number for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mnist_core.images import SIDE

_HALF: Final = SIDE / 2
"""Coordinates run from -1 to 1 over the image, as `grid_sample` wants them; one is 14 pixels."""

_SEED: Final = 0


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way to change an image; the default changes nothing.

    - `rotation`: degrees clockwise about the centre. `right`, `down`: pixels to move.
    - `thickness`: pixels by which strokes grow on each side, or shrink if negative.
    - `blur`: the standard deviation of a Gaussian, in pixels.
    - `noise`: the standard deviation of noise, of full ink; always the same noise, scaled.
    """

    rotation: float = 0.0
    right: float = 0.0
    down: float = 0.0
    thickness: float = 0.0
    blur: float = 0.0
    noise: float = 0.0


def apply(image: NDArray[np.float32], changes: Sequence[Change]) -> Tensor:
    """Return one image (28, 28) changed in each way: (B, 1, 28, 28) float32 in [0, 1].

    In this order: thickness, rotation and shift, blur, noise. Ink that leaves the image is lost.
    """
    images = torch.from_numpy(image.copy()).expand(len(changes), 1, SIDE, SIDE)
    images = thicken(images, _amounts(changes, "thickness"))
    images = move(
        images,
        rotation=_amounts(changes, "rotation"),
        right=_amounts(changes, "right"),
        down=_amounts(changes, "down"),
    )
    images = blur(images, _amounts(changes, "blur"))
    return add_noise(images, _amounts(changes, "noise"), draw_noise((SIDE, SIDE), seed=_SEED))


def thicken(images: Tensor, pixels: Tensor | float) -> Tensor:
    """Let strokes grow by `pixels` on each side, or shrink if negative.

    Each whole pixel takes the maximum of 3×3 pixels, or their minimum; a part of one blends.
    """
    pixels = _for_each(images, pixels)
    # To thin the ink is to thicken the ground, so the maximum of negated images is the minimum.
    sign = torch.where(pixels < 0, -1.0, 1.0)
    signed = images * sign
    for done in range(int(pixels.abs().max().ceil())):
        share = (pixels.abs() - done).clamp(0, 1)
        signed = signed.lerp(F.max_pool2d(signed, 3, stride=1, padding=1), share)
    return signed * sign


def move(
    images: Tensor,
    *,
    rotation: Tensor | float = 0.0,
    right: Tensor | float = 0.0,
    down: Tensor | float = 0.0,
) -> Tensor:
    """Turn clockwise about the centre by `rotation` degrees, then move by so many pixels."""
    angle = _for_each(images, rotation).flatten() * torch.pi / 180
    cos, sin = angle.cos(), angle.sin()
    # The grid asks where a pixel of the output came from: rotation and shift inverted. The
    # vertical axis points down, so a positive angle turns clockwise.
    right, down = (_for_each(images, amount).flatten() / _HALF for amount in (right, down))
    rows = [
        torch.stack([cos, sin, -cos * right - sin * down], dim=1),
        torch.stack([-sin, cos, sin * right - cos * down], dim=1),
    ]
    grid = F.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    # Rounding can carry the sum of four weights past one.
    return F.grid_sample(images, grid, align_corners=False).clamp_(0, 1)


def blur(images: Tensor, deviation: Tensor | float) -> Tensor:
    """Blur by a Gaussian of that standard deviation in pixels: a product from either side."""
    offsets = torch.arange(1 - SIDE, SIDE, dtype=torch.float32)
    # As narrow as 0.05 a Gaussian is the single pixel it stands on.
    deviation = _for_each(images, deviation).flatten().clamp(min=0.05)
    weights = torch.exp(-0.5 * (offsets / deviation[:, None]) ** 2)
    weights = weights / weights.sum(1, keepdim=True)  # (B, 55)
    pixels = torch.arange(SIDE)
    matrix = weights[:, pixels[:, None] - pixels + SIDE - 1][:, None]  # (B, 1, 28, 28)
    return matrix @ images @ matrix


def add_noise(images: Tensor, deviation: Tensor | float, noise: Tensor) -> Tensor:
    """Add `noise`, of images' shape or one for all, `deviation` times; full ink is 1."""
    return (images + _for_each(images, deviation) * noise).clamp_(0, 1)


def draw_noise(shape: tuple[int, ...], *, seed: int) -> Tensor:
    """Return normal noise of standard deviation 1, always the same for a seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _amounts(changes: Sequence[Change], name: str) -> Tensor:
    return torch.tensor([float(getattr(change, name)) for change in changes])


def _for_each(images: Tensor, amount: Tensor | float) -> Tensor:
    """Return an amount as (B, 1, 1, 1) float32, one an image."""
    return torch.as_tensor(amount, dtype=torch.float32).expand(len(images))[:, None, None, None]
