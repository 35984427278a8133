"""Commands that train: a run in the foreground, and the app's worker."""

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from mnist_core.cli.output import progress_bar, say
from mnist_core.config.settings import knobs
from mnist_core.files import data_dir, runs_dir
from mnist_core.runs.events import Event
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import History, read_history
from mnist_core.runs.run import Run
from mnist_core.sharing.tensorboard import write_tensorboard
from mnist_core.strokes.files import read_strokes
from mnist_core.training.serving import serve_one_run, serve_runs
from mnist_core.training.worker import perform


def train(options: argparse.Namespace) -> int:
    """Make a run of a recipe with the settings that were given, and carry it out."""
    given = {name: value for name in knobs() if (value := getattr(options, name)) is not None}
    config = options.recipe.changed(given)
    run = create_run(
        config,
        recipe=options.recipe.name,
        folder=runs_dir(options.runs_dir),
        strokes=read_strokes(options.strokes) if options.strokes else None,
    )
    return carry_out(run, options, for_tensorboard=options.tensorboard)


def carry_out(run: Run, options: argparse.Namespace, *, for_tensorboard: bool = False) -> int:
    """Train the run, or go on with it, under a progress bar; print its result."""
    history = read_history(run)
    events = perform(run, data_dir=data_dir(options.data_dir))
    if for_tensorboard:
        events = write_tensorboard(events, run.folder / "tensorboard")
    _show_progress(events, history, run)
    if history.failed:
        print(history.failed.message, file=sys.stderr)
        return 1 if history.failed.is_unexpected else 2
    assert history.finished and history.started
    result = _result(run, history)
    say(options, result, "\n".join(f"{name}: {value}" for name, value in result.items()))
    if not history.finished.is_over:
        print(
            f"Stopped early. Go on with: runs resume {run.id}. If this is the end, measure it on"
            f" the test images with: runs finish {run.id}",
            file=sys.stderr,
        )
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
        "test_accuracy": _rounded(history.finished.test_accuracy),
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
    if history.finished.watch_accuracy is not None:
        result["watch_accuracy"] = round(history.finished.watch_accuracy, 4)
    return result | ({"test_accuracy_by_epoch": by_epoch} if config.watch == "test" else {})


def _rounded(accuracy: float | None) -> float | None:
    return None if accuracy is None else round(accuracy, 4)


def worker(options: argparse.Namespace) -> int:
    """Wait for a run's folder on standard input and train it: the process the app keeps warm."""
    serve_runs() if options.until_closed else serve_one_run()
    return 0
