"""How soon a network answers: one drawing from array to probabilities, and 10,000 test images.

By the networks of seed, record and quick, as far as they ship; on one thread, as in the app, and
the images on two as well, as on the command line. `--beside-a-run`: while the app trains on both
cores.
`python -m benchmarks.predict [--models NAME …] [--drawings N] [--beside-a-run] [--rounds N]
[--json]`
"""

import itertools
import time
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch
from torch import Tensor

from benchmarks.measure import (
    Result,
    Spread,
    command,
    in_turn,
    report,
    require_mnist,
    spreads_in_turn,
)
from mnist_core.config.recipes import get_recipe
from mnist_core.data.datasets import load_part
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.files import MODELS_DIR
from mnist_core.predict import Predictor
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import read_history
from mnist_core.runs.launcher import Launcher
from mnist_ui.components.drawing import Stroke, render

_NETWORKS: Final = ("seed", "record", "quick")
_TWO: Final = "two threads"
_THREADS: Final = {"one thread": 1, _TWO: 2}
_DIGITS: Final = (
    Stroke((80, 70, 200, 70, 130, 225), width=22),
    Stroke((90, 90, 120, 60, 180, 70, 180, 120, 90, 220, 200, 220), width=22),
    Stroke((140, 50, 145, 230), width=22),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=5)
    shipped = [name for name in _NETWORKS if (MODELS_DIR / f"{name}.safetensors").is_file()]
    parser.add_argument(
        "--models", nargs="+", default=shipped, help=f"default: {', '.join(shipped)}"
    )
    parser.add_argument("--drawings", type=int, default=100, help="in a round (default: 100)")
    parser.add_argument("--beside-a-run", action="store_true", help="train a network meanwhile")
    options = parser.parse_args(arguments)
    require_mnist()
    with _training() if options.beside_a_run else nullcontext():
        report(options, "predict", _measure(options))


@contextmanager
def _training() -> Generator[None]:
    """Train on two threads, as the app does, from the first step on until all is measured."""
    config = get_recipe("original").config.replace(epochs=100, threads=2)
    with TemporaryDirectory() as folder, closing(Launcher(Path(folder))) as launcher:
        run = create_run(config, recipe="original", folder=Path(folder))
        launcher.submit(run)
        try:
            while not read_history(run).steps:
                assert run.state() in ("waiting", "running"), run.state()
                time.sleep(0.1)
            yield
            assert run.state() == "running", run.state()
        finally:
            run.stop()
            while run.state() == "running":
                time.sleep(0.1)


def _measure(options: Namespace) -> list[Result]:
    predictors = [Predictor.load(name) for name in options.models]
    test = load_part("mnist", "test")
    answering = [partial(answer_drawings, one, options.drawings) for one in predictors]
    classifying = {
        f"{name}, {words}, s": partial(classify, one, test, num_threads)
        for name, one in zip(options.models, predictors, strict=True)
        for words, num_threads in _THREADS.items()
    }
    torch.set_num_threads(1)
    for measure in answering:
        measure()  # the first answers of a process take longest
    answered = in_turn(options.rounds, *answering)
    spreads_in_turn(1, classifying)
    classified = spreads_in_turn(options.rounds, classifying)
    results: list[Result] = []
    for name, rounds in zip(options.models, answered, strict=True):
        one = Spread(tuple(itertools.chain.from_iterable(rounds)))
        many = {words: classified[f"{name}, {words}, s"] for words in _THREADS}
        results += [
            Result(
                what=f"One drawing, {name}",
                value=one.median,
                unit="ms",
                goal=2,
                is_limit=True,
                spreads={"array to probabilities, ms": one},
            ),
            Result(
                what=f"10,000 images, {name}",
                value=many[_TWO].median,
                unit="s",
                goal=0.5,
                is_limit=True,
                spreads=many,
            ),
        ]
    return results


def answer_drawings(predictor: Predictor, count: int) -> list[float]:
    """Return the milliseconds of each answer to `count` drawings of 280×280."""
    drawings = itertools.cycle([render([digit]) for digit in _DIGITS])
    times: list[float] = []
    for drawing in itertools.islice(drawings, count):
        started = time.perf_counter()
        predictor.predict(drawing)
        times.append(1000 * (time.perf_counter() - started))
    return times


def classify(predictor: Predictor, test: tuple[Tensor, Tensor], num_threads: int) -> float:
    """Return the seconds of classifying the test images."""
    torch.set_num_threads(num_threads)
    started = time.perf_counter()
    evaluate(predictor.model, *test)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
