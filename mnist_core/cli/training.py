"""Commands that train: a run, a study, the kept runs, and the app's worker."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from mnist_core.cli.output import progress_bar, say
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import knobs
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import data_dir, runs_dir
from mnist_core.runs.events import Event
from mnist_core.runs.folder import create_run, delete_run, list_runs, open_run, restore_run
from mnist_core.runs.history import History, read_history
from mnist_core.runs.run import Run
from mnist_core.runs.table import describe_run, describe_runs


def train(options: argparse.Namespace) -> int:
    config = get_recipe(options.recipe).config
    given = {name: value for name in knobs() if (value := getattr(options, name)) is not None}
    config = config.replace(**given)
    run = create_run(config, recipe=options.recipe, folder=runs_dir(options.runs_dir))
    return _perform(run, options)


def _go_on_with(run_id: str, options: argparse.Namespace) -> int:
    run = open_run(run_id, runs_dir(options.runs_dir))
    run.prepare_to_resume()
    return _perform(run, options)


def _perform(run: Run, options: argparse.Namespace) -> int:
    from mnist_core.training.worker import perform

    history = read_history(run)
    events = perform(run, data_dir=data_dir(options.data_dir))
    if options.tensorboard:
        from mnist_core.runs.tensorboard import write_tensorboard

        events = write_tensorboard(events, run.folder / "tensorboard")
    _show_progress(events, history, run)
    if history.failed:
        print(history.failed.message, file=sys.stderr)
        return 1 if history.failed.is_unexpected else 2
    assert history.finished and history.started
    result = _result(run, history)
    say(options, result, "\n".join(f"{name}: {value}" for name, value in result.items()))
    if not history.finished.is_complete:
        print(f"Stopped early. Go on with: runs resume {run.id}", file=sys.stderr)
        return 1
    return 0


def _show_progress(events: Iterable[Event], history: History, run: Run) -> None:
    with progress_bar() as progress:
        task = progress.add_task(run.id, total=1.0)
        for event in events:
            history.extend([event])
            progress.update(task, completed=history.fraction_done, description=_describe(history))


def _describe(history: History) -> str:
    if history.started is None or history.preparing is not None:
        return history.preparing.message if history.preparing else "Starting"
    text = f"epoch {history.num_steps_done / history.started.steps_per_epoch:.1f}"
    if history.steps:
        text += f" · {history.steps[-1].images_per_second:,.0f} images/s"
    if history.epochs:
        text += f" · {history.epochs[-1].watch_accuracy:.2f} %"
    return text


def _result(run: Run, history: History) -> dict[str, Any]:
    assert history.finished and history.started
    config = run.config
    by_epoch = [round(epoch.watch_accuracy, 4) for epoch in history.epochs]
    result = {
        "run": run.id,
        "model": config.model,
        "parameters": history.started.parameters,
        "epochs": history.finished.epochs,
        "validation_accuracy": by_epoch if config.watch == "validation" else [],
        "test_accuracy": round(history.finished.test_accuracy, 4),
        "test_correct": history.finished.test_correct,
        "test_total": history.finished.test_total,
        "seconds": round(history.finished.seconds, 2),
        "images_per_second": round(history.finished.images_per_second, 1),
        "seed": config.seed,
        "dataset": config.dataset,
        "watch": config.watch,
        "threads": history.started.threads,
        "checkpoint": str(run.checkpoint_path),
    }
    return result | ({"test_accuracy_by_epoch": by_epoch} if config.watch == "test" else {})


def study(options: argparse.Namespace) -> int:
    from mnist_core.experiments.study import read_study, run_study, study_folder, study_name

    if options.seeds < 1 or (options.jobs is not None and options.jobs < 1):
        raise ConfigError("A study needs at least one seed and one job.")
    if options.data_dir is not None:
        # The runs are processes of their own; their data folder reaches them this way.
        os.environ["MNIST_DATA_DIR"] = str(data_dir(options.data_dir))
    folder = runs_dir(options.runs_dir)
    jobs = options.jobs or os.cpu_count() or 1
    asked = {name: getattr(options, name) for name in ("dataset", "epochs")}
    changes = {name: value for name, value in asked.items() if value is not None}
    told = run_study(options.recipe, changes, num_seeds=options.seeds, jobs=jobs, folder=folder)
    with closing(told), progress_bar() as progress:
        task = progress.add_task(options.recipe, total=1.0)
        for now in told:
            known = ", ".join(f"{accuracy:.2f}" for accuracy in now.test_accuracies)
            done = f"{len(now.test_accuracies)} of {options.seeds} seeds done {known}"
            progress.update(task, completed=now.fraction, description=f"{options.recipe}: {done}")
    found = read_study(study_folder(study_name(options.recipe, changes), folder) / "study.json")
    say(options, found.to_json(), found.to_text())
    return 0


def runs(options: argparse.Namespace) -> int:
    folder = runs_dir(options.runs_dir)
    if options.action == "list":
        return _list_runs(folder, options)
    if options.run is None:
        raise RunError(f"Name the run to {options.action}; `runs list` shows their ids.")
    if options.action == "restore":
        run = restore_run(options.run, folder)
        say(options, {"restored": run.id}, f"Restored {run.id}")
        return 0
    if options.action == "resume":
        return _go_on_with(options.run, options)
    run = open_run(options.run, folder)
    if options.action == "delete":
        delete_run(run)
        say(options, {"deleted": run.id}, f"Deleted {run.id}; `runs restore` brings it back.")
        return 0
    row = dataclasses.asdict(describe_run(run))
    value = {**row, "config": run.config.to_json(), "folder": str(run.folder)}
    say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0


def _list_runs(folder: Path, options: argparse.Namespace) -> int:
    rows = describe_runs([run for run in list_runs(folder) if run.kind != "lr_search"])
    lines = [
        f"{row.id}  {row.state:<8}  {row.epochs_done:>3} of {row.epochs:<3} epochs  "
        + (f"{row.accuracy:.2f} % on {row.dataset}" if row.accuracy is not None else "not tested")
        + (f"  {row.name}" if row.name else "")
        for row in rows
    ]
    value = {"runs": [dataclasses.asdict(row) for row in rows]}
    say(options, value, "\n".join(lines) or f"There are no runs in {folder}.")
    return 0


def worker(options: argparse.Namespace) -> int:
    from mnist_core.training.worker import serve_one_run

    serve_one_run()
    return 0
