"""The command line: `python -m mnist_core COMMAND`; the only place that prints.

`--json` prints one object on standard output and nothing else there. Exit status: 0 done, 2 the
user's mistake (one line on standard error with the remedy), 1 anything else.
torch, and what else is slow to load, is imported by the commands that need it, so that help and
mistakes are told at once.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mnist_core.config.settings import RECIPES, TrainConfig, get_recipe, knobs
from mnist_core.errors import ConfigError, MnistError, RunError
from mnist_core.files import MODELS_DIR, data_dir, replacing, runs_dir, write_json
from mnist_core.runs.events import Event
from mnist_core.runs.history import History, read_history
from mnist_core.runs.run import (
    EVERYONE,
    Run,
    create_run,
    delete_run,
    list_runs,
    open_run,
    restore_run,
)
from mnist_core.runs.table import describe_run, describe_runs

if TYPE_CHECKING:
    from rich.progress import Progress
    from torch import nn

    from mnist_core.checkpoints.card import Card
    from mnist_core.inference.calibration import Calibration

Command = Callable[[argparse.Namespace], int]

_ENDINGS = ("safetensors", "onnx", "csv", "html")


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
    evaluate.add_argument("--against", metavar="OTHER", help="compare with another checkpoint")
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
    ship.add_argument("run", help="the run's id, or its checkpoint, which may be a study's")
    ship.add_argument("name", help="the shipped model's name")
    ship.add_argument(
        "--calibrated-like",
        metavar="CHECKPOINT",
        help="a checkpoint of the same network whose temperature to take over, where the run held"
        " no images out",
    )
    ship.add_argument("--data-dir", type=Path, help="the data folder")

    export = _add(commands, "export", _export, "write a network, or what a run measured, to a file")
    export.add_argument("checkpoint", help="as for evaluate; a run's id for csv and html")
    export.add_argument("--format", choices=_ENDINGS, required=True)
    export.add_argument("--output", type=Path, metavar="FILE", help="default: NAME.FORMAT here")

    imports = _add(commands, "import", _import, "check and keep a .safetensors file one was given")
    imports.add_argument("file", type=Path)
    imports.add_argument("--owner", default=EVERYONE, help=argparse.SUPPRESS)  # for the app
    imports.add_argument("--name", help="what to call the network (default: the file's name)")
    _add_data_dir(imports)

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
    from mnist_core.networks.summary import summarize

    summary = summarize(build_model(options.model))
    _say(options, {"model": options.model, **summary.to_json()}, summary.to_text())
    return 0


def _train(options: argparse.Namespace) -> int:
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
    _say(options, result, "\n".join(f"{name}: {value}" for name, value in result.items()))
    if not history.finished.is_complete:
        print(f"Stopped early. Go on with: runs resume {run.id}", file=sys.stderr)
        return 1
    return 0


def _show_progress(events: Iterable[Event], history: History, run: Run) -> None:
    with _progress() as progress:
        task = progress.add_task(run.id, total=1.0)
        for event in events:
            history.extend([event])
            progress.update(task, completed=history.fraction_done, description=_describe(history))


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True))


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
    with closing(told), _progress() as progress:
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
    from mnist_core.checkpoints.weights import load_checkpoint
    from mnist_core.data.datasets import load_part
    from mnist_core.evaluation.evaluate import evaluate
    from mnist_core.evaluation.metrics import compare_answers, wilson_interval
    from mnist_core.models import count_parameters

    model, card = load_checkpoint(options.checkpoint)
    other = load_checkpoint(options.against)[0] if options.against else None
    dataset = options.dataset or card.dataset
    part = load_part(dataset, options.part, data_dir=data_dir(options.data_dir))
    found = evaluate(model, *part)
    interval = wilson_interval(found.correct, found.total)
    value: dict[str, Any] = {
        "checkpoint": options.checkpoint,
        "dataset": dataset,
        "part": options.part,
        "accuracy": round(found.accuracy, 4),
        "interval": [round(bound, 4) for bound in interval],
        "correct": found.correct,
        "total": found.total,
        "loss": found.loss,
        "parameters": count_parameters(model),
        "confusion": found.confusion,
    }
    text = (
        f"{found.accuracy:.2f} % of {dataset}'s {options.part} images"
        f" ({found.correct:,} of {found.total:,}; 95 % interval {interval[0]:.2f} to"
        f" {interval[1]:.2f} %), loss {found.loss:.4f}"
    )
    if other is not None:
        against = evaluate(other, *part)
        counts = compare_answers(
            (found.answers == part[1]).numpy(), (against.answers == part[1]).numpy()
        )
        value["against"] = {
            "checkpoint": options.against,
            "accuracy": round(against.accuracy, 4),
            **dataclasses.asdict(counts),
            "p": counts.p,
        }
        text += (
            f"\n{against.accuracy:.2f} % with {options.against}; {counts.only_first:,} images only"
            f" {options.checkpoint} reads, {counts.only_second:,} only {options.against}:"
            f" p {'< 0.001' if counts.p < 0.001 else f'= {counts.p:.2g}'} (McNemar, exact)"
        )
    _say(options, value, text)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from mnist_core.predict import Predictor, read_picture
    from mnist_core.reading import read_number

    predictor = Predictor.load(options.model)
    predictions: list[dict[str, Any]] = []
    lines: list[str] = []
    for path in options.images:
        picture = read_picture(path)
        found, reading = predictor.predict(picture), read_number(predictor, picture)
        predictions.append(
            {
                "file": str(path),
                "digit": found.digit if found else None,
                "probabilities": [float(p) for p in found.probabilities] if found else None,
                "number": reading.text or None,
                "is_doubtful": reading.is_doubtful,
            }
        )
        if found is None or not reading.digits:
            words = "blank"
        elif len(reading.digits) > 1:
            words = reading.text.replace("\n", " / ")
        else:
            words = f"{found.digit} ({found.probabilities.max():.1%})"
        doubt = ", but not sure that it is one" if reading.is_doubtful else ""
        lines.append(f"{path}: {words}{doubt}")
    _say(options, {"predictions": predictions}, "\n".join(lines))
    return 0


def _download(options: argparse.Namespace) -> int:
    from mnist_core.data.datasets import load_data, mnist_is_present, mnist_raw_dir
    from mnist_core.data.download import fetch_mnist

    folder = data_dir(options.data_dir)
    if not mnist_is_present(folder):
        with _progress() as progress:
            task = progress.add_task("Downloading MNIST", total=1.0)
            for event in fetch_mnist(folder):
                progress.update(task, completed=event.fraction, description=event.message)
    load_data("mnist", data_dir=folder)
    raw = mnist_raw_dir(folder)
    _say(options, {"folder": str(raw)}, f"MNIST is whole, in {raw}")
    return 0


def _ship(options: argparse.Namespace) -> int:
    from mnist_core.checkpoints.card import find_checkpoint
    from mnist_core.checkpoints.weights import load_checkpoint, save_checkpoint
    from mnist_core.experiments.study import read_study

    model, card = load_checkpoint(options.run)
    path = MODELS_DIR / f"{options.name}.safetensors"
    calibration = _calibrate(options, model, card).to_json()
    card = dataclasses.replace(card, name=options.name, calibration=calibration)
    study_path = find_checkpoint(options.run).parent.parent / "study.json"
    if study_path.is_file():  # the run is one of a study's
        study = read_study(study_path)
        write_json(MODELS_DIR / f"{options.name}.study.json", study.to_json())
        card = dataclasses.replace(card, note=study.to_text().splitlines()[-1])
    save_checkpoint(path, model, card)
    _say(options, {"checkpoint": str(path)}, f"Shipped as {path}")
    return 0


def _calibrate(options: argparse.Namespace, model: "nn.Module", card: "Card") -> "Calibration":
    """Fit the calibration of a run's network on the data the run had."""
    from mnist_core.checkpoints.weights import load_checkpoint
    from mnist_core.data.datasets import load_data
    from mnist_core.inference.calibration import Calibration, calibrate

    digits = load_data(card.dataset, watch=card.watch, data_dir=data_dir(options.data_dir))
    if card.watch == "validation":
        return calibrate(model, digits.train[0], digits.watch)
    if options.calibrated_like is None:
        raise ConfigError(
            "The run held no images out to calibrate on. Name a checkpoint of the same network"
            " that did with --calibrated-like."
        )
    _, other = load_checkpoint(options.calibrated_like)
    if other.model != card.model or other.calibration is None:
        raise ConfigError(
            f"{options.calibrated_like} is not a calibrated checkpoint of the network"
            f" {card.model!r}; name one that is with --calibrated-like."
        )
    like = Calibration.from_json(other.calibration)
    return calibrate(model, digits.train[0], None, like=like)


