"""The command line: `python -m mnist_core COMMAND`; the only place that prints.

`--json` prints one object on standard output and nothing else there. Exit status: 0 done, 2 the
user's mistake (one line on standard error with the remedy), 1 anything else.
torch, and what else is slow to load, is imported by the commands that need it, so that help and
mistakes are told at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mnist_core.cli import exchange, measuring, training
from mnist_core.config.recipes import RECIPES
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import MnistError
from mnist_core.files import EVERYONE

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

    summary = _add(commands, "summary", measuring.summary, "print a network's layer table")
    summary.add_argument("--model", default="seed", help="a network's name (default: seed)")

    train = _add(commands, "train", training.train, "train a network in the foreground")
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

    evaluate = _add(commands, "evaluate", measuring.evaluate, "measure a checkpoint")
    evaluate.add_argument("checkpoint", help="a shipped model, a run's id or a .safetensors file")
    evaluate.add_argument("--dataset", choices=("mnist", "digits"), help="default: its own")
    evaluate.add_argument("--against", metavar="OTHER", help="compare with another checkpoint")
    evaluate.add_argument("--part", choices=("train", "validation", "test"), default="test")
    _add_data_dir(evaluate)

    study = _add(commands, "study", training.study, "train a recipe with several seeds and sum up")
    study.add_argument("--recipe", default="seed", help=f"one of {', '.join(RECIPES)}")
    study.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds 0 to N - 1")
    study.add_argument("--dataset", choices=("mnist", "digits"), help="default: the recipe's")
    study.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    study.add_argument("--jobs", type=int, metavar="N", help="runs at a time (default: all cores)")
    study.add_argument("--runs-dir", type=Path, help="default: MNIST_RUNS_DIR, else runs/")
    _add_data_dir(study)

    runs = _add(commands, "runs", training.runs, "list, show, resume, delete or restore runs")
    runs.add_argument("action", choices=("list", "show", "resume", "delete", "restore"))
    runs.add_argument("run", nargs="?", help="the run's id, for all but list")
    runs.add_argument("--runs-dir", type=Path, help="default: MNIST_RUNS_DIR, else runs/")
    _add_data_dir(runs)
    runs.set_defaults(tensorboard=False)

    predict = _add(commands, "predict", measuring.predict, "read digits from pictures")
    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    predict.add_argument("--model", default="seed", help="a checkpoint, as for evaluate")

    download = _add(commands, "download", exchange.download, "fetch MNIST into the data folder")
    _add_data_dir(download)

    ship = _add(commands, "ship", exchange.ship, "put a run's network into models/ under a name")
    ship.add_argument("run", help="the run's id, or its checkpoint, which may be a study's")
    ship.add_argument("name", help="the shipped model's name")
    ship.add_argument(
        "--calibrated-like",
        metavar="CHECKPOINT",
        help="a checkpoint of the same network whose temperature to take over, where the run held"
        " no images out",
    )
    ship.add_argument("--data-dir", type=Path, help="the data folder")

    export = _add(
        commands, "export", exchange.export, "write a network, or what a run measured, to a file"
    )
    export.add_argument("checkpoint", help="as for evaluate; a run's id for csv and html")
    export.add_argument("--format", choices=_ENDINGS, required=True)
    export.add_argument("--output", type=Path, metavar="FILE", help="default: NAME.FORMAT here")

    imports = _add(
        commands,
        "import",
        exchange.import_network,
        "check and keep a .safetensors file one was given",
    )
    imports.add_argument("file", type=Path)
    imports.add_argument("--owner", default=EVERYONE, help=argparse.SUPPRESS)  # for the app
    imports.add_argument("--name", help="what to call the network (default: the file's name)")
    _add_data_dir(imports)

    worker = _add(
        commands, "worker", training.worker, "for the app: wait for a run's folder, train it"
    )
    worker.set_defaults(json=False)
    return parser


def _add(commands: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, help="default: MNIST_DATA_DIR, else a cache")
