"""A study: one recipe trained with several seeds, and what that says of the recipe.

Each seed is a run of its own in `runs/studies/NAME/`, one thread each, carried out by an executor
several at a time; a study that was interrupted goes on where its runs stand. Every seed
trains on all training images, and the test set is measured once, after its last epoch.
Knows nothing of torch.
"""

import hashlib
import re
import statistics
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from mnist_core import records
from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import RunError
from mnist_core.experiments.executor import Executor
from mnist_core.experiments.machine import describe_machine
from mnist_core.experiments.student import interval_of_mean
from mnist_core.files import MODELS_DIR, runs_dir
from mnist_core.networks.named import describe
from mnist_core.records import Count, Percent, Positive, Text, Word
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.history import History, read_history
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run
from mnist_core.strokes.files import StrokeSet

_SECONDS_PER_LOOK: Final = 1.0
_LONGEST_NAME: Final = 80


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A finished study: accuracies in percent and training seconds, by seed from 0 up.

    All are of the weights after the last of `epochs` epochs over `num_train` images. `name` is
    the recipe's, with what was changed from it.
    """

    name: Word
    recipe: Word
    dataset: Word
    model: Text
    parameters: Positive
    epochs: Positive
    num_train: Positive
    test_accuracies: Annotated[tuple[Percent, ...], Meta(min_length=1)]
    seconds: tuple[Annotated[float, Meta(gt=0, le=1e9)], ...]
    jobs: Positive
    date: Word
    machine: Mapping[Word, Word | Count]

    def __post_init__(self) -> None:
        if len(self.test_accuracies) != len(self.seconds):
            raise ValueError("there are not as many times as accuracies")
        describe(self.model)  # raises where this version knows no such network

    @property
    def mean(self) -> float:
        return statistics.fmean(self.test_accuracies)

    @property
    def standard_deviation(self) -> float | None:
        """The sample's, over n - 1; None for a single seed."""
        return statistics.stdev(self.test_accuracies) if len(self.test_accuracies) > 1 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean over seeds, by Student's t; None for a single seed."""
        return interval_of_mean(self.test_accuracies)

    def to_json(self) -> dict[str, Any]:
        deviation, interval = self.standard_deviation, self.interval
        return {
            **msgspec.structs.asdict(self),
            "seeds": list(range(len(self.test_accuracies))),
            "mean": round(self.mean, 4),
            "sd": None if deviation is None else round(deviation, 4),
            "minimum": min(self.test_accuracies),
            "maximum": max(self.test_accuracies),
            "low": None if interval is None else round(interval[0], 4),
            "high": None if interval is None else round(interval[1], 4),
        }

    def to_text(self) -> str:
        """Return one line a seed and one for all."""
        lines = [
            f"seed {seed}: {accuracy:.2f} %, {seconds:.0f} s"
            for seed, (accuracy, seconds) in enumerate(
                zip(self.test_accuracies, self.seconds, strict=True)
            )
        ]
        text = f"{self.name} ({self.parameters:,} parameters): {self.mean:.3f} %"
        if self.standard_deviation is not None and self.interval is not None:
            low, high = self.interval
            text += (
                f" mean of {len(self.test_accuracies)} seeds, sd {self.standard_deviation:.3f},"
                f" min {min(self.test_accuracies):.2f}, max {max(self.test_accuracies):.2f},"
                f" 95 % interval of the mean {low:.3f} to {high:.3f}"
            )
        return "\n".join([*lines, text])


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a study is: `fraction` of all its training, and the accuracies known so far."""

    fraction: float
    num_running: int
    test_accuracies: tuple[float, ...]


def run_study(
    recipe: str,
    changes: Mapping[str, Any] | None = None,
    *,
    num_seeds: int,
    executor: Executor,
    folder: Path | None = None,
    strokes: StrokeSet | None = None,
) -> Generator[Progress]:
    """Train the seeds 0 to `num_seeds` - 1 with the executor; yields how far it is.

    `changes` are settings that differ from the recipe's; each seed trains with the same `strokes`.
    The study is then in the folder `study_folder(study_name(...))` as study.json. Closing the
    iterator early stops the runs; the next call goes on with them. Raises `RunError` for a seed
    that failed, and `ConfigError` for a setting out of range.
    """
    changes = changes or {}
    config = study_config(recipe, changes)
    name = study_name(recipe, changes)
    home = study_folder(name, folder)
    known = {run.config.seed: run for run in _runs_of(config, recipe, home, strokes)}
    seeds = range(num_seeds)
    runs = [
        known.get(seed)
        or create_run(config.replace(seed=seed), recipe=recipe, folder=home, strokes=strokes)
        for seed in seeds
    ]
    cards = {run.id: read_card(run.checkpoint_path) for run in runs if run.state() == "finished"}
    under_way = {run.id: (EventReader(run), History()) for run in runs if run.id not in cards}
    try:
        for run in runs:
            if run.id in under_way:
                _submit(run, executor)
        while under_way:
            for run in executor.look(_SECONDS_PER_LOOK):
                del under_way[run.id]
                cards[run.id] = _card_of(run)
            for reader, history in under_way.values():
                history.extend(reader.read())
            yield _progress(runs, cards, [history for _, history in under_way.values()])
    finally:
        for run in runs:
            if run.id in under_way:
                executor.stop(run)
    done = [cards[run.id] for run in runs]
    yield _progress(runs, cards, [])
    records.write(home / "study.json", _sum_up(name, recipe, done, executor.jobs).to_json())


def _progress(
    runs: Sequence[Run], cards: Mapping[str, Card], under_way: Sequence[History]
) -> Progress:
    return Progress(
        fraction=(len(cards) + sum(history.fraction_done for history in under_way)) / len(runs),
        num_running=sum(history.started is not None for history in under_way),
        test_accuracies=tuple(_accuracy(cards[run.id]) for run in runs if run.id in cards),
    )


def study_name(recipe: str, changes: Mapping[str, Any]) -> str:
    """Return the recipe's name, or one that tells what was changed: "seed-epochs-3".

    It is fit for a folder's name: what a line has besides letters and digits becomes `_`, and some
    digits of its hash keep two lines apart.
    """
    told = "-".join([recipe, *(f"{key}-{value}" for key, value in changes.items())])
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", told)[:_LONGEST_NAME]
    return plain if plain == told else f"{plain}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def study_config(recipe: str, changes: Mapping[str, Any]) -> TrainConfig:
    """Return what each seed of a study trains with: the recipe, on all training images."""
    return get_recipe(recipe).changed(changes).replace(watch="training", threads=1)


def study_folder(name: str, folder: Path | None = None) -> Path:
    return (folder or runs_dir()) / "studies" / name


def read_study(path: Path) -> Study:
    """Return a study from its file; raises `RecordError` if it is not one."""
    return records.read(path, Study, remedy="Run it again, or put the file aside.")


def list_studies(folder: Path | None = None, problems: list[str] | None = None) -> list[Study]:
    """Return the studies that ship and those made here, which take a shipped one's place.

    Those that cannot be read are left out; why is added to `problems`.
    """
    shipped = sorted(MODELS_DIR.glob("*.study.json"))
    own = sorted(((folder or runs_dir()) / "studies").glob("*/study.json"))
    found = records.read_each((*shipped, *own), read_study, problems)
    return list({study.name: study for study in found}.values())


def _runs_of(config: TrainConfig, recipe: str, home: Path, strokes: StrokeSet | None) -> list[Run]:
    """Return the study's runs that were made before, whatever their seed."""
    wanted = (config, recipe, strokes.facts if strokes else None)
    return [
        run
        for run in list_runs(home)
        if run.is_readable() and (run.config.replace(seed=0), run.recipe, run.strokes) == wanted
    ]


