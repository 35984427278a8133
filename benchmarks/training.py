"""How quickly our loop and the plain one train: images a second over a slice of an epoch.

Each function is called in a process of its own, which has the threads that it would have in life.
A first part is trained untimed: the first steps of a process load what the others use.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from benchmarks import reference
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits, load_data
from mnist_core.files import data_dir
from mnist_core.runs.events import Event
from mnist_core.training.loop import train
from mnist_core.training.state import TrainState
from mnist_core.training.worker import set_up_process

CHUNK: Final = 2048
"""Images that our loop augments at a time: slices of whole chunks have their share of that."""

SLICE: Final = 3 * CHUNK


def our_rate(
    config: TrainConfig,
    num_images: int = SLICE,
    num_copies: int = 1,
    together: threading.Barrier | None = None,
) -> float:
    """Return images/s of `mnist_core.training.loop` on MNIST, with each image `num_copies` times.

    `together` is waited at before the timed part, by processes that are to run side by side.
    """
    set_up_process(config.threads)
    digits = _repeat(load_data("mnist", watch=config.watch), num_copies)
    num_first, num_steps = (-(-count // config.batch_size) for count in (CHUNK, num_images))
    state = TrainState(config)
    events = train(state, digits)
    _train_until(num_first, state, events)
    if together is not None:
        together.wait()
    started = time.perf_counter()
    _train_until(num_first + num_steps, state, events)
    return num_steps * config.batch_size / (time.perf_counter() - started)


def plain_rate(num_images: int = SLICE, batch_size: int = 30, is_augmented: bool = False) -> float:
    """Return images/s of the plain loop."""
    loader = reference.make_loader(data_dir(), batch_size=batch_size, is_augmented=is_augmented)
    model, batches = reference.Net(), iter(loader)
    optimizer = reference.make_optimizer(model)
    num_first, num_steps = (-(-count // batch_size) for count in (CHUNK, num_images))
    reference.train_epoch(model, itertools.islice(batches, num_first), optimizer)
    started = time.perf_counter()
    reference.train_epoch(model, itertools.islice(batches, num_steps), optimizer)
    return num_steps * batch_size / (time.perf_counter() - started)


def _train_until(step: int, state: TrainState, events: Iterator[Event]) -> None:
    while state.step < step:
        next(events)


def _repeat(digits: Digits, num_copies: int) -> Digits:
    def repeat(tensor: Tensor) -> Tensor:
        return torch.cat([tensor] * num_copies)

    images, labels = digits.train
    return Digits(
        train=(repeat(images), repeat(labels)),
        watch=digits.watch,
        test=digits.test,
        source=digits.source,
    )
