"""Teach the doubting network what a digit is, and set and measure its limit.

Digits are MNIST's and those of pens, blended and drawn anew each epoch; a half of all images,
shapes as well, is distorted besides, so that blur and sharpness tell nothing. (Without that it
took MNIST's own sharp edges for a sign of "no digit".) The limit is the highest at which of MNIST's
digits and of the pens' that it was not shown `ACCEPTED` each pass.

Of the people in the file of strokes, those that training holds out are not looked at
(`mnist_core.strokes.files.hold_out_writers`), and of the others the last fifth sets the limit.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_core.checkpoints.weights import in_quick_order
from mnist_core.data.augment import augment
from mnist_core.data.datasets import Digits
from mnist_core.doubt.network import Doubt, Measured, build
from mnist_core.doubt.shapes import draw_shapes
from mnist_core.doubt.unseen import draw_unseen
from mnist_core.evaluation.evaluate import logits
from mnist_core.strokes.files import PenDigit, StrokeSet, hold_out_writers
from mnist_core.strokes.pen import Hand
from mnist_core.strokes.redrawn import HAND, Redrawn, Variety

ACCEPTED: Final = 0.995
"""Share of the digits that pass, of MNIST and of pens each: refusing a digit is worse than taking a
scribble for one."""

EPOCHS: Final = 16
NUM_DIGITS: Final = 8_000
"""Digits of MNIST in an epoch, as many of pens, and half as many shapes again as of either."""

_BATCH: Final = 256
_RATE: Final = 0.2
_AVERAGE: Final = 0.98
_NUM_MEASURED: Final = 500
_NUM_SETTING: Final = 5_000
_RESTYLED: Final = 0.5
"""Chance of each edit of style: rare styles, as a slash in a 0, are what is refused by mistake."""

_AS_WRITTEN: Final = Variety(hand=Hand(width=HAND.width, flat=HAND.flat), restyled=0.0, blended=0.0)


def fit(
    digits: Digits,
    strokes: StrokeSet,
    *,
    epochs: int = EPOCHS,
    num_digits: int = NUM_DIGITS,
    tell: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Doubt:
    """Train the network on `digits.train` and the strokes; the same for the same arguments.

    `digits.watch` are digits held out. `tell` hears of each epoch, from 1, and its mean loss.
    """
    shown, setting = hold_out_writers(hold_out_writers(strokes.digits)[0])
    pens = Redrawn(shown, Variety(restyled=_RESTYLED))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build()
    steps = epochs * (7 * num_digits // 2 // _BATCH)
    search = torch.optim.SGD(
        model.parameters(), lr=_RATE, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    schedule = OneCycleLR(search, _RATE, total_steps=steps, pct_start=0.2)
    result = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(_AVERAGE), use_buffers=True)
    for epoch in range(epochs):
        losses: list[float] = []
        shapes = draw_shapes(3 * num_digits // 2, pens, seed=epoch)
        for images, are_digits in _batches(digits.train[0], pens, shapes, num_digits, epoch):
            search.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(images).flatten(), are_digits)
            loss.backward()
            search.step()
            schedule.step()
            result.update_parameters(model)
            losses.append(float(loss.detach()))
        tell(epoch + 1, sum(losses) / len(losses))
    fitted = in_quick_order(result.module).eval().requires_grad_(False)
    return _with_limit(fitted, digits, setting, strokes)


def _batches(
    images: Tensor, pens: Redrawn, shapes: Tensor, num_digits: int, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch's images (B, 1, 28, 28) float32, and 1 where they are digits: (B,)."""
    generator = torch.Generator().manual_seed(epoch)
    chosen = torch.randint(len(images), (num_digits,), generator=generator)
    written = torch.randint(len(pens), (num_digits,), generator=generator)
    parts = images[chosen], pens.draw(generator, written), shapes
    prepared = torch.cat([_half_distorted(part, generator) for part in parts])
    are_digits = torch.zeros(len(prepared))
    are_digits[: 2 * num_digits] = 1
    order = torch.randperm(len(prepared), generator=generator)
    for index in order.split(_BATCH):
        if len(index) == _BATCH:
            yield prepared[index], are_digits[index]


def _half_distorted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return images (N, 1, 28, 28) uint8 as float32 in [0, 1], the latter half distorted."""
    half = len(images) // 2
    distorted = augment(
        images[half:],
        generator,
        rotation=10.0,
        shift=1.0,
        scale=0.1,
        shear=8.0,
        elastic=1.0,
        thickness=0.5,
    )
    return torch.cat([images[:half].float() / 255, distorted])


def _with_limit(
    model: nn.Module, digits: Digits, setting: list[PenDigit], strokes: StrokeSet
) -> Doubt:
    """Set the limit on digits that were not shown, and measure what passes it."""
    writers = Redrawn(setting, _AS_WRITTEN)
    pens = writers.draw(torch.Generator().manual_seed(0))
    scores = {
        "MNIST": logits(model, digits.watch[0][:_NUM_SETTING]).flatten(),
        "drawn with a pen": logits(model, pens).flatten(),
    }
    limit = round(min(float(one.quantile(1 - ACCEPTED)) for one in scores.values()), 4)
    unseen = {
        kind: logits(model, torch.from_numpy(drawn)).flatten()
        for kind, drawn in draw_unseen(_NUM_MEASURED, seed=0).items()
    }
    measured = Measured(
        limit=limit,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        digits_refused={name: _share(one < limit) for name, one in scores.items()},
        other_drawings_accepted={name: _share(one >= limit) for name, one in unseen.items()},
        strokes=strokes.facts,
        date=date.today().isoformat(),
        torch=str(torch.__version__),
    )
    return Doubt(model, measured)


def _share(which: Tensor) -> float:
    return round(float(which.float().mean()), 4)
