"""How many images each part of a data set has, and which of them are held out.

Knows nothing of torch, so that a page can say it before torch is loaded.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mnist_core.data.mnist import Labelled


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Images of a data set: `validation` of the `train` can be held out, `test` are others.

    A search holds out `search` of the training images.
    """

    train: int
    validation: int
    test: int
    search: int

    def num_trained_on(self, watch: str) -> int:
        """Return how many a run trains on, by what it watches after each epoch (`load_data`)."""
        return self.train - (self.validation if watch == "validation" else 0)


SIZES: Final = {
    "mnist": Sizes(train=60_000, validation=5_000, test=10_000, search=10_000),
    "digits": Sizes(train=1_497, validation=297, test=300, search=297),
}


def hold_out(labelled: Labelled, num_held_out: int) -> tuple[Labelled, Labelled]:
    """Return what is kept and `num_held_out` others: always the same, each digit in proportion.

    The order stays.
    """
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
