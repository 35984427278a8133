"""Digits as tensors in memory: MNIST's files, the small embedded set, and their splits.

MNIST's four IDX files are checked against their published checksums before a byte is used.
Shapes: images (N, 1, 28, 28) uint8, light ink on dark; labels (N,) int64.
torch is imported when data are loaded, so that a page can ask what is there without it.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_core.config.settings import NUM_VALIDATION
from mnist_core.data.mnist import Labelled, read_mnist

if TYPE_CHECKING:
    from torch import Tensor

    Part = tuple[Tensor, Tensor]


_NUM_DIGITS_TEST: Final = 300
_EMBEDDED_DIGITS: Final = Path(__file__).parent / "embedded" / "digits.csv.gz"


@dataclass(frozen=True, kw_only=True)
class Digits:
    """What a run trains on, what it watches after each epoch, and what it is tested on.

    `watch` is held out of the training images, or a part of them, or the test set itself.
    """

    train: "Part"
    watch: "Part"
    test: "Part"
    source: str


def load_data(dataset: str, *, watch: str = "validation", data_dir: Path | None = None) -> Digits:
    """Load a data set: "mnist" from the data folder, or the embedded "digits".

    With `watch` "validation", 5,000 of MNIST's training images (297 of the small set's), drawn
    once and for all with each digit's share kept, are held out and watched; with "training" these
    are watched, but trained on like all others; with "test" all are trained on and the test set
    is watched. Raises `DataError` naming the file and the remedy.
    """
    if dataset == "mnist":
        train, test = read_mnist(data_dir)
    else:
        train, test = _split(_read_embedded(), _NUM_DIGITS_TEST)
    kept, held_out = _split(train, NUM_VALIDATION[dataset])
    return Digits(
        train=_to_tensors(kept if watch == "validation" else train),
        watch=_to_tensors(test if watch == "test" else held_out),
        test=_to_tensors(test),
        source=dataset,
    )


def load_part(dataset: str, part: str, *, data_dir: Path | None = None) -> "Part":
    """Load only "train", "validation" or "test"; "train" is without the validation images."""
    digits = load_data(dataset, data_dir=data_dir)
    return {"train": digits.train, "validation": digits.watch, "test": digits.test}[part]


@cache
def _read_embedded() -> Labelled:
    """Return the 1,797 digits of scikit-learn, brought to 28×28 as MNIST was made."""
    from mnist_core.data.preprocess import stages_of_ink

    with gzip.open(_EMBEDDED_DIGITS, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    small = (table[:, :64].reshape(-1, 8, 8) * np.float32(255 / 16)).round().astype(np.uint8)
    images = np.stack([stages_of_ink(image).centred for image in small])
    return (images * 255).round().astype(np.uint8), table[:, 64]


def _split(labelled: Labelled, num_held_out: int) -> tuple[Labelled, Labelled]:
    """Hold out `num_held_out`, always the same, each digit in proportion; order is kept."""
    images, labels = labelled
    shares = np.bincount(labels, minlength=10) * num_held_out / len(labels)
    counts = np.floor(shares).astype(int)
    counts[np.argsort(counts - shares, kind="stable")[: num_held_out - counts.sum()]] += 1
    # Knuth's multiplicative hash: the same choice with every version of every library.
    order = np.arange(len(labels), dtype=np.uint64) * 2654435761 % 2**32
    is_held_out = np.zeros(len(labels), bool)
    for digit, count in enumerate(counts):
        own = np.flatnonzero(labels == digit)
        is_held_out[own[np.argsort(order[own])[:count]]] = True
    kept = ~is_held_out
    return (images[kept], labels[kept]), (images[is_held_out], labels[is_held_out])


def _to_tensors(labelled: Labelled) -> "Part":
    import torch

    images, labels = labelled
    return torch.tensor(images).unsqueeze(1), torch.tensor(labels, dtype=torch.int64)
