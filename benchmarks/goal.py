"""The time to 99.4 %: a whole run of `quick` against 18 epochs of the plain loop.

The accuracy is the mean of the finished study of `quick`. The run is a real one, measured now:
all epochs, with its evaluations, on one thread and on two. Of the plain loop one epoch or less is
measured and extrapolated to 18, without any evaluation; it then stands at about 99.3 %.
`python -m benchmarks.goal [--study PATH] [--images N] [--epochs N] [--rounds N] [--json]`
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Result, Spread, apart, command, report, require_mnist
from benchmarks.training import plain_rate
from mnist_core.config.challenge import CHALLENGE_ACCURACY
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import load_data
from mnist_core.data.parts import SIZES
from mnist_core.errors import MnistError
from mnist_core.experiments.study import read_study, study_config
from mnist_core.files import MODELS_DIR
from mnist_core.runs.events import Finished
from mnist_core.training.loop import train
from mnist_core.training.state import TrainState
from mnist_core.training.worker import set_up_process

_NUM_IMAGES = SIZES["mnist"].train


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    config = study_config("quick", {})
    num_epochs = get_recipe("original").config.epochs
    parser = command(__doc__, num_rounds=2)
    parser.add_argument(
        "--study",
        type=Path,
        default=MODELS_DIR / "quick.study.json",
        help="a finished study's file (default: models/quick.study.json)",
    )
    parser.add_argument(
        "--images",
        type=int,
        default=57_000,
        help="of the plain loop, extrapolated to its epochs (default: 57000)",
    )
    parser.add_argument(
        "--epochs", type=int, default=config.epochs, help=f"of quick (default: {config.epochs})"
    )
    options = parser.parse_args(arguments)
    require_mnist()
    try:
        study = read_study(options.study)
    except MnistError as error:
        print(f"{error} With: python -m mnist_core study --recipe quick", file=sys.stderr)
        sys.exit(2)
    config = config.replace(epochs=options.epochs)
    rounds = [
        (
            apart(whole_run, config),
            apart(whole_run, config.replace(threads=2)),
            apart(plain_rate, options.images),
        )
        for _ in range(options.rounds)
    ]
    quick = Spread(tuple(seconds for (seconds, _), _, _ in rounds))
    on_two = Spread(tuple(seconds for _, (seconds, _), _ in rounds))
    plain = Spread(tuple(num_epochs * _NUM_IMAGES / rate for *_, rate in rounds))
    in_study = Spread(study.seconds)
    is_studied = (study.recipe, study.epochs) == ("quick", options.epochs)
    results = [
        Result(
            what="A run of quick, in less time by",
            value=plain.median / quick.median,
            unit="×",
            goal=45 if is_studied else None,
            spreads={
                f"quick now, {options.epochs} epochs, s": quick,
                f"plain loop, {num_epochs} epochs extrapolated, s": plain,
            },
        ),
        Result(
            what="A run of quick on two threads, in less time by",
            value=plain.median / on_two.median,
            unit="×",
            goal=45 if is_studied else None,
            spreads={f"quick now on two threads, {options.epochs} epochs, s": on_two},
        ),
        Result(
            what="The same by the study's seconds of training",
            value=plain.median / in_study.median,
            unit="×",
            spreads={f"a run of the study, {study.jobs} at a time, s": in_study},
        ),
        Result(
            what=f"Accuracy of {study.name}, mean of {len(study.test_accuracies)} seeds",
            value=study.mean,
            unit="%",
            goal=CHALLENGE_ACCURACY,
            spreads={"in the study, %": Spread(study.test_accuracies)},
        ),
    ]
    report(
        options,
        "goal",
        results,
        packages=("torch", "torchvision"),
        accuracy_now=rounds[0][0][1],
        plain_images_measured=options.images,
    )


def whole_run(config: TrainConfig) -> tuple[float, float]:
    """Return the seconds of a run with its evaluations, data in memory, and its test accuracy."""
    set_up_process(config.threads)
    digits = load_data("mnist", watch=config.watch)
    started = time.perf_counter()
    *_, last = train(TrainState(config), digits)
    assert isinstance(last, Finished) and last.test_accuracy is not None
    return time.perf_counter() - started, last.test_accuracy


if __name__ == "__main__":
    main()
