"""What a search has found so far, read from its journal. Needs Optuna; knows nothing of torch."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from mnist_core import records
from mnist_core.config.recipes import get_recipe, repeat_command
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError, RecordError
from mnist_core.experiments.student import interval_of_mean
from mnist_core.files import open_plain
from mnist_core.search.folder import Search

NUM_BEST: Final = 10

_STUDY: Final = "search"
_MOST_BYTES: Final = 1_000_000_000
_NUM_THAT_TELL: Final = 8
"""Finished trials before it is said which settings matter."""
_FOR_THE_CHALLENGE: Final = {
    "epochs": 19,
    "seed": 0,
    "watch": "validation",
    "threads": 1,
    "dataset": "mnist",
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A network that was trained: with all seeds, or pruned after its first.

    `losses` and `accuracies` (percent) are those of the held-out images, by seed from 0; `curve`
    the first seed's accuracy by epoch. `choices` are what was searched over, by name.
    """

    number: int
    state: Literal["finished", "pruned"]
    config: TrainConfig
    parameters: int
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    curve: tuple[float, ...]
    choices: Mapping[str, Any]
    ended: datetime | None

    @property
    def loss(self) -> float:
        return statistics.fmean(self.losses)

    @property
    def accuracy(self) -> float:
        return statistics.fmean(self.accuracies)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean loss over seeds, by Student's t; None for one seed."""
        return interval_of_mean(self.losses)


@dataclass(frozen=True, kw_only=True)
class Found:
    """All that a search has come to: its trials in order, and how many were refused."""

    trials: tuple[Trial, ...]
    num_refused: int

    @property
    def finished(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.state == "finished"]

    @property
    def best(self) -> list[Trial]:
        """The finished trials with the least mean loss, the best first."""
        return sorted(self.finished, key=lambda trial: trial.loss)[:NUM_BEST]

    @property
    def front(self) -> list[Trial]:
        """The finished trials that no smaller one beats, from few parameters to many."""
        found: list[Trial] = []
        for trial in sorted(self.finished, key=lambda trial: (trial.parameters, trial.loss)):
            if not found or trial.loss < found[-1].loss:
                found.append(trial)
        return found


def open_study(search: Search) -> optuna.Study:
    """Return Optuna's study of a search, made if it is new. One process may write to it.

    Raises `RecordError` where its journal cannot be read.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = str(search.journal_path)
    try:
        if search.journal_path.exists():
            open_plain(search.journal_path, _MOST_BYTES).close()
        storage = JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))
        return optuna.create_study(
            storage=storage, study_name=_STUDY, direction="minimize", load_if_exists=True
        )
    except Exception as error:  # Optuna believes its journal, and fails in any way at another
        raise RecordError(
            path, records.reason_of(error), "Put the search's folder aside."
        ) from error


def read_found(study: optuna.Study) -> Found:
    """Return what the study's journal says; trials that are under way are left out."""
    trials = study.get_trials(deepcopy=False)
    known = [found for trial in trials if (found := _read(trial)) is not None]
    return Found(
        trials=tuple(known), num_refused=sum("refused" in trial.user_attrs for trial in trials)
    )


def importances(study: optuna.Study) -> dict[str, float]:
    """Return the share of the good trials' difference that each choice explains, most first.

    By PED-ANOVA (Watanabe, Bansal and Hutter, 2023). Empty while there are too few trials.
    """
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < _NUM_THAT_TELL:
        return {}
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())


def to_json(search: Search, found: Found) -> dict[str, Any]:
    """Return what `search --json` prints."""
    recipe = search.asked.recipe
    return {
        "trials": len(found.finished),
        "refused": found.num_refused,
        "pruned": sum(trial.state == "pruned" for trial in found.trials),
        "best": [_best_json(trial, recipe) for trial in found.best],
        "folder": str(search.folder),
    }


def commands(trial: Trial, recipe: str) -> tuple[str, str]:
    """Return the commands that train a trial's network longer, and that study it.

    The study is the first and only look at the test set.
    """
    known = get_recipe(recipe)
    changes = known.changes_in(trial.config) | _FOR_THE_CHALLENGE
    train = repeat_command(recipe, known.changed(changes))
    return train, train.replace(" train ", " study ", 1) + " --seeds 10"


def _best_json(trial: Trial, recipe: str) -> dict[str, Any]:
    interval = trial.interval
    settings = get_recipe(recipe).changes_in(trial.config)
    for name in ("model", "seed", "watch", "threads", "epochs", "dataset"):
        settings.pop(name, None)
    return {
        "model": trial.config.model,
        "parameters": trial.parameters,
        "validation_loss": round(trial.loss, 6),
        "validation_loss_interval": None if interval is None else [round(x, 6) for x in interval],
        "validation_accuracy": round(trial.accuracy, 4),
        "settings": settings,
    }


def _read(trial: FrozenTrial) -> Trial | None:
    if trial.state not in (TrialState.COMPLETE, TrialState.PRUNED):
        return None
    said = trial.user_attrs
    try:
        return Trial(
            number=trial.number,
            state="finished" if trial.state == TrialState.COMPLETE else "pruned",
            config=records.convert(
                said["config"], TrainConfig, file="A trial", remedy="Leave it out."
            ),
            parameters=int(said["parameters"]),
            losses=_numbers(said["losses"]),
            accuracies=_numbers(said["accuracies"]),
            curve=_numbers(said["curve"]),
            choices=trial.params,
            ended=trial.datetime_complete,
        )
    except (MnistError, KeyError, TypeError, ValueError):  # another version's
        return None


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(map(float, values))
