"""Runs told in a line each, for the command line and for the table of runs in the app."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mnist_core.checkpoints.card import Card, card_path, read_card
from mnist_core.checkpoints.origin import Origin
from mnist_core.config.recipes import find_recipe
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import MnistError, RecordError
from mnist_core.files import last_changed
from mnist_core.runs.changes import in_words
from mnist_core.runs.control import About, Kind
from mnist_core.runs.folder import find_run
from mnist_core.runs.history import read_changes
from mnist_core.runs.queue import Queue
from mnist_core.runs.run import Run, State

_WORDS_OF_A_LINE: Final = 2
_MOST_TOLD: Final = 2
_SELDOM_TOLD: Final = ("dataset", "watch", "threads", "device")
"""Settings that are shown beside a run's title, or matter to few."""
_MOST_KEPT: Final = 10_000

_kept: Final[dict[Path, tuple[int, "RunRow"]]] = {}
"""Rows of runs that have ended, by folder, with the time of its last change."""
_reading: Final = threading.Lock()
"""Held while rows are read: who asks meanwhile waits, and finds them kept."""


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """What a table of runs shows of one: `accuracy` in percent, None until it was tested.

    `changes` are its settings that differ from the recipe's, `changed_while_it_ran` what was done
    to it afterwards. `origin` names the network it began from, empty for random weights;
    `epochs_before` counts the epochs those were trained for. `title` is
    `title_of` the run, `name` only what a person called it. `problem` says which of its files
    cannot be read, empty where all can.
    """

    id: str
    title: str
    name: str
    note: str
    kind: Kind
    state: State
    recipe: str
    model: str
    dataset: str
    watch: str
    seed: int
    changes: str
    changed_while_it_ran: str
    origin: str
    epochs_before: int
    epochs_done: float
    epochs: int
    parameters: int | None
    accuracy: float | None
    seconds: float
    created: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A run with which nothing can be done; `problem` says which file is bad and what to do."""

    run: Run
    problem: str


def describe_run(run: Run) -> RunRow:
    """Return the run's row; raises `RecordError` if nothing can be done with the run."""
    facts = _facts_of(run)
    about, config, label = facts.about, facts.config, run.label
    origin = about.origin
    changed_while_it_ran = in_words(read_changes(run))  # raises where what it said is unreadable
    card, problem = _card_of(run)
    changes = {
        name: value
        for name, value in (facts.changes or {}).items()
        if name not in ("seed", "dataset")  # these stand in columns of their own
    }
    return RunRow(
        id=run.id,
        title=label.name or _title(facts),
        name=label.name,
        note=label.note,
        kind=facts.kind,
        state=run.state(),
        recipe=about.recipe,
        model=config.model,
        dataset=config.dataset,
        watch=config.watch,
        seed=config.seed,
        changes=", ".join(f"{name} {value}" for name, value in changes.items()),
        changed_while_it_ran=changed_while_it_ran,
        origin=_call_origin(facts),
        epochs_before=origin.epochs if origin else 0,
        epochs_done=card.epochs if card else 0,
        epochs=config.epochs - (origin.epochs if origin and facts.kind == "training" else 0),
        parameters=card.parameters if card else None,
        accuracy=card.test_accuracy if card else None,
        seconds=card.seconds if card else 0.0,
        created=about.created.isoformat(sep=" ", timespec="minutes"),
        problem=" ".join([*run.problems, *problem]),
    )


def problems_of(run: Run) -> list[str]:
    """Say which files of a run cannot be read that it can do without; nothing where all can."""
    return [*run.problems, *_card_of(run)[1]]


