"""A linear score of what a network's convolutions find, high for digits, low for other things.

`mnist_core.inference.calibration` says why, and sets the limit below which a network doubts.
"""

import threading
from collections.abc import Mapping
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.inference.non_digits import Kind, draw_non_digits, redraw

_NUM_REDRAWN: Final = 2_500
"""Digits redrawn with sharp edges, at most; as many others stay as they are."""

_CELLS: Final = 3
"""Rows, and columns, of cells that the last maps are looked at in."""

_DECAY: Final = 1e-3
"""Weight decay (L2) of the logistic regression."""

_BATCH: Final = 500


def logits_and_features(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits (B, 10), and what the convolutions found anywhere: (B, features).

    That is the mean and the maximum of every channel of each convolution whose output has more
    places than one, and the maximum in each of 3×3 cells of the last of them. Other threads may
    ask the same network at the same time.
    """
    own_thread = threading.get_ident()
    maps: list[Tensor] = []

    def keep(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
        if threading.get_ident() == own_thread and output.shape[-1] > 1:
            maps.append(output)

    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    handles = [convolution.register_forward_hook(keep) for convolution in convolutions]
    try:
        logits = model(images)
    finally:
        for handle in handles:
            handle.remove()
    means, maxima = [m.relu().mean((2, 3)) for m in maps], [m.amax((2, 3)) for m in maps]
    cells = F.adaptive_max_pool2d(maps[-1], _CELLS).flatten(1)
    return logits, torch.cat([*means, *maxima, cells], dim=1)


def with_squares(features: Tensor) -> Tensor:
    """Return the features (B, F) and their squares: (B, 2 F). A digit may have too much, too."""
    return torch.cat([features, features.square()], dim=1)


def all_logits_and_features(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return both for many images (N, 1, 28, 28), uint8 or float32 in [0, 1], in batches."""
    with torch.no_grad():
        parts = [
            logits_and_features(model, part / 255 if part.dtype == torch.uint8 else part)
            for part in images.split(_BATCH)
        ]
    return torch.cat([logits for logits, _ in parts]), torch.cat([found for _, found in parts])


def features_of_digits(model: nn.Module, images: Tensor, *, seed: int) -> Tensor:
    """Return the features of up to 5,000 images (N, 1, 28, 28) uint8: half of them redrawn.

    Why: `mnist_core.inference.calibration`.
    """
    count = min(_NUM_REDRAWN, len(images) // 2)
    redrawn = torch.from_numpy(redraw(images[:count].numpy(), seed=seed))
    plain = images[count : max(2 * count, 1)]
    return torch.cat([all_logits_and_features(model, part)[1] for part in (plain, redrawn)])


def features_of_non_digits(
    model: nn.Module, kinds: Mapping[str, Kind], num_each: int, *, seed: int
) -> dict[str, Tensor]:
    """Return the features (num_each, features) of drawings of each kind."""
    images = draw_non_digits(kinds, num_each, seed=seed)
    return {
        kind: all_logits_and_features(model, torch.from_numpy(found))[1]
        for kind, found in images.items()
    }


def tell_apart(digits: Tensor, shapes: Tensor) -> Tensor:
    """Return weights (features,) by logistic regression: the weighted sum is larger for digits."""
    features = torch.cat([digits, shapes]).double()
    is_digit = torch.cat([torch.ones(len(digits)), torch.zeros(len(shapes))]).double()
    scale = features.std(0) + 1e-6
    inputs = torch.cat(
        [(features - features.mean(0)) / scale, features.new_ones(len(features), 1)], 1
    )
    weights = inputs.new_zeros(inputs.shape[1], requires_grad=True)
    search = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> float:
        search.zero_grad()
        misfit = F.binary_cross_entropy_with_logits(inputs @ weights, is_digit)
        total = misfit + _DECAY * weights[:-1].square().sum()
        total.backward()
        return float(total.detach())

    search.step(loss)
    # Mean and constant term are the same for all images: the limit takes them up.
    return (weights.detach()[:-1] / scale).float()


def shares_accepted(
    shapes: Mapping[str, Tensor], weights: Tensor, limit: float
) -> dict[str, float]:
    """Return the share of each kind's drawings, and of all, that would pass for digits."""
    shares = {kind: float((x @ weights >= limit).float().mean()) for kind, x in shapes.items()}
    shares["all"] = sum(shares.values()) / len(shares)
    return {kind: round(share, 3) for kind, share in shares.items()}
