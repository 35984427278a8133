"""Commands that train: a run in the foreground, and the app's worker."""

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from rich.table import Table

from mnist_core.cli.output import facts, progress_bar, say
from mnist_core.cli.parser import paste
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.evaluation.metrics import wilson_interval
from mnist_core.files import data_dir, runs_dir
from mnist_core.runs.events import Epoch, Event, Finished
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import History, read_history
from mnist_core.runs.run import Run
from mnist_core.runs.table import title_of
from mnist_core.sharing.tensorboard import write_tensorboard
from mnist_core.strokes.files import read_strokes
from mnist_core.training.serving import serve_by_copies, serve_one_run, serve_runs
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
    say(options, _result(run, history), _shown(run, history))
    print(_what_next(run, history.finished, options), file=sys.stderr)
    return 0 if history.finished.is_over else 1


def _show_progress(events: Iterable[Event], history: History, run: Run) -> None:
    """Keep a bar at the bottom, and let a line for each epoch stay above it."""
    config = run.config
    with progress_bar() as progress:
        progress.console.print(f"{title_of(run)}, the run {run.id}")
        task = progress.add_task("Starting", total=1.0)
        for event in events:
            history.extend([event])
            if isinstance(event, Epoch):
                progress.console.print(_epoch_line(event, config))
            told = _describe(history, config.epochs)
            progress.update(task, completed=history.fraction_done, description=told)


def _epoch_line(epoch: Epoch, config: TrainConfig) -> str:
    width = len(str(config.epochs))
    return (
        f"epoch {epoch.epoch:>{width}} of {config.epochs}   loss {epoch.train_loss:.4f}"
        f"   training {epoch.train_accuracy:6.2f} %   {_watched(config)}"
        f" {epoch.watch_accuracy:6.2f} %   {epoch.seconds:.0f} s"
    )


def _watched(config: TrainConfig) -> str:
    return "known" if config.watch == "training" else config.watch


def _describe(history: History, num_epochs: int) -> str:
    if history.started is None or history.preparing is not None:
        return history.preparing.message if history.preparing else "Starting"
    done = history.num_steps_done / history.started.steps_per_epoch
    text = f"epoch {done:.1f} of {num_epochs}"
    if history.steps:
        text += f" · {history.steps[-1].images_per_second:,.0f} images/s"
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


def _shown(run: Run, history: History) -> Table:
    """Return the result as a person reads it."""
    started, finished, config = history.started, history.finished, run.config
    assert finished and started
    rows = [
        ("run", run.id),
        ("network", f"{config.model}, {started.parameters:,} parameters"),
        (
            "trained",
            f"{finished.epochs:g} of {config.epochs} epochs over {started.num_train:,} images of"
            f" {config.dataset}, seed {config.seed}, {finished.seconds:.1f} s,"
            f" {finished.images_per_second:,.0f} images/s",
        ),
    ]
    if finished.watch_accuracy is not None:
        rows.append((_watched(config), f"{finished.watch_accuracy:.2f} %, as it is now"))
    elif history.epochs:
        last = history.epochs[-1].watch_accuracy
        rows.append((_watched(config), f"{last:.2f} % after the last epoch"))
    rows.append(("test", _test(finished)))
    return facts([*rows, ("weights", str(run.checkpoint_path))])


def _test(finished: Finished) -> str:
    if finished.test_accuracy is None or finished.test_total is None:
        return "not looked at: that is for the end"
    assert finished.test_correct is not None
    low, high = wilson_interval(finished.test_correct, finished.test_total)
    return (
        f"{finished.test_accuracy:.2f} % ({finished.test_correct:,} of {finished.test_total:,};"
        f" 95 % interval {low:.2f} to {high:.2f} %)"
    )


def _what_next(run: Run, finished: Finished, options: argparse.Namespace) -> str:
    if finished.is_over:
        # What finds a run by its id looks for it in the usual folder.
        name = run.id if options.runs_dir is None else str(run.checkpoint_path)
        return f"Look closer:  {paste(options, 'evaluate', name, folders=['data_dir'])}"
    return (
        f"Stopped early. Go on:          {paste(options, 'runs', 'resume', run.id)}\n"
        f"This is the end, measure it:   {paste(options, 'runs', 'finish', run.id)}"
    )


def _rounded(accuracy: float | None) -> float | None:
    return None if accuracy is None else round(accuracy, 4)


def worker(options: argparse.Namespace) -> int:
    """Wait for runs' folders on standard input and train them: the process the app keeps warm."""
    match options.runs:
        case "one":
            serve_one_run()
        case "by-copies":
            serve_by_copies()
        case _:
            serve_runs()
    return 0