def _card_of(run: Run) -> tuple[Card | None, list[str]]:
    """Return a run's card, if it can be read, and why it cannot where there is one."""
    if not os.path.lexists(card_path(run.checkpoint_path)):
        return None, []
    try:
        return read_card(run.checkpoint_path), []
    except RecordError as error:
        return None, [str(error)]


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What is asked of a run more than once for its row: each is read from the disk once.

    `changes`: its settings that are not its recipe's, None where this version knows no such recipe.
    """

    run: Run
    about: About
    kind: Kind
    config: TrainConfig
    changes: dict[str, Any] | None


def _facts_of(run: Run) -> _Facts:
    about, config = run.about, run.config
    recipe = find_recipe(about.recipe)
    return _Facts(
        run=run,
        about=about,
        kind=run.kind,
        config=config,
        changes=recipe.changes_in(config) if recipe else None,
    )


def title_of(run: Run) -> str:
    """Return what to call a run: its own name, or one made of what makes it different.

    So "seed, learning rate 0.02", "my 8c5 p2 …, seed 3", "record fine-tuned on 12 drawings".
    """
    return run.label.name or _title(_facts_of(run))


def _title(facts: _Facts) -> str:
    recipe, origin = facts.about.recipe, facts.about.origin
    if facts.kind == "lr_search":
        return f"learning rates for {recipe}"
    if facts.kind == "fine_tuning":
        drawings = f"{origin.num_drawings:,} drawings" if origin else "drawings"
        begun = call_origin(origin, facts.run.folder.parent) if origin else facts.config.model
        return f"{begun} fine-tuned on {drawings}"
    if facts.changes is None:
        return f"{recipe}, seed {facts.config.seed}"
    changed = dict(facts.changes)
    title = recipe
    if (model := changed.pop("model", None)) is not None:
        words = str(model).split()
        is_long = len(words) > _WORDS_OF_A_LINE
        title = f"my {' '.join(words[:_WORDS_OF_A_LINE])}{' …' if is_long else ''}"
    for name in _SELDOM_TOLD:
        changed.pop(name, None)
    seed = changed.pop("seed", None)
    if origin is not None:
        title += f" from epoch {origin.epochs}"
    parts = [f"{knobs()[name].label.lower()} {value}" for name, value in changed.items()]
    num_more = len(parts) - _MOST_TOLD
    more = [f"{num_more} more change{'s' if num_more > 1 else ''}"] if num_more > 0 else []
    told = [*parts[:_MOST_TOLD], *more, *([] if seed is None else [f"seed {seed}"])]
    return ", ".join([title, *told])


def call_origin(origin: Origin, folder: Path) -> str:
    """Return what to call what a run began from: a run by its title, while it is in the folder."""
    run = find_run(origin.name, folder)
    if run is None or not run.is_readable():
        return origin.name
    return f"{title_of(run)} · {run.id[-4:]}"


def _call_origin(facts: _Facts) -> str:
    if facts.about.origin is not None:
        return call_origin(facts.about.origin, facts.run.folder.parent)
    return "trained weights" if facts.kind == "fine_tuning" else ""


def describe_runs(runs: list[Run]) -> tuple[list[RunRow], list[Unreadable]]:
    """Return the rows of those runs that can be read, and the others: they hide no run.

    The rows of runs that have ended are kept: to read 5,000 of them takes seconds, to see that none
    has changed a tenth of one. All that is written to a run that has ended is written as a new
    file, which changes its folder's time.
    """
    under_way = {
        run.folder
        for parent in {run.folder.parent for run in runs}
        for run in Queue(parent).under_way()
    }
    rows: list[RunRow] = []
    others: list[Unreadable] = []
    with _reading:
        for run in runs:
            try:
                rows.append(describe_run(run) if run.folder in under_way else _describe_ended(run))
            except MnistError as error:
                others.append(Unreadable(run=run, problem=str(error)))
    return rows, others


def _describe_ended(run: Run) -> RunRow:
    changed = last_changed(run.folder)  # before it is read: what changes meanwhile is read again
    kept = _kept.get(run.folder)
    if kept is not None and kept[0] == changed:
        return kept[1]
    row = describe_run(run)
    if row.state not in ("waiting", "running", "paused"):
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[run.folder] = changed, row
    return row
