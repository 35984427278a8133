"""The batches of a run, augmented, from any step on."""

import itertools
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from mnist_core.config.settings import TrainConfig
from mnist_core.data.augment import augment
from mnist_core.training.randomness import generator_for

_CHUNK: Final = 2048
"""Images augmented at a time: enough to be quick, little enough to stay near the processor."""


def batches(
    images: Tensor, labels: Tensor, config: TrainConfig, step: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented batches for ever, beginning with that of step `step` of the run."""
    size = config.batch_size
    batches_per_chunk = max(1, _CHUNK // size)
    first_epoch, first_batch = divmod(step, -(-len(images) // size))
    for epoch in itertools.count(first_epoch):
        order = torch.randperm(len(images), generator=generator_for(config.seed, "order", epoch))
        chunks = order.to(images.device).split(batches_per_chunk * size)
        for index in range(first_batch // batches_per_chunk, len(chunks)):
            chosen = chunks[index]
            augmented = augment(
                images.index_select(0, chosen),
                generator_for(config.seed, "augmentation", epoch, index, device=images.device),
                rotation=config.rotation,
                shift=config.shift,
                scale=config.scale,
                shear=config.shear,
                elastic=config.elastic,
                thickness=config.thickness,
            )
            cut = zip(augmented.split(size), labels[chosen].split(size), strict=True)
            skipped = max(0, first_batch - index * batches_per_chunk)
            yield from itertools.islice(cut, skipped, None)
        first_batch = 0
