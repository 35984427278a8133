"""The small set that comes with the app: scikit-learn's digits, made as MNIST's were."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from mnist_core.data.mnist import Labelled
from mnist_core.data.parts import SIZES, hold_out
from mnist_core.data.preprocess import stages_of_ink

_FILE: Final = Path(__file__).parent / "embedded" / "digits.csv.gz"


@cache
def read_small_set() -> tuple[Labelled, Labelled]:
    """Return its training and its test images, (N, 28, 28) uint8, each with labels (N,) uint8."""
    with gzip.open(_FILE, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    small = (table[:, :64].reshape(-1, 8, 8) * np.float32(255 / 16)).round().astype(np.uint8)
    images = np.stack([stages_of_ink(image).centred for image in small])
    return hold_out(((images * 255).round().astype(np.uint8), table[:, 64]), SIZES["digits"].test)
