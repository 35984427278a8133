"""What many runs cost on a Ray cluster of this machine, against `here`. Needs requirements-scale.

Parts, each to be run while the machine is quiet (the figures of the README take --part all):
  overhead   seconds that one run takes longer on a warm cluster than here: of the fewest steps a
             run can have (two, on the small set), and of five epochs of `quick` on MNIST
  many       runs of one epoch on the small set: runs a minute, the driver's memory at a tenth of
             them and at the end, its processor time a run and an event, events lost
  killed     workers killed (SIGKILL) at random moments: runs lost, and checkpoints that are not
             byte for byte those of here. A run whose workers were lost twice is spared: it begins
             three times at the most
  search     the best of a search against the recipe it began from at equal epochs, on the images
             that the search held out, with seeds that it did not train: --search NAME
`python -m benchmarks.scale --part PART [--runs N] [--kills N] [--rounds N] [--jobs N] [--json]`
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.killer import Killer
from benchmarks.measure import Result, Spread, command, in_turn, report, require_mnist
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.experiments.executor import Executor, Here, require_tokens
from mnist_core.experiments.student import interval_of_mean
from mnist_core.files import data_dir
from mnist_core.runs.events import Scored
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run

_PARTS: Final = ("overhead", "many", "killed", "search")
_NUM_RUNS: Final = {"many": 1_000, "killed": 200, "search": 10}
_SECONDS_PER_LOOK: Final = 0.05
_FEWEST_STEPS: Final = TrainConfig(model="tiny", dataset="digits", epochs=1, batch_size=1024)
_ONE_EPOCH: Final = TrainConfig(model="tiny", dataset="digits", epochs=1)
_FIRST_FRESH_SEED: Final = 1_000
"""No search trains a seed so high: these tell nothing that it has chosen by."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=5)
    parser.add_argument("--part", choices=(*_PARTS, "all"), required=True)
    parser.add_argument("--runs", type=int, help="default: 1,000 many, 200 killed, 10 seeds")
    parser.add_argument("--kills", type=int, default=50, help="default: 50")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="default: all cores")
    parser.add_argument("--search", metavar="NAME", help="the search whose best is measured")
    options = parser.parse_args(arguments)
    if options.part == "search" and options.search is None:
        parser.error("--part search needs --search NAME")
    measures: dict[str, Callable[[argparse.Namespace], list[Result]]] = {
        "overhead": _overhead,
        "many": _many,
        "killed": _killed,
        "search": _search,
    }
    parts = _PARTS[:3] if options.part == "all" else (options.part,)
    results = [result for part in parts for result in measures[part](options)]
    report(options, "scale", results, packages=("torch", "ray", "optuna"), jobs=options.jobs)


@contextmanager
def _cluster(jobs: int) -> Generator[Executor]:
    require_tokens()
    # Here: Ray reads whether tokens are required when it is loaded.
    from mnist_core.experiments.on_ray import LOCAL, OnRay

    with closing(OnRay(LOCAL, jobs=jobs, data_dir=data_dir())) as cluster:
        yield cluster


@contextmanager
def _folder() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mnist-scale-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create(config: TrainConfig, seed: int, folder: Path) -> Run:
    return create_run(config.replace(seed=seed, threads=1), recipe="tiny", folder=folder)


def _carry_out(executor: Executor, runs: Sequence[Run]) -> Iterator[Run]:
    """Submit the runs; yields each as it ends."""
    for run in runs:
        executor.submit(run)
    left = {run.id for run in runs}
    while left:
        for run in executor.look(_SECONDS_PER_LOOK):
            left.discard(run.id)
            yield run


def _overhead(options: argparse.Namespace) -> list[Result]:
    require_mnist()
    quick = get_recipe("quick").config
    with _folder() as folder, closing(Here(jobs=1)) as here, _cluster(1) as cluster:

        def seconds(executor: Executor, config: TrainConfig) -> float:
            run = _create(config, 0, folder)
            begun = time.perf_counter()
            (ended,) = _carry_out(executor, [run])
            assert ended.state() == "finished", ended.log_path
            return time.perf_counter() - begun

        for executor in (here, cluster):  # both are warm, and MNIST is there
            seconds(executor, quick.replace(epochs=1))
        found: list[Result] = []
        for what, config, rounds in (
            ("two steps on the small set", _FEWEST_STEPS, 2 * options.rounds),
            ("five epochs of quick", quick, options.rounds),
        ):
            times = in_turn(
                rounds,
                lambda config=config: seconds(here, config),
                lambda config=config: seconds(cluster, config),
            )
            on_here, on_ray = (Spread(tuple(each)) for each in times)
            found.append(
                Result(
                    what=f"A run of {what}, longer on a cluster",
                    value=on_ray.median - on_here.median,
                    unit="s",
                    goal=0.3,
                    is_limit=True,
                    spreads={"here, s": on_here, "on Ray, s": on_ray},
                )
            )
    return found


