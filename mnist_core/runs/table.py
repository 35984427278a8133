"""Runs told in a line each, for the command line and for the table of runs in the app."""

from dataclasses import dataclass

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.recipes import find_recipe
from mnist_core.config.settings import changed_settings
from mnist_core.errors import MnistError
from mnist_core.runs.changes import in_words
from mnist_core.runs.history import read_changes
from mnist_core.runs.run import Kind, Run, State


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """What a table of runs shows of one: `accuracy` in percent, None until it was tested.

    `changes` are its settings that differ from the recipe's, `changed_while_it_ran` what was done
    to it afterwards. `origin` names the network it began from, empty for random weights;
    `epochs_before` counts the epochs those were trained for.
    """

    id: str
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


def describe_run(run: Run) -> RunRow:
    """Return the run's row; raises `RunError` if its folder cannot be read."""
    config = run.config
    card = _card(run)
    label, origin = run.label, run.origin
    recipe = find_recipe(run.recipe)
    changes = changed_settings(config, recipe.config) if recipe else {}
    changes.pop("seed", None)
    return RunRow(
        id=run.id,
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
        origin=origin.name if origin else "trained weights" if run.kind == "fine_tuning" else "",
        epochs_before=origin.epochs if origin else 0,
        epochs_done=card.epochs if card else 0,
        epochs=config.epochs,
        parameters=card.parameters if card else None,
        accuracy=card.test_accuracy if card else None,
        seconds=card.seconds if card else 0.0,
        created=run.created.isoformat(sep=" ", timespec="minutes"),
    )


def describe_runs(runs: list[Run]) -> list[RunRow]:
    """Return the rows of those runs that can be read; a damaged folder hides no other."""
    rows: list[RunRow] = []
    for run in runs:
        try:
            rows.append(describe_run(run))
        except MnistError:
            continue
    return rows


def _card(run: Run) -> Card | None:
    try:
        return read_card(run.checkpoint_path)
    except MnistError:
        return None
