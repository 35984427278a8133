"""How much of the processor's limit a training run uses.

The floating-point operations of an image, forward and backward, as torch counts them for
convolutions and products, times the images a second; over the operations a second of a large
single-precision matrix product on the same threads, measured before and after in the same process.
`python -m benchmarks.share [--recipes NAME …] [--threads N] [--images N] [--rounds N] [--json]`
"""

import statistics
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import Result, Spread, apart, command, in_turn, report, require_mnist
from benchmarks.training import SLICE, our_rate
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.models import build_model
from mnist_core.training.worker import set_up_process

_SIDE: Final = 2048
_NUM_PRODUCTS: Final = 5
_GOALS: Final = {"quick": 20.0}
_ASKED: Final = ("seed", "record", "quick", "compact", "tiny")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=2)
    parser.add_argument("--recipes", nargs="+", choices=tuple(RECIPES), default=_ASKED)
    parser.add_argument("--threads", type=int, default=1, help="of both (default: 1)")
    parser.add_argument(
        "--images", type=int, default=SLICE, help=f"in each measurement (default: {SLICE})"
    )
    options = parser.parse_args(arguments)
    require_mnist()
    configs = [get_recipe(name).config.replace(threads=options.threads) for name in options.recipes]
    found = in_turn(
        options.rounds,
        *(partial(apart, rate_and_limit, config, options.images) for config in configs),
    )
    results: list[Result] = []
    for name, config, pairs in zip(options.recipes, configs, found, strict=True):
        operations = count_operations(build_model(config.model))
        shares = Spread(tuple(100 * rate * operations / limit for rate, limit in pairs))
        results.append(
            Result(
                what=f"Share of the processor's limit, {name} recipe",
                value=shares.median,
                unit="%",
                goal=_GOALS.get(name),
                spreads={
                    "share, %": shares,
                    "training, images/s": Spread(tuple(rate for rate, _ in pairs)),
                    "an image, MFLOP": Spread((operations / 1e6,)),
                    "matrix product, GFLOP/s": Spread(tuple(limit / 1e9 for _, limit in pairs)),
                },
            )
        )
    report(options, "share", results, threads=options.threads)


def rate_and_limit(config: TrainConfig, num_images: int) -> tuple[float, float]:
    """Return images/s in training and FLOP/s in a product of two matrices."""
    set_up_process(config.threads)
    before = _seconds_of_products()
    rate = our_rate(config, num_images)
    seconds = statistics.median(before + _seconds_of_products())
    return rate, 2 * _SIDE**3 / seconds


def count_operations(model: nn.Module, num_images: int = 8) -> float:
    """Return the floating-point operations of one image, forward and backward."""
    images = torch.rand(num_images, 1, 28, 28)
    labels = torch.zeros(num_images, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(model.train()(images), labels).backward()
    return counter.get_total_flops() / num_images


def _seconds_of_products() -> list[float]:
    left, right = torch.rand(_SIDE, _SIDE), torch.rand(_SIDE, _SIDE)
    product = left @ right  # the first takes longer
    times: list[float] = []
    for _ in range(_NUM_PRODUCTS):
        started = time.perf_counter()
        torch.mm(left, right, out=product)
        times.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
