"""The command line: `python -m mnist_core COMMAND`; the only place that prints.

`--json` prints one object on standard output and nothing else there. Exit status: 0 done, 2 the
user's mistake (one line on standard error with the remedy), 1 anything else.
torch is imported by the commands that need it, so that help and mistakes are told at once.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mnist_core.config import RECIPES, TrainConfig, get_recipe, knobs
from mnist_core.errors import ConfigError, MnistError, RunError
from mnist_core.events import Event
from mnist_core.files import MODELS_DIR, data_dir, runs_dir
from mnist_core.history import History, read_history
from mnist_core.runs import Run, create_run, delete_run, list_runs, open_run, restore_run
from mnist_core.study import read_study, run_study, study_folder, study_name
from mnist_core.table import describe_run, describe_runs

Command = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _build_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except MnistError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 1


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m mnist_core", description="Small networks that read digits.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    summary = _add(commands, "summary", _summary, "print a network's layer table")
    summary.add_argument("--model", default="seed", help="a network's name (default: seed)")

    train = _add(commands, "train", _train, "train a network in the foreground")
    train.add_argument("--recipe", default="seed", help=f"one of {', '.join(RECIPES)}")
    train.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or lost")
    train.add_argument("--runs-dir", type=Path, help="default: MNIST_RUNS_DIR, else runs/")
    train.add_argument(
        "--tensorboard", action="store_true", help="write TensorBoard event files into the run"
    )
    _add_data_dir(train)
    for name, knob in knobs().items():
        kind = type(getattr(TrainConfig(), name))
        how: dict[str, Any] = {"type": kind, "metavar": "N" if kind is int else "X"}
        if kind is bool:
            how = {"action": argparse.BooleanOptionalAction}
        elif knob.choices:
            how = {"choices": knob.choices}
        text = knob.help.replace("%", "%%")
        train.add_argument(f"--{name.replace('_', '-')}", help=text, default=None, **how)

    evaluate = _add(commands, "evaluate", _evaluate, "measure a checkpoint")
    evaluate.add_argument("checkpoint", help="a shipped model, a run's id or a .safetensors file")
    evaluate.add_argument("--dataset", choices=("mnist", "digits"), help="default: its own")
    evaluate.add_argument("--part", choices=("train", "validation", "test"), default="test")
    _add_data_dir(evaluate)

    study = _add(commands, "study", _study, "train a recipe with several seeds and sum up")
    study.add_argument("--recipe", default="seed", help=f"one of {', '.join(RECIPES)}")
    study.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds 0 to N - 1")
    study.add_argument("--dataset", choices=("mnist", "digits"), help="default: the recipe's")
    study.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    study.add_argument("--jobs", type=int, metavar="N", help="runs at a time (default: all cores)")
    study.add_argument("--runs-dir", type=Path, help="default: MNIST_RUNS_DIR, else runs/")
    _add_data_dir(study)

    runs = _add(commands, "runs", _runs, "list, show, resume, delete or restore runs")
    runs.add_argument("action", choices=("list", "show", "resume", "delete", "restore"))
    runs.add_argument("run", nargs="?", help="the run's id, for all but list")
    runs.add_argument("--runs-dir", type=Path, help="default: MNIST_RUNS_DIR, else runs/")
    _add_data_dir(runs)
    runs.set_defaults(tensorboard=False)

    predict = _add(commands, "predict", _predict, "read digits from pictures")
    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    predict.add_argument("--model", default="seed", help="a checkpoint, as for evaluate")

    download = _add(commands, "download", _download, "fetch MNIST into the data folder")
    _add_data_dir(download)

    ship = _add(commands, "ship", _ship, "put a run's network into models/ under a name")
    ship.add_argument("run", help="the run's id")
    ship.add_argument("name", help="the shipped model's name")

    worker = _add(commands, "worker", _worker, "for the app: wait for a run's folder, train it")
    worker.set_defaults(json=False)
    return parser


def _add(commands: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, help="default: MNIST_DATA_DIR, else a cache")


def _say(options: argparse.Namespace, value: dict[str, Any], text: str) -> None:
    print(json.dumps(value) if options.json else text)


def _summary(options: argparse.Namespace) -> int:
    from mnist_core.models import build_model
    from mnist_core.summary import summarize

    summary = summarize(build_model(options.model))
    _say(options, {"model": options.model, **summary.to_json()}, summary.to_text())
    return 0


def _train(options: argparse.Namespace) -> int:
    if options.resume:
        return _go_on_with(options.resume, options)
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
    from mnist_core.worker import perform

    history = read_history(run)
    events = perform(run, data_dir=data_dir(options.data_dir))
    if options.tensorboard:
        from mnist_core.tensorboard import write_tensorboard

        events = write_tensorboard(events, run.folder / "tensorboard")
    _show_progress(events, history, run)
    if history.failed:
        print(history.failed.message, file=sys.stderr)
        return 1 if history.failed.is_unexpected else 2
    assert history.finished and history.started
    result = _result(run, history)
    _say(options, result, "\n".join(f"{name}: {value}" for name, value in result.items()))
    if not history.finished.is_complete:
        print(f"Stopped early. Go on with: runs resume {run.id}", file=sys.stderr)
        return 1
    return 0


def _show_progress(events: Iterable[Event], history: History, run: Run) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task(run.id, total=1.0)
        for event in events:
            history.extend([event])
            progress.update(task, completed=history.fraction_done, description=_describe(history))


def _describe(history: History) -> str:
    if history.started is None:
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


def _study(options: argparse.Namespace) -> int:
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
    with closing(told), Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(options.recipe, total=1.0)
        for now in told:
            known = ", ".join(f"{accuracy:.2f}" for accuracy in now.test_accuracies)
            done = f"{len(now.test_accuracies)} of {options.seeds} seeds done {known}"
            progress.update(task, completed=now.fraction, description=f"{options.recipe}: {done}")
    found = read_study(study_folder(study_name(options.recipe, changes), folder) / "study.json")
    _say(options, found.to_json(), found.to_text())
    return 0


def _runs(options: argparse.Namespace) -> int:
    folder = runs_dir(options.runs_dir)
    if options.action == "list":
        return _list_runs(folder, options)
    if options.run is None:
        raise RunError(f"Name the run to {options.action}; `runs list` shows their ids.")
    if options.action == "restore":
        run = restore_run(options.run, folder)
        _say(options, {"restored": run.id}, f"Restored {run.id}")
        return 0
    if options.action == "resume":
        return _go_on_with(options.run, options)
    run = open_run(options.run, folder)
    if options.action == "delete":
        delete_run(run)
        _say(options, {"deleted": run.id}, f"Deleted {run.id}; `runs restore` brings it back.")
        return 0
    row = dataclasses.asdict(describe_run(run))
    value = {**row, "config": run.config.to_json(), "folder": str(run.folder)}
    _say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0


def _list_runs(folder: Path, options: argparse.Namespace) -> int:
    rows = describe_runs([run for run in list_runs(folder) if run.kind == "training"])
    lines = [
        f"{row.id}  {row.state:<8}  {row.epochs_done:>3} of {row.epochs:<3} epochs  "
        + (f"{row.accuracy:.2f} % on {row.dataset}" if row.accuracy is not None else "not tested")
        + (f"  {row.name}" if row.name else "")
        for row in rows
    ]
    value = {"runs": [dataclasses.asdict(row) for row in rows]}
    _say(options, value, "\n".join(lines) or f"There are no runs in {folder}.")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from mnist_core.checkpoint import load_checkpoint
    from mnist_core.data import load_part
    from mnist_core.evaluate import evaluate
    from mnist_core.models import count_parameters

    model, card = load_checkpoint(options.checkpoint)
    dataset = options.dataset or card.dataset
    part = load_part(dataset, options.part, data_dir=data_dir(options.data_dir))
    found = evaluate(model, *part)
    value = {
        "checkpoint": options.checkpoint,
        "dataset": dataset,
        "part": options.part,
        "accuracy": round(found.accuracy, 4),
        "correct": found.correct,
        "total": found.total,
        "loss": found.loss,
        "parameters": count_parameters(model),
        "confusion": found.confusion,
    }
    text = (
        f"{found.accuracy:.2f} % of {dataset}'s {options.part} images"
        f" ({found.correct:,} of {found.total:,}), loss {found.loss:.4f}"
    )
    _say(options, value, text)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from mnist_core.predict import Predictor, read_picture

    predictor = Predictor.load(options.model)
    predictions: list[dict[str, Any]] = []
    for path in options.images:
        found = predictor.predict(read_picture(path))
        predictions.append(
            {
                "file": str(path),
                "digit": found.digit if found else None,
                "probabilities": [float(p) for p in found.probabilities] if found else None,
            }
        )
    lines = [
        f"{found['file']}: "
        + (
            "blank"
            if found["digit"] is None
            else f"{found['digit']} ({max(found['probabilities']):.1%})"
        )
        for found in predictions
    ]
    _say(options, {"predictions": predictions}, "\n".join(lines))
    return 0


def _download(options: argparse.Namespace) -> int:
    from mnist_core.data import load_data, mnist_is_present, mnist_raw_dir
    from mnist_core.download import fetch_mnist

    folder = data_dir(options.data_dir)
    if not mnist_is_present(folder):
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Downloading MNIST", total=1.0)
            for event in fetch_mnist(folder):
                progress.update(task, completed=event.fraction, description=event.message)
    load_data("mnist", data_dir=folder)
    raw = mnist_raw_dir(folder)
    _say(options, {"folder": str(raw)}, f"MNIST is whole, in {raw}")
    return 0


def _ship(options: argparse.Namespace) -> int:
    from mnist_core.checkpoint import load_checkpoint, save_checkpoint

    model, card = load_checkpoint(options.run)
    path = MODELS_DIR / f"{options.name}.safetensors"
    save_checkpoint(path, model, dataclasses.replace(card, name=options.name))
    _say(options, {"checkpoint": str(path)}, f"Shipped as {path}")
    return 0


def _worker(options: argparse.Namespace) -> int:
    from mnist_core.worker import serve_one_run

    serve_one_run()
    return 0
