"""Runs told in a line each, for the command line and for the table of runs in the app."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_core.checkpoints.card import Card, card_path, read_card
from mnist_core.checkpoints.origin import Origin
from mnist_core.config.recipes import find_recipe
from mnist_core.config.settings import knobs
from mnist_core.errors import MnistError, RecordError
from mnist_core.files import last_changed
from mnist_core.runs.changes import in_words
from mnist_core.runs.control import Kind
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
    run.check()
    config = run.config
    card = _card(run)
    label, origin = run.label, run.origin
    recipe = find_recipe(run.recipe)
    changes = recipe.changes_in(config) if recipe else {}
    for name in ("seed", "dataset"):  # these stand in columns of their own
        changes.pop(name, None)
    return RunRow(
        id=run.id,
        title=title_of(run),
        name=label.name,
        note=label.note,
        kind=run.kind,
        state=run.state(),
        recipe=run.recipe,
        model=config.model,
        dataset=config.dataset,
        watch=config.watch,
        seed=config.seed,
        changes=", ".join(f"{name} {value}" for name, value in changes.items()),
        changed_while_it_ran=in_words(read_changes(run)),
        origin=_call_origin(run),
        epochs_before=origin.epochs if origin else 0,
        epochs_done=card.epochs if card else 0,
        epochs=config.epochs - (origin.epochs if origin and run.kind == "training" else 0),
        parameters=card.parameters if card else None,
        accuracy=card.test_accuracy if card else None,
        seconds=card.seconds if card else 0.0,
        created=run.created.isoformat(sep=" ", timespec="minutes"),
        problem=" ".join(problems_of(run)),
    )


def problems_of(run: Run) -> list[str]:
    """Say which files of a run cannot be read that it can do without; nothing where all can."""
    found = run.problems
    if os.path.lexists(card_path(run.checkpoint_path)):
        try:
            read_card(run.checkpoint_path)
        except RecordError as error:
            found.append(str(error))
    return found


def title_of(run: Run) -> str:
    """Return what to call a run: its own name, or one made of what makes it different.

    So "seed, learning rate 0.02", "my 8c5 p2 …, seed 3", "record fine-tuned on 12 drawings".
    """
    if run.label.name:
        return run.label.name
    config, origin = run.config, run.origin
    if run.kind == "lr_search":
        return f"learning rates for {run.recipe}"
    if run.kind == "fine_tuning":
        drawings = f"{origin.num_drawings:,} drawings" if origin else "drawings"
        begun = call_origin(origin, run.folder.parent) if origin else config.model
        return f"{begun} fine-tuned on {drawings}"
    recipe = find_recipe(run.recipe)
    if recipe is None:
        return f"{run.recipe}, seed {config.seed}"
    changed = recipe.changes_in(config)
    title = run.recipe
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


def _call_origin(run: Run) -> str:
    if run.origin is not None:
        return call_origin(run.origin, run.folder.parent)
    return "trained weights" if run.kind == "fine_tuning" else ""


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


def _card(run: Run) -> Card | None:
    try:
        return read_card(run.checkpoint_path)
    except MnistError:
        return None
