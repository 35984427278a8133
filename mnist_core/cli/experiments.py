"""The command that trains many networks to answer one question: a study over seeds."""

import argparse
from contextlib import closing

from mnist_core.cli.executors import executor_for
from mnist_core.cli.output import progress_bar, say
from mnist_core.config.settings import SET_BY_STUDY, knobs
from mnist_core.experiments.study import read_study, run_study, study_folder, study_name
from mnist_core.files import runs_dir
from mnist_core.strokes.files import read_strokes


def study(options: argparse.Namespace) -> int:
    """Train a recipe with several seeds, each in a process of its own, and sum up."""
    recipe, folder = options.recipe.name, runs_dir(options.runs_dir)
    names = [name for name in knobs() if name not in SET_BY_STUDY]
    changes = {name: value for name in names if (value := getattr(options, name)) is not None}
    executor = executor_for(options)
    told = run_study(
        recipe,
        changes,
        num_seeds=options.seeds,
        executor=executor,
        folder=folder,
        strokes=read_strokes(options.strokes) if options.strokes else None,
    )
    with closing(executor), closing(told), progress_bar() as progress:
        task = progress.add_task(recipe, total=1.0)
        for now in told:
            known = ", ".join(f"{accuracy:.2f}" for accuracy in now.test_accuracies)
            done = f"{len(now.test_accuracies)} of {options.seeds} seeds done {known}"
            progress.update(task, completed=now.fraction, description=f"{recipe}: {done}")
    found = read_study(study_folder(study_name(recipe, changes), folder) / "study.json")
    say(options, found.to_json(), found.to_text())
    return 0
