"""Images a second in training: our loop on one thread and on two against the plain one.

`original` (batches of 30, no augmentation) against the plain loop, then `seed` (augmented) against
the plain loop with RandomAffine, in its batches of 30 and in the recipe's own size.
`python -m benchmarks.throughput [--images N] [--rounds N] [--json]`
"""

from collections.abc import Sequence

from benchmarks.measure import Result, command, each_apart, report, require_mnist, spreads_in_turn
from benchmarks.training import SLICE, our_rate, plain_rate
from mnist_core.config.recipes import get_recipe

_OURS = "mnist_core, images/s"
_OURS_ON_TWO = "mnist_core on two threads, images/s"
_PLAIN = "plain loop, images/s"
_PLAIN_LARGER = "plain loop in our batch size, images/s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=3)
    parser.add_argument(
        "--images", type=int, default=SLICE, help=f"in each measurement (default: {SLICE})"
    )
    options = parser.parse_args(arguments)
    require_mnist()
    original, seed = (get_recipe(name).config for name in ("original", "seed"))
    plain = spreads_in_turn(
        options.rounds,
        {
            _OURS: each_apart(our_rate, original, options.images),
            _OURS_ON_TWO: each_apart(our_rate, original.replace(threads=2), options.images),
            _PLAIN: each_apart(plain_rate, options.images),
        },
    )
    augmented = spreads_in_turn(
        options.rounds,
        {
            _OURS: each_apart(our_rate, seed, options.images),
            _OURS_ON_TWO: each_apart(our_rate, seed.replace(threads=2), options.images),
            _PLAIN: each_apart(plain_rate, options.images, 30, True),
            _PLAIN_LARGER: each_apart(plain_rate, options.images, seed.batch_size, True),
        },
    )
    results = [
        Result(
            what="Training, original recipe",
            value=plain[_OURS].median / plain[_PLAIN].median,
            unit="×",
            goal=4,
            spreads=plain,
        ),
        Result(
            what="Training, original recipe, two threads",
            value=plain[_OURS_ON_TWO].median / plain[_PLAIN].median,
            unit="×",
            goal=4,
        ),
        Result(
            what="Training, seed recipe, augmented",
            value=augmented[_OURS].median / augmented[_PLAIN].median,
            unit="×",
            goal=5,
            spreads=augmented,
        ),
        Result(
            what="Training, seed recipe, two threads",
            value=augmented[_OURS_ON_TWO].median / augmented[_PLAIN].median,
            unit="×",
            goal=5,
        ),
        Result(
            what=f"On one, the plain loop in batches of {seed.batch_size}",
            value=augmented[_OURS].median / augmented[_PLAIN_LARGER].median,
            unit="×",
        ),
    ]
    threads = {"our_threads": seed.threads, "plain_threads": "torch's default"}
    report(options, "throughput", results, packages=("torch", "torchvision"), **threads)


if __name__ == "__main__":
    main()
