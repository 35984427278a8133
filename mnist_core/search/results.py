"""What a search has found so far, read from its journal. Needs Optuna; knows nothing of torch."""

import statistics
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from mnist_core import records
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError, RecordError
from mnist_core.experiments.student import interval_of_mean
from mnist_core.files import drop_torn_line, open_plain
from mnist_core.search.folder import Search

NUM_BEST: Final = 10

_STUDY: Final = "search"
_MOST_BYTES: Final = 1_000_000_000
_NUM_OF_EACH: Final = 3
"""Finished trials with a choice, and without it, before its importance is told."""
_NUM_THAT_TELL: Final = 8
"""Finished trials before it is said which settings matter."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A network that was trained: with all seeds, or pruned after its first ones.

    `losses` and `accuracies` (percent) are those of the held-out images, by seed from 0, of the
    seeds that have ended; `curve` the first seed's accuracy by epoch. `choices` are what was
    searched over, by name.
    """

    number: int
    state: Literal["finished", "pruned", "under way"]
    config: TrainConfig
    parameters: int
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    curve: tuple[float, ...]
    choices: Mapping[str, Any]
    begun: datetime | None
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
    """All that a search has come to: its trials in order, and how many were refused.

    `under_way` are those trials that wait for more of their seeds, or for the others that were
    proposed with them; where no driver is at it any more, they are lost.
    """

    trials: tuple[Trial, ...] = ()
    under_way: tuple[Trial, ...] = ()
    num_refused: int = 0

    @property
    def known(self) -> tuple[Trial, ...]:
        """All trials of which there is something to show."""
        return (*self.trials, *self.under_way)

    @property
    def finished(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.state == "finished"]

    @property
    def best(self) -> list[Trial]:
        """The ten lines with the least mean loss, the best first, each with its best settings.

        Where all finished trials are of one line they differ in settings: these are then the ten.
        """
        ranked = sorted(self.finished, key=lambda trial: trial.loss)
        of_each: dict[str, Trial] = {}
        for trial in ranked:
            of_each.setdefault(trial.config.model, trial)
        return (ranked if len(of_each) == 1 else list(of_each.values()))[:NUM_BEST]

    @property
    def front(self) -> list[Trial]:
        """The finished trials that no smaller one is as accurate as, from few parameters up."""
        found: list[Trial] = []
        for trial in sorted(self.finished, key=lambda trial: (trial.parameters, -trial.accuracy)):
            if not found or trial.accuracy > found[-1].accuracy:
                found.append(trial)
        return found


def open_study(search: Search) -> optuna.Study:
    """Return Optuna's study of a search, made if it is new; for the driver alone, which writes.

    What a driver that was killed left half written, or locked, is put right. Raises `RecordError`
    where its journal cannot be read.
    """
    path = search.journal_path
    Path(f"{path}.lock").unlink(missing_ok=True)
    with _as_record_error(search):
        if path.exists():
            open_plain(path, _MOST_BYTES).close()
            drop_torn_line(path)
        return optuna.create_study(
            storage=_storage(search), study_name=_STUDY, direction="minimize", load_if_exists=True
        )


def _storage(search: Search) -> JournalStorage:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = str(search.journal_path)
    if search.journal_path.exists():
        open_plain(search.journal_path, _MOST_BYTES).close()
    return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))


@contextmanager
def _as_record_error(search: Search) -> Generator[None]:
    """Optuna believes its journal, and fails in any way at another."""
    try:
        yield
    except Exception as error:
        raise RecordError(
            str(search.journal_path), records.reason_of(error), "Put the search's folder aside."
        ) from error


@dataclass(eq=False)
class SearchReader:
    """Reads what a search has found, again and again, each trial once; writes nothing.

    Thread-safe. It is for one search: where that is deleted and made anew, make another reader.
    """

    search: Search
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _study: optuna.Study | None = None
    _known: dict[int, Trial | None] = field(default_factory=lambda: dict[int, Trial | None]())
    _found: Found = field(default_factory=Found)
    _told: tuple[int, dict[str, float]] = (0, {})

    def read(self) -> Found:
        """Return what the journal says by now.

        It is the same object as before where nothing was added.
        """
        with self._guard:
            self._open()
            if self._study is None:
                return self._found
            with _as_record_error(self.search):
                trials = self._study.get_trials(deepcopy=False)
            ended = [trial for trial in trials if trial.state.is_finished()]
            new = [trial for trial in ended if trial.number not in self._known]
            self._known |= {trial.number: _read(trial) for trial in new}
            begun = (_read(trial) for trial in trials if trial.state == TrialState.RUNNING)
            under_way = tuple(trial for trial in begun if trial is not None)
            if new or under_way != self._found.under_way:
                told = (self._known[trial.number] for trial in ended)
                self._found = Found(
                    trials=tuple(trial for trial in told if trial is not None),
                    under_way=under_way,
                    num_refused=sum("refused" in trial.user_attrs for trial in ended),
                )
            return self._found

    def importances(self) -> dict[str, float]:
        """Return the share of the good trials' difference that each choice explains, most first.

        By PED-ANOVA (Watanabe, Bansal and Hutter, 2023). Empty while there are too few trials; a
        choice that only some networks have is left out while too few have it, or have it not.
        """
        num_finished = len(self.read().finished)
        with self._guard:
            if self._study is None or num_finished < _NUM_THAT_TELL:
                return {}
            if self._told[0] != num_finished:
                self._told = num_finished, _importances(self._study)
            return self._told[1]

    def _open(self) -> None:
        if self._study is None and self.search.journal_path.exists():
            # A KeyError: the file was only just made.
            with _as_record_error(self.search), suppress(KeyError):
                self._study = optuna.load_study(study_name=_STUDY, storage=_storage(self.search))


def _importances(study: optuna.Study) -> dict[str, float]:
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    counts = Counter(name for trial in finished for name in trial.params)
    most = len(finished)
    names = [
        name
        for name, count in counts.items()
        if count == most or _NUM_OF_EACH <= count <= most - _NUM_OF_EACH
    ]
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(), params=names)


_STATES: Final[dict[TrialState, Literal["finished", "pruned", "under way"]]] = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.RUNNING: "under way",
}


def _read(trial: FrozenTrial) -> Trial | None:
    """Return a trial that was trained; None for one that was refused or lost, or is only begun."""
    said = trial.user_attrs
    if trial.state not in _STATES or not said.get("losses"):
        return None
    try:
        return Trial(
            number=trial.number,
            state=_STATES[trial.state],
            config=records.convert(
                said["config"], TrainConfig, file="A trial", remedy="Leave it out."
            ),
            parameters=int(said["parameters"]),
            losses=_numbers(said["losses"]),
            accuracies=_numbers(said["accuracies"]),
            curve=_numbers(said["curve"]),
            choices=trial.params,
            begun=trial.datetime_start,
            ended=trial.datetime_complete,
        )
    except (MnistError, KeyError, TypeError, ValueError):  # another version's
        return None


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(map(float, values))
