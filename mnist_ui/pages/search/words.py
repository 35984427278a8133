"""What a search chose from, and what it asks and has found, in words. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from mnist_core.config.settings import knobs
from mnist_core.data.parts import SIZES
from mnist_core.search.folder import Asked
from mnist_core.search.outcome import changed_settings, is_recipe
from mnist_core.search.results import Found, Trial
from mnist_core.search.space import SETTINGS
from mnist_ui import wording

_PARTS: Final = {
    "width": "channels",
    "kernel": "kernel",
    "halving": "halving",
    "padding": "padding",
    "layers": "convolutions",
    "groups": "groups",
    "again": "same kernel again",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A search that is drawn, by its name, and the trial of it that was chosen, if one was.

    `recipe` is what it began with.
    """

    name: str
    found: Found
    recipe: str
    chosen: Trial | None = None

    @cached_property
    def start(self) -> Trial | None:
        """The trial of the recipe itself; None where it was not among them.

        Kept: the pictures and their words all ask, and where there is none every trial is read.
        """
        return next((one for one in self.found.known if is_recipe(one, self.recipe)), None)


def choice(name: str) -> str:
    """Name what was chosen: "learning rate", "stage 1: channels", "first: kernel"."""
    if name in SETTINGS:
        return knobs()[name].label.lower()
    part, _, place = name.partition("_")
    if part not in _PARTS:
        return name
    return f"{'first' if place == '0' else f'stage {place}'}: {_PARTS[part]}"


def value(name: str, chosen: Any) -> str:
    """Say what was chosen, as one reads it in the line or in the settings."""
    if name.startswith("padding"):
        return "none" if chosen == "v" else "padded"
    if isinstance(chosen, bool):
        return "yes" if chosen else "no"
    return f"{chosen:.3g}" if isinstance(chosen, float) else str(chosen)


def asked(search: Asked) -> str:
    """Say what was asked for, in one sentence."""
    held_out = SIZES[search.dataset].search
    seeds = "one seed" if search.seeds == 1 else f"{search.seeds} seeds"
    return (
        f"At most {search.max_parameters:,} parameters; {wording.count_epochs(search.epochs)} on"
        f" {wording.DATASETS[search.dataset]}, {seeds} each, measured on {held_out:,} training"
        f" images held out. {_searched_over(search)} The test images are not opened."
    )


def _searched_over(search: Asked) -> str:
    free = [name for name in SETTINGS if name not in search.fixed]
    over = [] if search.network else ["networks"]
    if free:
        over.append(
            "all eight settings"
            if len(free) == len(SETTINGS)
            else ", ".join(choice(name) for name in free)
        )
    fixed = f" of the network {search.network}" if search.network else ""
    rest = f"; the rest is as in the recipe “{search.recipe}”"
    return f"Searched over: {' and '.join(over) or 'nothing'}{fixed}{rest}."


def progress(search: Asked, found: Found) -> str:
    """Say how far a search is."""
    pruned = sum(trial.state == "pruned" for trial in found.trials)
    told = [f"{len(found.trials):,} of {search.trials:,} networks tried"]
    if found.under_way:
        told.append(f"{len(found.under_way):,} more begun")
    if pruned:
        told.append(f"{pruned:,} given up after fewer seeds")
    if found.num_refused:
        told.append(f"{found.num_refused:,} refused before training")
    return " · ".join(told)


def seconds_left(search: Asked, found: Found, now: datetime) -> float | None:
    """Return how long it may still take at the speed of late; None while that is unknown."""
    recent = found.trials[-search.at_once :] or found.under_way
    begun = min((trial.begun for trial in recent if trial.begun is not None), default=now)
    ended = (recent[-1].ended if recent else None) or now
    num_runs = sum(len(trial.losses) for trial in recent)
    if ended <= begun or not num_runs:
        return None
    seconds_per_run = (ended - begun).total_seconds() / num_runs
    num_told = len(found.trials)
    of_each = num_runs / len(recent) if found.trials else search.seeds
    done = sum(len(trial.losses) for trial in found.under_way)
    return seconds_per_run * max(0.0, (search.trials - num_told) * of_each - done)


def fraction_done(search: Asked, found: Found) -> float:
    """Return how much of the search is done, with the seeds of the trials under way."""
    begun = sum(len(trial.losses) for trial in found.under_way) / search.seeds
    return min(1.0, (len(found.trials) + begun) / search.trials)


def error(trial: Trial) -> float:
    """Return the share of the held-out images that are misread, in percent, mean of the seeds."""
    return 100.0 - trial.accuracy


def short(trial: Trial) -> str:
    """Return a trial as an entry of a list: "#17 · 0.71 % · 7,314 · 8c5 p2 12c3 max"."""
    return f"#{trial.number} · {error(trial):.2f} % · {trial.parameters:,} · {trial.config.model}"


def seeds(trial: Trial) -> str:
    """Say which seeds of a trial have ended, where these are not all."""
    count = "one seed" if len(trial.losses) == 1 else f"{len(trial.losses)} seeds"
    match trial.state:
        case "finished":
            return ""
        case "pruned":
            return f"given up after {count}"
        case "under way":
            return f"so far {count}"


def settings(trial: Trial, recipe: str) -> list[tuple[str, str]]:
    """Return the settings in which a trial differs from its recipe, each by its name."""
    changed = changed_settings(trial, recipe)
    return [(knobs()[name].label, value(name, found)) for name, found in changed.items()]


def describe(searches: Sequence[Shown]) -> str:
    """Say what the picture of all trials shows, for those who cannot see it."""
    told: list[str] = []
    for one in searches:
        front = "; ".join(
            f"{trial.parameters:,} parameters, {error(trial):.2f} %" for trial in one.found.front
        )
        count = len(one.found.known)
        told.append(f"{one.name}: {count} networks. The front: {front or 'nothing yet'}.")
        if (start := one.start) is not None:
            told.append(f"The recipe “{one.recipe}” itself: {error(start):.2f} %.")
    return " ".join(["Validation error by parameters.", *told])


def describe_best(searches: Sequence[Shown]) -> str:
    """Say what the picture of the best so far shows."""
    told = [
        f"{one.name}: {one.found.best[0].loss:.4f} after {len(one.found.trials)} networks."
        for one in searches
        if one.found.best
    ]
    return " ".join(["The least validation loss by the number of networks tried.", *told])


def describe_shares(importances: Mapping[str, Mapping[str, float]]) -> str:
    """Say what the picture of importances shows."""
    told: list[str] = []
    for name, shares in importances.items():
        most = list(shares.items())[:5]
        told.append(f"{name}: {', '.join(f'{choice(one)} {share:.0%}' for one, share in most)}.")
    return " ".join(["Which choices matter.", *told])


def course(trial: Trial) -> str:
    """Say what the curve of a trial shows."""
    shares = ", ".join(
        f"{epoch}: {accuracy:.2f} %" for epoch, accuracy in enumerate(trial.curve, start=1)
    )
    return f"Accuracy on the held-out images by epoch: {shares}."
