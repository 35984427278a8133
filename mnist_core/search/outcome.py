"""What a search comes to, beside the recipe it began with: as JSON, and as commands."""

from typing import Any, Final

from mnist_core.config.challenge import MAX_CHALLENGE_EPOCHS
from mnist_core.config.recipes import get_recipe, repeat_command
from mnist_core.config.settings import TrainConfig
from mnist_core.search.folder import Search
from mnist_core.search.results import Found, Trial

_SET_FOR_ALL: Final = ("model", "seed", "watch", "threads", "epochs", "dataset")
_FOR_THE_CHALLENGE: Final = {
    "epochs": 19,
    "seed": 0,
    "watch": "validation",
    "threads": 1,
    "dataset": "mnist",
}


def to_json(search: Search, found: Found) -> dict[str, Any]:
    """Return what `search --json` prints."""
    recipe = search.asked.recipe
    itself = next((trial for trial in found.finished if is_recipe(trial, recipe)), None)
    return {
        "trials": len(found.finished),
        "refused": found.num_refused,
        "pruned": sum(trial.state == "pruned" for trial in found.trials),
        "best": [_best_json(trial, recipe) for trial in found.best],
        "start": None if itself is None else _best_json(itself, recipe),
        "folder": str(search.folder),
    }


def to_train(trial: Trial) -> TrainConfig:
    """Return the settings to train a trial's network with for as long as the challenge allows."""
    return trial.config.replace(epochs=MAX_CHALLENGE_EPOCHS, seed=0, watch="validation", threads=1)


def commands(trial: Trial, recipe: str) -> tuple[str, str]:
    """Return the commands that train a trial's network longer, and that study it.

    The study is the first and only look at the test set.
    """
    known = get_recipe(recipe)
    changes = known.changes_in(trial.config) | _FOR_THE_CHALLENGE
    config = known.changed(changes)
    study = repeat_command(recipe, config, "study")
    return repeat_command(recipe, config), f"{study} --seeds 10"


def changed_settings(trial: Trial, recipe: str) -> dict[str, Any]:
    """Return the settings that a search may change and that differ from the recipe's."""
    changes = get_recipe(recipe).changes_in(trial.config)
    return {name: value for name, value in changes.items() if name not in _SET_FOR_ALL}


def is_recipe(trial: Trial, recipe: str) -> bool:
    """Return whether the trial is the recipe itself, network and settings."""
    model = get_recipe(recipe).config_on(trial.config.dataset).model
    return trial.config.model == model and not changed_settings(trial, recipe)


def _best_json(trial: Trial, recipe: str) -> dict[str, Any]:
    interval = trial.interval
    return {
        "model": trial.config.model,
        "parameters": trial.parameters,
        "validation_loss": round(trial.loss, 6),
        "validation_loss_interval": None if interval is None else [round(x, 6) for x in interval],
        "validation_accuracy": round(trial.accuracy, 4),
        "settings": changed_settings(trial, recipe),
    }
