"""A data set as tensors in memory, and its parts: to train on, to watch, to test on.

Shapes: images (N, 1, 28, 28) uint8, light ink on dark; labels (N,) int64.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mnist_core.data.mnist import Labelled, read_mnist, read_mnist_training
from mnist_core.data.parts import SIZES, hold_out
from mnist_core.data.small_set import read_small_set

Part = tuple[Tensor, Tensor]
"""Images and their labels."""


@dataclass(frozen=True, kw_only=True)
class Digits:
    """What a run trains on, what it watches after each epoch, and what it is tested on.

    `watch` is held out of the training images, or a part of them, or the test set itself.
    """

    train: Part
    watch: Part
    test: Part
    source: str


def load_data(dataset: str, *, watch: str = "validation", data_dir: Path | None = None) -> Digits:
    """Load a data set: "mnist" from the data folder, or the embedded "digits".

    With `watch` "validation", 5,000 of MNIST's training images (297 of the small set's), drawn
    once and for all with each digit's share kept, are held out and watched; with "training" these
    are watched, but trained on like all others; with "test" all are trained on and the test set
    is watched. Raises `DataError` naming the file and the remedy.
    """
    train, test = read_mnist(data_dir) if dataset == "mnist" else read_small_set()
    kept, held_out = hold_out(train, SIZES[dataset].validation)
    return Digits(
        train=_to_tensors(kept if watch == "validation" else train),
        watch=_to_tensors(test if watch == "test" else held_out),
        test=_to_tensors(test),
        source=dataset,
    )


def load_for_search(dataset: str, *, data_dir: Path | None = None) -> Digits:
    """Load what a search may see: training images, 10,000 of them held out to choose by.

    Of the small set 297 are. The test set's files are not opened; `test` holds no image. Raises
    `DataError` as `load_data` does.
    """
    train = read_mnist_training(data_dir) if dataset == "mnist" else read_small_set()[0]
    kept, held_out = hold_out(train, SIZES[dataset].search)
    nothing = (held_out[0][:0], held_out[1][:0])
    return Digits(
        train=_to_tensors(kept),
        watch=_to_tensors(held_out),
        test=_to_tensors(nothing),
        source=dataset,
    )


def load_part(dataset: str, part: str, *, data_dir: Path | None = None) -> Part:
    """Load only "train", "validation" or "test"; "train" is without the validation images."""
    digits = load_data(dataset, data_dir=data_dir)
    return {"train": digits.train, "validation": digits.watch, "test": digits.test}[part]


def _to_tensors(labelled: Labelled) -> Part:
    images, labels = labelled
    return torch.tensor(images).unsqueeze(1), torch.tensor(labels, dtype=torch.int64)