def _export(options: argparse.Namespace) -> int:
    content, facts = _exported(options.checkpoint, options.format)
    stem = Path(options.checkpoint).stem
    path: Path = options.output or Path(f"{stem}.{options.format}")
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise MnistError(
            f"{path} cannot be written ({error.strerror}); name another file with --output."
        ) from error
    value = {"file": str(path), "format": options.format, "bytes": len(content), **facts}
    _say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0


def _exported(name: str, ending: str) -> tuple[bytes, dict[str, Any]]:
    """Return the file's content and what is to be said of it besides its size."""
    if ending in ("csv", "html"):
        from mnist_core.sharing.report import metrics_csv, report_html

        run = open_run(name)
        return (metrics_csv if ending == "csv" else report_html)(run).encode(), {}
    from mnist_core.sharing.export_network import as_onnx, weights_with_card

    if ending == "safetensors":
        return weights_with_card(name), {}
    found = as_onnx(name)
    return found.content, {
        "largest_difference_of_logits": found.largest_difference,
        "images_compared": found.num_images,
    }


def _import(options: argparse.Namespace) -> int:
    from mnist_core.checkpoints.card import read_card
    from mnist_core.sharing.import_network import import_checkpoint

    folder = data_dir(options.data_dir)
    path = import_checkpoint(options.file, name=options.name, owner=options.owner, data_dir=folder)
    card = read_card(path)
    value = {
        "name": card.name,
        "checkpoint": str(path),
        "model": card.model,
        "parameters": card.parameters,
        "dataset": card.dataset,
        "test_accuracy": card.test_accuracy,
    }
    _say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0


def _worker(options: argparse.Namespace) -> int:
    from mnist_core.training.worker import serve_one_run

    serve_one_run()
    return 0
