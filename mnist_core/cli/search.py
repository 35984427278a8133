"""The command that looks for networks. Needs Optuna."""

import argparse
from contextlib import closing

from mnist_core.cli.executors import executor_for
from mnist_core.cli.output import progress_bar, say
from mnist_core.cli.parser import this_command
from mnist_core.experiments.executor import Here
from mnist_core.files import runs_dir
from mnist_core.processes import give_way
from mnist_core.search.driver import run_search
from mnist_core.search.folder import Asked, Search, begin_search
from mnist_core.search.outcome import changed_settings, commands, is_recipe, to_json
from mnist_core.search.results import Found, SearchReader, Trial
from mnist_core.search.space import SETTINGS


def search(options: argparse.Namespace) -> int:
    """Search, or go on with a search, and say what was found."""
    given = begin_search(_name(options), _asked(options), runs_dir(options.runs_dir))
    executor = executor_for(options)
    with closing(executor), closing(run_search(given, executor)) as told, progress_bar() as bar:
        task = bar.add_task(given.name, total=1.0)
        for now in told:
            text = f"{given.name}: {now.num_tried} of {now.num_asked} networks tried"
            bar.update(task, completed=now.num_tried / now.num_asked, description=text)
    found = SearchReader(given).read()
    say(options, to_json(given, found), _text(given, found))
    return 0


def drive(options: argparse.Namespace) -> int:
    """Go on with the search in a folder; the app starts this as a process of its own."""
    give_way(5)  # with what its workers add: runs that a person waits for come first
    search = Search(options.folder)
    with closing(Here(options.jobs)) as executor, closing(run_search(search, executor)) as told:
        for _ in told:
            pass
    return 0


def _asked(options: argparse.Namespace) -> Asked:
    fixed = tuple(SETTINGS) if options.fixed_recipe else options.fixed
    return Asked(
        max_parameters=options.max_parameters,
        trials=options.trials,
        epochs=options.epochs,
        seeds=options.seeds,
        dataset=options.dataset,
        recipe=(options.fixed_recipe or options.recipe).name,
        network=options.fixed_network,
        fixed=fixed,
        seed=options.seed,
        at_once=options.at_once,
    )


def _name(options: argparse.Namespace) -> str:
    return options.name or f"below-{options.max_parameters + 1}"


def _text(given: Search, found: Found) -> str:
    if not found.finished:
        return "Nothing was trained to the end yet."
    last = "network" if given.asked.network is None else "settings"
    lines = [f"{'loss':>8} {'95 % interval':>18} {'accuracy':>9} {'parameters':>11}  {last}"]
    for trial in found.best:
        low, high = trial.interval or (trial.loss, trial.loss)
        lines.append(
            f"{trial.loss:8.4f} {low:8.4f} to {high:.4f} {trial.accuracy:7.2f} %"
            f" {trial.parameters:11,}  {_what_it_is(trial, given.asked)}"
        )
    known = "python -m mnist_core"
    train, study = (
        command.replace(known, this_command(), 1)
        for command in commands(found.best[0], given.asked.recipe)
    )
    lines += ["", "Train the best for 19 epochs, then measure it on the test set, once:"]
    return "\n".join([*lines, f"  {train}", f"  {study}"])


def _what_it_is(trial: Trial, asked: Asked) -> str:
    """Return its network, or, where that is fixed, the settings it has instead of the recipe's."""
    if is_recipe(trial, asked.recipe):
        return f"{trial.config.model} (the recipe itself)"
    if asked.network is None:
        return trial.config.model
    changed = changed_settings(trial, asked.recipe)
    options = [f"--{name.replace('_', '-')} {value:g}" for name, value in changed.items()]
    return " ".join(options) or "the recipe’s"
