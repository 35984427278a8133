"""Why a network answers as it does: what its layers make of one image, and what spoke for a digit.

An image is float32 (28, 28) in [0, 1], light ink on dark. Grad-CAM and occlusion are written out
here: captum 0.9 gives the same numbers, but brings seven more packages, 80 MB with matplotlib.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mnist_core.images import SIDE
from mnist_core.networks.receptive_field import Field, receptive_fields
from mnist_core.networks.trace import trace

Image = NDArray[np.float32]

_PATCH: Final = 5
_BATCH: Final = 256
_FINEST_SIDE_OF_DEFAULT: Final = 5
"""Grad-CAM's layer is by default the deepest with so many rows: later ones are too coarse to show
where, earlier ones too far from the answer."""


@dataclass(frozen=True, kw_only=True)
class LayerView:
    """What one layer makes of an image.

    `maps`: float32 (C, H, W), as handed on to the next layer (after a ReLU, if there is one).
    `kernels`: float32 (out, in, h, w) of a convolution, else None. `field` says which pixels each
    unit sees, None where it cannot be told.
    """

    name: str
    maps: NDArray[np.float32]
    kernels: NDArray[np.float32] | None
    field: Field | None


def look_inside(model: nn.Module, image: Image) -> tuple[LayerView, ...]:
    """Return every layer's feature maps for one image, in order of execution."""
    steps, _ = trace(model, _as_batch(image))
    return tuple(
        LayerView(
            name=step.name,
            maps=_as_maps(step.handed_on).numpy(),
            kernels=step.module.weight.detach().numpy()
            if isinstance(step.module, nn.Conv2d)
            else None,
            field=field,
        )
        for step, field in zip(steps, receptive_fields(steps), strict=True)
    )


def cam_layers(views: tuple[LayerView, ...]) -> list[str]:
    """Name the layers that Grad-CAM can look at: those with spatial extent and a known place."""
    return [view.name for view in views if view.field and min(view.maps.shape[1:]) > 1]


def default_cam_layer(views: tuple[LayerView, ...]) -> str | None:
    """Name the deepest layer that still tells where; the deepest that has any extent if none.

    None where no layer has: the whole image is one place to each.
    """
    names = cam_layers(views)
    fine = [
        view.name
        for view in views
        if view.name in names and min(view.maps.shape[1:]) >= _FINEST_SIDE_OF_DEFAULT
    ]
    return next(reversed(fine or names), None)


def grad_cam(model: nn.Module, image: Image, digit: int, layer: str) -> Image:
    """Return where the maps of `layer` spoke for `digit`: float32 (28, 28), from 0 up.

    Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
    localization", 2017: the maps, each weighted by the mean gradient of the digit's logit, summed,
    and what is negative left out. Each unit's value stands at the centre of its receptive field,
    with straight lines between; simply stretching the map would misplace it where convolutions
    are without padding. Raises `KeyError` for a layer without a known place on the image.
    """
    batch = _as_batch(image).requires_grad_()
    steps, logits = trace(model, batch)
    fields = {
        step.name: (step, field)
        for step, field in zip(steps, receptive_fields(steps), strict=True)
        if field is not None
    }
    step, field = fields[layer]
    (gradient,) = torch.autograd.grad(logits[0, digit], step.handed_on)
    maps, weights = _as_maps(step.handed_on.detach()), _as_maps(gradient).mean((1, 2))
    heat = (weights[:, None, None] * maps).sum(0).relu().numpy()
    return _place(heat, field)


def occlusion(model: nn.Module, image: Image) -> NDArray[np.float32]:
    """Return how much each digit's odds fall when a place is covered: float32 (10, 28, 28).

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014. The cover is
    5×5 pixels of blank paper around each pixel. Told is the fall of the log-odds, log p/(1-p),
    because the probability itself stands still where the network is sure. Positive: the ink there
    spoke for the digit; negative: against it; zero where there is none.
    """
    batch = _as_batch(image)
    has_ink = F.max_pool2d(batch, _PATCH, stride=1, padding=_PATCH // 2)[0, 0] > 0
    places = has_ink.nonzero()  # (N, 2)
    falls = torch.zeros(10, SIDE, SIDE)
    with torch.inference_mode():
        odds = _log_odds(model(batch))
        for chunk in places.split(_BATCH):
            distance = (torch.arange(SIDE) - chunk[:, :, None]).abs()  # (N, 2, 28)
            near = distance <= _PATCH // 2
            covered = near[:, 0, :, None] & near[:, 1, None, :]
            fall = odds - _log_odds(model(batch.masked_fill(covered[:, None], 0.0)))
            falls[:, chunk[:, 0], chunk[:, 1]] = fall.T
    return falls.numpy()


def cover(image: Image, row: int, column: int) -> Image:
    """Return the image with the cover of `occlusion` laid around one pixel."""
    covered, reach = image.copy(), _PATCH // 2
    covered[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1] = 0
    return covered


def _log_odds(logits: Tensor) -> Tensor:
    """Return log p/(1-p) of each digit from logits (B, 10), without rounding p to one."""
    others = logits[:, None, :].expand(-1, 10, -1).masked_fill(torch.eye(10) > 0, -torch.inf)
    return logits - others.logsumexp(2)


def _place(heat: NDArray[np.float32], field: Field) -> Image:
    """Bring a map (H, W) to the image: each value at its unit's centre, linear between."""
    pixels = np.arange(SIDE)
    rows = np.stack([np.interp(pixels, field.columns.centres, row) for row in heat])
    columns = [np.interp(pixels, field.rows.centres, column) for column in rows.T]
    return np.stack(columns, axis=1).astype(np.float32)


def _as_batch(image: Image) -> Tensor:
    return torch.from_numpy(image.copy()).view(1, 1, SIDE, SIDE)


def _as_maps(tensor: Tensor) -> Tensor:
    """Bring the maps of one image to (C, H, W), also where they have no extent."""
    return tensor[0].reshape(tensor.shape[1], *(tensor.shape[2:] if tensor.ndim == 4 else (1, 1)))
