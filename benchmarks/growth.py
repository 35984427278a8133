"""How training grows: with the data, with threads and processes, with the batch.

Images a second of one recipe on MNIST once, twice and four times over; on one thread, on two, and
by two runs of one thread side by side; in batches of 32 to 1,024.
`python -m benchmarks.growth [--recipe NAME] [--images N] [--rounds N] [--json]`
"""

import multiprocessing
from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.measure import (
    Result,
    Spread,
    at_once,
    command,
    each_apart,
    report,
    require_mnist,
    spreads_in_turn,
)
from benchmarks.training import SLICE, our_rate
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.config.settings import TrainConfig

_COPIES: Final = (1, 2, 4)
_BATCHES: Final = (32, 64, 128, 256, 512, 1024)
_ONE, _TWO, _RUNS = (
    "one thread, images/s",
    "two threads, images/s",
    "two runs of one thread, images/s",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=2)
    parser.add_argument("--recipe", choices=tuple(RECIPES), default="seed", help="default: seed")
    parser.add_argument(
        "--images", type=int, default=SLICE, help=f"in each measurement (default: {SLICE})"
    )
    options = parser.parse_args(arguments)
    require_mnist()
    config = get_recipe(options.recipe).config.replace(threads=1)
    num_images: int = options.images
    by_data = spreads_in_turn(
        options.rounds,
        {
            f"MNIST {copies}×, images/s": each_apart(our_rate, config, num_images, copies)
            for copies in _COPIES
        },
    )
    by_threads = spreads_in_turn(
        options.rounds,
        {
            _ONE: each_apart(our_rate, config, num_images),
            _TWO: each_apart(our_rate, config.replace(threads=2), num_images),
            _RUNS: lambda: rate_of_two_runs(config, num_images),
        },
    )
    by_batch = spreads_in_turn(
        options.rounds,
        {
            f"batches of {size:,}, images/s": each_apart(
                our_rate, config.replace(batch_size=size), num_images
            )
            for size in _BATCHES
        },
    )
    gain = max(by_threads[_TWO].median, by_threads[_RUNS].median) / by_threads[_ONE].median
    results = [
        _growth("Time per image, 2× and 4× the data", by_data),
        Result(
            what="Two threads or two runs against one",
            value=gain,
            unit="×",
            goal=1.7,
            spreads=by_threads,
        ),
        _growth("Time per image, batches above 32", by_batch),
    ]
    report(options, "growth", results, recipe=options.recipe)


def rate_of_two_runs(config: TrainConfig, num_images: int) -> float:
    """Return images/s of two processes together, by the slower of the two."""
    with multiprocessing.get_context("spawn").Manager() as manager:
        together = manager.Barrier(2)
        return 2 * min(at_once(our_rate, [(config, num_images, 1, together)] * 2))


def slowest_against_first(rates: Mapping[str, Spread]) -> float:
    """Return how many times as long as in the first an image takes in the slowest other."""
    first, *others = (spread.median for spread in rates.values())
    return first / min(others)


def _growth(what: str, rates: Mapping[str, Spread]) -> Result:
    return Result(
        what=what,
        value=slowest_against_first(rates),
        unit="×",
        goal=1.1,
        is_limit=True,
        spreads=rates,
    )


if __name__ == "__main__":
    main()