def _submit(run: Run, executor: Executor) -> None:
    if run.state() in ("stopped", "lost", "failed"):
        run.prepare_to_resume()
    elif run.state() == "paused":
        run.resume()
    executor.submit(run)


def _card_of(run: Run) -> Card:
    """Return the card of a run that has ended; raises `RunError` if it has none to show."""
    if run.state() == "finished":
        return read_card(run.checkpoint_path)
    if failed := read_history(run).failed:
        raise RunError(f"Seed {run.config.seed} failed: {failed.message}")
    raise RunError(
        f"The run of seed {run.config.seed} ended early (see {run.log_path}). Start the study"
        " again: it goes on from there."
    )


def _sum_up(name: str, recipe: str, cards: Sequence[Card], jobs: int) -> Study:
    first = cards[0]
    return Study(
        name=name,
        recipe=recipe,
        dataset=first.dataset,
        model=first.model,
        parameters=first.parameters,
        epochs=round(first.epochs),
        num_train=first.num_train,
        test_accuracies=tuple(_accuracy(card) for card in cards),
        seconds=tuple(round(card.seconds, 1) for card in cards),
        jobs=jobs,
        date=date.today().isoformat(),
        machine=describe_machine(),
    )


def _accuracy(card: Card) -> float:
    assert card.test_accuracy is not None
    return card.test_accuracy
