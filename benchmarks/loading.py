"""MNIST from warm files into tensors: ours, checksums included, against torchvision's.

torchvision: `MNIST.__init__` and stacking what it gives, through ToTensor, for both of its parts.
`python -m benchmarks.loading [--rounds N] [--json]`
"""

import time
from collections.abc import Sequence

import torch
from torchvision import datasets, transforms

from benchmarks.measure import Result, command, each_apart, report, require_mnist, spreads_in_turn
from mnist_core.data.datasets import load_data
from mnist_core.data.mnist import MNIST_FILES, mnist_raw_dir
from mnist_core.files import data_dir

_OURS, _THEIRS = "mnist_core, s", "torchvision, s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = command(__doc__, num_rounds=3).parse_args(arguments)
    require_mnist()
    for file in MNIST_FILES:  # from now on they are in memory
        path = mnist_raw_dir() / file.name
        if path.exists():
            path.read_bytes()
    found = spreads_in_turn(
        options.rounds, {_OURS: each_apart(our_seconds), _THEIRS: each_apart(their_seconds)}
    )
    ratio = found[_THEIRS].median / found[_OURS].median
    result = Result(
        what="Loading MNIST into tensors", value=ratio, unit="×", goal=20, spreads=found
    )
    report(options, "loading", [result], packages=("torch", "torchvision"))


def our_seconds() -> float:
    started = time.perf_counter()
    load_data("mnist")
    return time.perf_counter() - started


def their_seconds() -> float:
    started = time.perf_counter()
    for is_train in (True, False):
        dataset = datasets.MNIST(str(data_dir()), train=is_train, transform=transforms.ToTensor())
        torch.stack([image for image, _ in dataset])
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
