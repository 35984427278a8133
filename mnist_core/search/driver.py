"""A search for good networks and settings within a limit of parameters. Needs Optuna.

Optuna proposes, an executor trains, and the journal in the search's folder keeps what was found:

    propose a handful → refuse by arithmetic → train seed by seed → prune → tell → propose …

The first of all is the recipe itself, as far as it can be proposed; what is refused is proposed
once more with fewer channels (`mnist_core.search.choices`).
What is compared is the mean loss over the seeds on images held out of the training set; the test
set is not readable from here (`load_for_search`). Trials are proposed and told in handfuls of a
fixed number, each from a sampler seeded by the handful's number, so that the same search tries the
same however many workers there are and wherever they stand. Knows nothing of torch.
"""

import math
import shutil
import statistics
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import optuna
from optuna.trial import Trial, TrialState

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, MnistError, RunError
from mnist_core.experiments.executor import Executor
from mnist_core.networks.named import describe
from mnist_core.runs.events import Epoch, Event, Failed, Scored, Started
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run
from mnist_core.search.choices import choices_that_fit, first_choices
from mnist_core.search.folder import Search
from mnist_core.search.results import open_study

_SECONDS_PER_LOOK: Final = 1.0
_SECONDS_FOR_LOCK: Final = 5.0
"""Whoever asks whether a search is under way holds its lock for a moment."""
_KNOWS_NOTHING: Final = math.log(10)
"""The loss of a network that finds all ten digits as likely: counted where training failed."""
_MAX_REFUSED_IN_A_ROW: Final = 200
"""Each was tried with the fewest channels, too: one build in 24 then fits the lowest limit."""
_NUM_RANDOM: Final = 16
"""Trials that are proposed at random before those that did well guide the proposals."""
_NUM_BEFORE_PRUNING: Final = 8


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a search is: trials trained to the end or pruned, of how many; runs under way."""

    num_tried: int
    num_asked: int
    num_running: int


@dataclass(eq=False)
class _Tried:
    """A trial of the handful: its settings, and what its seeds have come to so far."""

    trial: Trial
    config: TrainConfig
    losses: list[float] = field(default_factory=lambda: list[float]())
    accuracies: list[float] = field(default_factory=lambda: list[float]())
    curve: list[float] = field(default_factory=lambda: list[float]())
    is_pruned: bool = False


def run_search(search: Search, executor: Executor) -> Generator[Progress]:
    """Try what was asked for, or go on with it; yields how far it is.

    All is then in the search's folder, to be read by `mnist_core.search.results`.
    Closing the iterator, or asking the search to stop, loses the handful that is under way only.
    Raises `RunError` if another process is at it, if a run failed unexpectedly, or where nothing
    fits the limit.
    """
    try:
        lock = search.lock().acquire(timeout=_SECONDS_FOR_LOCK)
    except TimeoutError as error:
        raise RunError(f"The search {search.name!r} is under way in another process.") from error
    with lock:
        search.begin()
        try:
            study = open_study(search)
            _end_what_was_lost(search, study)
            yield from _Driver(search, executor, study).drive()
        except (MnistError, OSError) as error:
            with suppress(OSError):  # where the disk is full
                search.note_failure(_explain(error))
            raise
        except (GeneratorExit, KeyboardInterrupt):
            search.ask_to_stop()  # so it is found as one that was stopped, not as one that was lost
            raise


def _explain(error: MnistError | OSError) -> str:
    if isinstance(error, MnistError):
        return str(error)
    return (
        f"A file could not be read or written ({error.strerror or error}). Free some space; what"
        " was found is kept, and it goes on from there."
    )


@dataclass
class _Driver:
    search: Search
    executor: Executor
    study: optuna.Study
    _runs: dict[str, tuple[Run, _Tried]] = field(
        default_factory=lambda: dict[str, tuple[Run, _Tried]]()
    )

    def drive(self) -> Generator[Progress]:
        asked = self.search.asked
        yield self._progress()
        try:
            self._begin_with_the_recipe()
            while (num_tried := self._num_tried()) < asked.trials:
                self._use_sampler_and_pruner(num_tried)
                handful = self._propose(min(asked.at_once, asked.trials - num_tried))
                for tried in handful:
                    self._submit(tried)
                while self._runs:
                    for run in self.executor.look(_SECONDS_PER_LOOK):
                        self._hear(run)
                    yield self._progress()
                    if self.search.is_asked_to_stop():
                        return
                for tried in handful:
                    self._tell(tried)
                yield self._progress()
        finally:
            for run, _ in self._runs.values():
                self.executor.stop(run)

    def _begin_with_the_recipe(self) -> None:
        """Let it be proposed first, unless it was tried, or waits since a driver died."""
        asked, waits = self.search.asked, (TrialState.WAITING,)
        if not self._num_tried() and not self.study.get_trials(deepcopy=False, states=waits):
            self.study.enqueue_trial(first_choices(asked.space, asked.max_parameters))

    def _num_tried(self) -> int:
        return len(self.study.get_trials(deepcopy=False, states=_TRIED))

    def _progress(self) -> Progress:
        return Progress(
            num_tried=self._num_tried(),
            num_asked=self.search.asked.trials,
            num_running=len(self._runs),
        )

    def _use_sampler_and_pruner(self, num_tried: int) -> None:
        asked = self.search.asked
        self.study.sampler = optuna.samplers.TPESampler(
            seed=asked.seed + num_tried * 7919,
            n_startup_trials=_NUM_RANDOM,
            constant_liar=True,
        )
        # Wilcoxon's test cannot tell anything from three seeds (at best 1 in 8 by chance), so a
        # trial is pruned whose mean so far is worse than half of the others' at that seed.
        self.study.pruner = optuna.pruners.MedianPruner(n_startup_trials=_NUM_BEFORE_PRUNING)

    def _propose(self, count: int) -> list[_Tried]:
        asked, space = self.search.asked, self.search.asked.space
        handful: list[_Tried] = []
        num_refused = 0
        while len(handful) < count:
            trial = self.study.ask()
            try:
                config = space.propose(trial).replace(
                    dataset=asked.dataset, epochs=asked.epochs, watch="training", threads=1
                )
                parameters = describe(config.model).parameters
                if parameters > asked.max_parameters:
                    raise ConfigError(f"{parameters:,} parameters are too many.")
            except ConfigError as error:
                trial.set_user_attr("refused", str(error))
                self.study.tell(trial, state=TrialState.FAIL)
                num_refused += 1
                if num_refused > _MAX_REFUSED_IN_A_ROW:
                    raise RunError(
                        f"None of {num_refused} proposals fits {asked.max_parameters:,}"
                        " parameters; allow more."
                    ) from error
                fitting = choices_that_fit(trial.params, asked.max_parameters)
                if fitting is not None:
                    self.study.enqueue_trial(fitting)  # it is proposed next
                continue
            except ValueError as error:  # Optuna's: it keeps to the values that it has proposed
                raise RunError(
                    f"The search {self.search.name!r} was begun by another version, which chose"
                    " from other values: it cannot go on. Begin one of another name."
                ) from error
            num_refused = 0
            trial.set_user_attr("config", config.to_json())
            trial.set_user_attr("parameters", parameters)
            handful.append(_Tried(trial, config))
        return handful

    def _submit(self, tried: _Tried) -> None:
        config = tried.config.replace(seed=len(tried.losses))
        recipe = self.search.asked.recipe
        run = create_run(config, recipe=recipe, folder=self.search.runs_dir, kind="trial")
        self._runs[run.id] = run, tried
        self.executor.submit(run)

    def _hear(self, run: Run) -> None:
        _, tried = self._runs.pop(run.id)
        told = EventReader(run).read()
        shutil.rmtree(run.folder, ignore_errors=True)
        last = told[-1] if told else None
        match last:
            case Scored():
                tried.losses.append(last.validation_loss)
                tried.accuracies.append(last.validation_accuracy)
            case Failed(is_unexpected=False) if _has_begun(told):
                tried.losses.append(_KNOWS_NOTHING)
                tried.accuracies.append(10.0)
            case Failed():
                raise RunError(f"A run of the search failed: {last.message}")
            case _:
                raise RunError(f"A run of the search ended without a word (see {run.log_path}).")
        if len(tried.losses) == 1:
            epochs = (event for event in told if isinstance(event, Epoch))
            tried.curve = [round(epoch.watch_accuracy, 3) for epoch in epochs]
        self._tell_so_far(tried)
        if len(tried.losses) < self.search.asked.seeds:
            tried.trial.report(statistics.fmean(tried.losses), step=len(tried.losses))
            tried.is_pruned = tried.trial.should_prune()
            if not tried.is_pruned:
                self._submit(tried)

    def _tell_so_far(self, tried: _Tried) -> None:
        """Let readers see what the seeds have come to; it counts when the trial is told."""
        tried.trial.set_user_attr("losses", tried.losses)
        tried.trial.set_user_attr("accuracies", tried.accuracies)
        tried.trial.set_user_attr("curve", tried.curve)

    def _tell(self, tried: _Tried) -> None:
        if tried.is_pruned:
            self.study.tell(tried.trial, state=TrialState.PRUNED)
        else:
            self.study.tell(tried.trial, statistics.fmean(tried.losses))


def _has_begun(told: list[Event]) -> bool:
    """Whether it was training that failed; before it begins, data are what is missing."""
    return any(isinstance(event, Started) for event in told)


_TRIED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


def _end_what_was_lost(search: Search, study: optuna.Study) -> None:
    """Tell the trials failed that a driver was at when it died, and remove their runs."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    shutil.rmtree(search.runs_dir, ignore_errors=True)