def _many(options: argparse.Namespace) -> list[Result]:
    num_runs = options.runs or _NUM_RUNS["many"]
    with _folder() as folder:
        with closing(Here(jobs=1)) as here:
            (alone,) = _carry_out(here, [_create(_ONE_EPOCH, 0, folder)])
        expected = _what_it_said(alone)
        with _cluster(options.jobs) as cluster:
            for _ in _carry_out(cluster, [_create(_ONE_EPOCH, n, folder) for n in range(4)]):
                pass  # its workers have loaded torch
            runs = [_create(_ONE_EPOCH, seed, folder) for seed in range(num_runs)]
            memory: dict[int, float] = {}
            worked, begun = time.process_time(), time.perf_counter()
            for count, _ in enumerate(_carry_out(cluster, runs), start=1):
                if count in (num_runs // 10, num_runs):
                    memory[count] = _memory_mb()
            seconds, worked = time.perf_counter() - begun, time.process_time() - worked
            num_lost = sum((expected - _what_it_said(run)).total() for run in runs)
    early, late = memory.values()
    return [
        Result(what=f"{num_runs:,} runs of one epoch", value=60 * num_runs / seconds, unit="a min"),
        Result(
            what=f"The driver's memory after {num_runs:,} runs against {num_runs // 10:,}",
            value=late / early,
            unit="×",
            goal=1.1,
            is_limit=True,
            spreads={f"after {count:,}, MB": Spread((mb,)) for count, mb in memory.items()},
        ),
        Result(
            what="The driver's processor time, of which one core is what it can bear",
            value=1e3 * worked / num_runs,
            unit="ms a run",
            spreads={"ms an event": Spread((1e3 * worked / num_runs / expected.total(),))},
        ),
        Result(what="Events lost", value=num_lost, unit="", goal=0, is_limit=True),
    ]


def _what_it_said(run: Run) -> Counter[tuple[str, int]]:
    """Return the kinds of a run's events with their steps; all seeds say the same ones."""
    return Counter(
        (type(event).__name__, getattr(event, "step", 0)) for event in EventReader(run).read()
    )


def _killed(options: argparse.Namespace) -> list[Result]:
    num_runs = options.runs or _NUM_RUNS["killed"]
    config = _ONE_EPOCH.replace(epochs=3)
    with _folder() as folder:
        undisturbed: dict[int, bytes] = {}
        begun = time.perf_counter()
        with closing(Here(jobs=options.jobs)) as here:
            runs = [_create(config, seed, folder / "here") for seed in range(num_runs)]
            for run in _carry_out(here, runs):
                undisturbed[run.config.seed] = run.checkpoint_path.read_bytes()
        seconds_per_run = (time.perf_counter() - begun) / num_runs
        runs = [_create(config, seed, folder / "ray") for seed in range(num_runs)]
        with _cluster(options.jobs) as cluster:
            killer = Killer(runs, options.kills, seconds_per_run)
            for run in runs:
                cluster.submit(run)
            while killer.num_left:
                killer.ended(cluster.look(_SECONDS_PER_LOOK))
                killer.act()
        lost = [run for run in runs if run.state() != "finished"]
        other = [
            run
            for run in runs
            if run not in lost and run.checkpoint_path.read_bytes() != undisturbed[run.config.seed]
        ]
    facts = f"{num_runs:,} runs, {killer.num_killed} workers killed"
    return [
        Result(what=f"Runs lost ({facts})", value=len(lost), unit="", goal=0, is_limit=True),
        Result(
            what="Checkpoints that differ from here",
            value=len(other),
            unit="",
            goal=0,
            is_limit=True,
        ),
    ]


def _search(options: argparse.Namespace) -> list[Result]:
    # Here: the other parts do without Optuna.
    from mnist_core.search.folder import open_search
    from mnist_core.search.outcome import is_recipe
    from mnist_core.search.results import SearchReader

    search = open_search(options.search)
    asked = search.asked
    found = SearchReader(search).read().best
    best = next(trial.config for trial in found if not is_recipe(trial, asked.recipe))
    base = get_recipe(asked.recipe).config_on(asked.dataset)
    base = base.replace(epochs=asked.epochs, watch="training", threads=1)
    seeds = range(_FIRST_FRESH_SEED, _FIRST_FRESH_SEED + (options.runs or _NUM_RUNS["search"]))
    with _folder() as folder, closing(Here(jobs=options.jobs)) as here:
        runs: dict[str, str] = {}
        made: list[Run] = []
        for name, config in (("found", best), (asked.recipe, base)):
            for seed in seeds:
                run = create_run(
                    config.replace(seed=seed), recipe=asked.recipe, folder=folder, kind="trial"
                )
                runs[run.id] = name
                made.append(run)
        scores: dict[str, list[Scored]] = {name: [] for name in runs.values()}
        for run in _carry_out(here, made):
            last = EventReader(run).read()[-1]
            assert isinstance(last, Scored), run.log_path
            scores[runs[run.id]].append(last)
    results: list[Result] = []
    for name, told in scores.items():
        losses = [one.validation_loss for one in told]
        accuracies = [one.validation_accuracy for one in told]
        low, high = interval_of_mean(losses) or (losses[0], losses[0])
        what = f"{name}: {told[0].parameters:,} parameters, {len(told)} fresh seeds"
        results.append(
            Result(
                what=f"{what}, loss {statistics.fmean(losses):.4f} ({low:.4f} to {high:.4f})",
                value=statistics.fmean(accuracies),
                unit="%",
                spreads={"accuracy, %": Spread(tuple(accuracies)), "loss": Spread(tuple(losses))},
            )
        )
    return results


def _memory_mb() -> float:
    """Return the resident memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
