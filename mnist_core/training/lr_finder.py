"""The learning-rate finder: a short run in which the learning rate only rises.

L. N. Smith, "Cyclical learning rates for training neural networks" (2015), section 3.3; the
loss is smoothed and the search ends early as in S. Gugger's account of it (2018).
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.data.datasets import Digits
from mnist_core.runs.events import Event, Failed, LearningRateFound, Step
from mnist_core.runs.history import smooth
from mnist_core.strokes.redrawn import Redrawn
from mnist_core.training.batches import batches, epoch_size
from mnist_core.training.loop import started_event, train_step
from mnist_core.training.state import TrainState

NUM_STEPS: Final = 150
_LOWEST: Final = 0.0005
_SMOOTHING: Final = 0.9
_WORSE: Final = 4.0
"""The search ends when the smoothed loss is so many times its lowest."""

_MARGIN: Final = 2.0
"""The learning rate of the lowest loss is divided by this: right above it, training diverges."""


def find_learning_rate(
    config: TrainConfig, digits: Digits, strokes: Redrawn | None = None
) -> Iterator[Event]:
    """Train for at most 150 steps while the learning rate rises; suggest one at the end.

    Nothing is kept of the network. Yields a `Step` after every batch and ends with
    `LearningRateFound`, or with `Failed` if the loss never fell.
    """
    state = TrainState(config)
    images, labels = (tensor.to(state.device) for tensor in digits.train)
    num_images = epoch_size(len(images), config, strokes)
    yield started_event(state, num_images, num_watch=0, num_steps=NUM_STEPS)
    highest = knobs()["learning_rate"].maximum
    assert highest is not None
    told: list[tuple[float, float]] = []
    for some, truth in batches(images, labels, config, 0, strokes):
        learning_rate = _LOWEST * (highest / _LOWEST) ** (state.step / (NUM_STEPS - 1))
        loss = train_step(state, some, truth, learning_rate).item()
        if not math.isfinite(loss):
            break
        told.append((learning_rate, loss))
        smoothed = smooth([loss for _, loss in told], _SMOOTHING)
        yield Step(
            step=state.step,
            epoch=state.step * config.batch_size / num_images,
            loss=loss,
            learning_rate=learning_rate,
            gradient_norm=0.0,
            images_per_second=0.0,
            seconds=0.0,
        )
        if state.step == NUM_STEPS or smoothed[-1] > _WORSE * min(smoothed):
            break
    suggested = suggest(told)
    if suggested is None:
        yield Failed(message="The loss did not fall at any learning rate; try other settings.")
    else:
        yield LearningRateFound(learning_rate=suggested)


def suggest(told: Sequence[tuple[float, float]]) -> float | None:
    """Return a good highest learning rate from pairs of learning rate and loss, or None.

    Half of that at which the smoothed loss was lowest, with two digits.
    """
    smoothed = smooth([loss for _, loss in told], _SMOOTHING)
    if len(smoothed) < 10 or min(smoothed) > 0.9 * smoothed[0]:
        return None
    best = told[smoothed.index(min(smoothed))][0] / _MARGIN
    digits = 1 - math.floor(math.log10(best))
    return round(best, digits)
