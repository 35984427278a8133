"""The batches of a run, augmented, from any step on.

N images of the data set; each of `stroke_renders` times all pen digits follow them in number. The
former are distorted as the settings say, the latter drawn anew in each chunk they fall into.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from mnist_core.config.settings import TrainConfig
from mnist_core.data.augment import augment
from mnist_core.strokes.redrawn import Redrawn
from mnist_core.training.randomness import generator_for

_CHUNK: Final = 2048
"""Images augmented at a time: enough to be quick, little enough to stay near the processor."""


def epoch_size(num_images: int, config: TrainConfig, strokes: Redrawn | None) -> int:
    """Return how many images an epoch has: those of the data set and the pen digits drawn."""
    return num_images + (0 if strokes is None else config.stroke_renders * len(strokes))


def batches(
    images: Tensor,
    labels: Tensor,
    config: TrainConfig,
    step: int,
    strokes: Redrawn | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented batches for ever, beginning with that of step `step` of the run."""
    size = config.batch_size
    num_images = epoch_size(len(images), config, strokes)
    if strokes is not None:
        drawn = strokes.labels.repeat(config.stroke_renders)
        labels = torch.cat([labels, drawn.to(labels.device)])
    batches_per_chunk = max(1, _CHUNK // size)
    first_epoch, first_batch = divmod(step, -(-num_images // size))
    for epoch in itertools.count(first_epoch):
        order = torch.randperm(num_images, generator=generator_for(config.seed, "order", epoch))
        chunks = order.to(images.device).split(batches_per_chunk * size)
        for index in range(first_batch // batches_per_chunk, len(chunks)):
            chosen = chunks[index]
            prepared = _prepare(images, chosen, config, strokes, (epoch, index))
            cut = zip(prepared.split(size), labels[chosen].split(size), strict=True)
            skipped = max(0, first_batch - index * batches_per_chunk)
            yield from itertools.islice(cut, skipped, None)
        first_batch = 0


def strength_of_augmentation(epoch: int, config: TrainConfig) -> float:
    """Return the share in [0, 1] of the distortions in `epoch`, counted from 0.

    Past the last epoch, where only the search for a learning rate goes, they are whole again.
    """
    left = config.epochs - 1 - epoch
    return left / config.ease_epochs if 0 <= left < config.ease_epochs else 1.0


def _prepare(
    images: Tensor,
    chosen: Tensor,
    config: TrainConfig,
    strokes: Redrawn | None,
    place: tuple[int, int],
) -> Tensor:
    """Return the images `chosen` (B,) by their numbers: (B, 1, 28, 28) float32 in [0, 1].

    `place`: the epoch, and the chunk in it.
    """
    strength = strength_of_augmentation(place[0], config)
    is_pen = chosen >= len(images)
    augmented = augment(
        images.index_select(0, chosen if strokes is None else chosen[~is_pen]),
        generator_for(config.seed, "augmentation", *place, device=images.device),
        rotation=config.rotation * strength,
        shift=config.shift * strength,
        scale=config.scale * strength,
        shear=config.shear * strength,
        elastic=config.elastic * strength,
        thickness=config.thickness * strength,
    )
    if strokes is None:
        return augmented
    numbers = ((chosen[is_pen] - len(images)) % len(strokes)).cpu()
    drawn = strokes.draw(generator_for(config.seed, "strokes", *place), numbers)
    prepared = augmented.new_empty((len(chosen), *augmented.shape[1:]))
    prepared[~is_pen] = augmented
    prepared[is_pen] = drawn.to(images.device).float().div_(255)
    return prepared
