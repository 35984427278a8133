"""Random distortions of training images: a pure, batched function of tensors and a generator.

It knows nothing of training, labels or files. B images, (B, 1, 28, 28); P = 28 · 28 pixels.

All geometry is one matrix product and one resampling: where each output pixel looks into the
input is linear in an image's random numbers, coordinates (2B, P) = numbers (2B, K) @ basis (K, P).
The basis is 1, x, y (any affine map) and, for the elastic part, smooth waves over the image.
"""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.images import SIDE

_HALF: Final = SIDE / 2
"""Coordinates run from -1 to 1 over the image, as `grid_sample` wants them; one is 14 pixels."""

_NUM_WAVES: Final = 4
"""The elastic field has waves of 0 to 3 half-periods each way: a bend about a stroke long."""


def augment(
    images: Tensor,
    generator: torch.Generator,
    *,
    rotation: float = 0.0,
    shift: float = 0.0,
    scale: float = 0.0,
    shear: float = 0.0,
    elastic: float = 0.0,
    thickness: float = 0.0,
) -> Tensor:
    """Distort each image by its own random amount; with every knob at zero only convert.

    `images`: (B, 1, 28, 28) uint8; returns (B, 1, 28, 28) float32 in [0, 1] on the same device.
    `generator` lives on that device too. Each amount is uniform in ± its knob, the elastic
    field is normal:

    - `rotation`, `shear`: degrees about the centre; the shear slants along x.
    - `shift`: pixels, each of x and y.
    - `scale`: share, each of width and height; 0.1 gives 90 to 110 %.
    - `elastic`: pixels, the standard deviation of a smooth displacement (after Simard et al.,
      "Best practices for convolutional neural networks", 2003, with cosines instead of blurred
      noise, which cost a few multiplications a pixel).
    - `thickness`: 0 to 1. A positive amount t blends t of the image's 3×3 maximum in, which
      thickens strokes by up to two pixels; a negative one |t| of its 3×3 minimum, which thins.
    """
    assert images.dtype == torch.uint8 and images.shape[1:] == (1, SIDE, SIDE)
    distorted = images.to(torch.float32).div_(255)
    if thickness:
        distorted = _thicken(distorted, generator, thickness)
    if rotation or shift or scale or shear or elastic:
        grid = _coordinates(len(images), generator, rotation, shift, scale, shear, elastic)
        # Rounding can carry the sum of four weights past one.
        distorted = F.grid_sample(distorted, grid, align_corners=False).clamp_(0, 1)
    return distorted


def _thicken(images: Tensor, generator: torch.Generator, thickness: float) -> Tensor:
    amount = _uniform((len(images), 1, 1, 1), generator, thickness)
    # To thin the ink is to thicken the ground, so one pass over negated images does both.
    sign = torch.ones_like(amount).copysign(amount)
    signed = images * sign
    grown = _grow(_grow(signed, dim=2), dim=3)
    return signed.lerp_(grown, amount.abs()).mul_(sign)


def _grow(images: Tensor, dim: int) -> Tensor:
    """Return the maximum of each pixel and its two neighbours along `dim`.

    Some eight times as fast on a processor as `max_pool2d`.
    """
    last = images.shape[dim] - 1
    grown = images.clone()
    for here, there in ((1, 0), (0, 1)):
        target = grown.narrow(dim, here, last)
        torch.maximum(target, images.narrow(dim, there, last), out=target)
    return grown


def _coordinates(
    num_images: int,
    generator: torch.Generator,
    rotation: float,
    shift: float,
    scale: float,
    shear: float,
    elastic: float,
) -> Tensor:
    """Return where each output pixel looks: (B, 28, 28, 2), x before y."""
    angle, slant, stretch_x, stretch_y, shift_x, shift_y = _uniform((6, num_images), generator, 1.0)
    angle = angle * torch.pi / 180 * rotation
    slant = torch.tan(slant * torch.pi / 180 * shear)
    stretch_x, stretch_y = 1 + stretch_x * scale, 1 + stretch_y * scale
    cos, sin = angle.cos(), angle.sin()
    # Rotation · shear · stretch, inverted: the grid asks where a pixel of the output came from.
    x = torch.stack(
        [shift_x * shift / _HALF, (cos + slant * sin) / stretch_x, (sin - slant * cos) / stretch_x]
    )
    y = torch.stack([shift_y * shift / _HALF, -sin / stretch_y, cos / stretch_y])
    numbers = torch.stack([x, y]).transpose(1, 2)  # (2, 3, B) -> (2, B, 3)
    basis = _affine_basis(generator.device)
    if elastic:
        waves = _elastic_basis(generator.device)
        noise = torch.randn(
            (2, num_images, len(waves)), generator=generator, device=generator.device
        )
        numbers = torch.cat([numbers, noise * (elastic / _HALF)], dim=2)
        basis = torch.cat([basis, waves])
    grid = numbers.reshape(2 * num_images, -1) @ basis
    return grid.view(2, num_images, SIDE, SIDE).permute(1, 2, 3, 0)


def _affine_basis(device: torch.device) -> Tensor:
    """Return 1, x and y at each pixel's centre: (3, P)."""
    centres = (torch.arange(SIDE, device=device) + 0.5) / _HALF - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([torch.ones_like(x), x, y]).flatten(1)


def _elastic_basis(device: torch.device) -> Tensor:
    """Return smooth waves whose sum with normal weights has variance one at each pixel: (15, P)."""
    positions = (torch.arange(SIDE, device=device) + 0.5) / SIDE
    periods = torch.arange(_NUM_WAVES, device=device)
    waves = torch.cos(torch.pi * periods[:, None] * positions)  # (4, 28)
    waves = torch.exp(-0.1 * periods[:, None] ** 2) * waves  # long waves bend more than short
    planes = (waves[:, None, :, None] * waves[None, :, None, :]).reshape(-1, SIDE * SIDE)
    planes = planes[1:]  # without the constant, which is a shift
    return planes / planes.square().sum(0).sqrt()


def _uniform(shape: tuple[int, ...], generator: torch.Generator, limit: float) -> Tensor:
    """Draw uniform numbers in ±limit."""
    unit = torch.rand(shape, generator=generator, device=generator.device)
    return (unit * 2 - 1) * limit
