"""What the processes of `tests.killing` begin with: torch, and the small set, read only once."""

import mnist_core.cli.exchange
import mnist_core.training.worker  # noqa: F401
from mnist_core.data.small_set import read_small_set

read_small_set()
