"""The command line: `python -m mnist_core COMMAND`; the only place that prints.

`--json` prints one object on standard output and nothing else there. Exit status: 0 done, 2 the
user's mistake (one line on standard error with the remedy), 1 anything else.
A command's module is imported when the command is run: most need torch, which takes seconds to
load, and help and mistakes in the options are told at once.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mnist_core.cli.parser import Parser, number_of, read_folder, this_command
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.config.settings import SET_BY_STUDY, TrainConfig, knobs
from mnist_core.errors import MnistError
from mnist_core.files import EVERYONE

COMMANDS: Final = {
    "summary": ("measuring:summary", "print a network's layer table"),
    "train": ("training:train", "train a network in the foreground"),
    "evaluate": ("measuring:evaluate", "measure a checkpoint"),
    "study": ("experiments:study", "train a recipe with several seeds and sum up"),
    "search": ("search:search", "look for good networks within a limit of parameters"),
    "dispatch": ("dispatch:dispatch", "train on a cluster what the app has queued"),
    "runs": ("runs:runs", "list, show, resume, finish, delete, put aside or restore runs"),
    "board": ("board:board", "print the best runs of each size, and the board; or clear it"),
    "predict": ("measuring:predict", "read digits from pictures"),
    "download": ("exchange:download", "fetch MNIST into the data folder"),
    "ship": ("exchange:ship", "put a run's network into models/ under a name"),
    "ship-doubt": ("exchange:ship_doubt", "teach and ship what tells digits from other drawings"),
    "export": ("exchange:export", "write a network, or what a run measured, to a file"),
    "import": ("exchange:import_network", "check and keep a .safetensors file one was given"),
    "worker": ("training:worker", "for the app: wait for runs' folders, train them"),
    "driver": ("search:drive", "for the app: go on with the search in a folder"),
}
"""By name: where the function is, as MODULE:FUNCTION in this folder, and what help says of it."""

_EXTRAS: Final = dict.fromkeys(("optuna", "ray"), "pip install -r requirements-scale.txt")
"""What brings a package that is not installed with the app."""

_OF_RUNS: Final = ("list", "show", "resume", "finish", "delete", "put-aside", "restore")
_OF_RUNS_HELP: Final = (
    "resume goes on with a stopped run; finish says that it will not go on, and measures it on the"
    " test set; put-aside moves a run that cannot be read out of the way"
)

_ENDINGS: Final = ("safetensors", "onnx", "csv", "html")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Who calls it says what an interruption means."""
    try:
        options = _build_parser().parse(arguments)
        return load_command(options.command)(options)
    except MnistError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        print(f"This needs {error.name}: {_EXTRAS[error.name]}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read has had enough
        sys.stdout = None
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(
            f"A file could not be read or written{where}: {error.strerror or error}. Free some"
            " space, or give back the right to write there.",
            file=sys.stderr,
        )
        return 1


def load_command(name: str) -> Callable[[argparse.Namespace], int]:
    """Import the command's module and return its function."""
    module, function = COMMANDS[name][0].split(":")
    return getattr(import_module(f"mnist_core.cli.{module}"), function)


def _build_parser() -> Parser:
    parser = Parser(prog=this_command(), description="Small networks that read digits.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = parser.commands
    for name, (_, text) in COMMANDS.items():
        parsers[name] = commands.add_parser(name, help=text, description=text)
        parsers[name].add_argument("--json", action="store_true", help="print one JSON object")
    _describe_train(parsers["train"])
    _describe_study(parsers["study"])
    _describe_search(parsers["search"])
    _describe_dispatch(parsers["dispatch"])
    _describe_runs(parsers["runs"])
    _describe_board(parsers["board"])
    _describe_measuring(parsers)
    _describe_exchange(parsers)
    _describe_worker(parsers["worker"])
    _describe_driver(parsers["driver"])
    return parser


def _describe_train(train: argparse.ArgumentParser) -> None:
    _add_recipe(train)
    _add_runs_dir(train)
    train.add_argument(
        "--tensorboard", action="store_true", help="write TensorBoard event files into the run"
    )
    _add_data_dir(train)
    _add_strokes(train)
    _add_settings(train, list(knobs()))


def _add_settings(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    for name in names:
        knob = knobs()[name]
        kind = type(getattr(TrainConfig(), name))
        letter = {int: "N", str: "NAME"}.get(kind, "X")
        how: dict[str, Any] = {"type": _reader(name), "metavar": letter}
        if kind is bool:
            how = {"action": argparse.BooleanOptionalAction}
        elif knob.choices and not knob.is_open:
            how = {"choices": knob.choices}
        text = knob.help.replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", help=text, default=None, **how)


def _describe_study(study: argparse.ArgumentParser) -> None:
    _add_recipe(study)
    study.add_argument(
        "--seeds", type=number_of("seed"), default=10, metavar="N", help="seeds 0 to N - 1"
    )
    _add_settings(study, [name for name in knobs() if name not in SET_BY_STUDY])
    _add_jobs(study)
    _add_runs_dir(study)
    _add_data_dir(study)
    _add_strokes(study)


def _describe_search(search: argparse.ArgumentParser) -> None:
    search.add_argument(
        "--max-parameters", type=int, required=True, metavar="N", help="no network has more"
    )
    search.add_argument("--trials", type=int, required=True, metavar="N", help="networks to train")
    search.add_argument("--epochs", type=int, default=5, metavar="N", help="of each (default: 5)")
    search.add_argument("--seeds", type=int, default=3, metavar="N", help="of each (default: 3)")
    search.add_argument("--dataset", choices=("mnist", "digits"), default="mnist")
    search.add_argument(
        "--recipe",
        type=get_recipe,
        default="compact",
        help="what it begins with; what is not searched over stays its",
    )
    search.add_argument(
        "--fixed-recipe", type=get_recipe, metavar="NAME", help="search over networks only"
    )
    search.add_argument("--fixed-network", metavar="LINE", help="search over settings only")
    search.add_argument(
        "--fixed", nargs="+", default=(), metavar="SETTING", help="settings that stay the recipe's"
    )
    search.add_argument("--name", help="of its folder; the same name goes on with it")
    search.add_argument("--seed", type=int, default=0, metavar="N", help="of the proposals")
    search.add_argument(
        "--at-once", type=int, default=8, metavar="N", help="proposals made together (default: 8)"
    )
    _add_jobs(search)
    _add_runs_dir(search)
    _add_data_dir(search)


def _describe_dispatch(dispatch: argparse.ArgumentParser) -> None:
    _add_jobs(dispatch)
    dispatch.set_defaults(cluster="local")
    _add_runs_dir(dispatch)
    _add_data_dir(dispatch)


def _describe_worker(worker: argparse.ArgumentParser) -> None:
    worker.add_argument("--runs", choices=("one", "by-copies", "in-turn"), default="one")


def _describe_driver(driver: argparse.ArgumentParser) -> None:
    driver.add_argument("folder", type=Path, help="the search's")
    driver.add_argument("--jobs", type=number_of("job"), default=1, metavar="N")


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jobs", type=number_of("job"), metavar="N", help="runs at a time (default: all cores)"
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help='train on this Ray cluster; "local" starts one here'
    )


def _describe_runs(runs: argparse.ArgumentParser) -> None:
    runs.add_argument("action", choices=_OF_RUNS, help=_OF_RUNS_HELP)
    runs.add_argument("run", nargs="?", help="the run's id, for all but list")
    told = "resume after that epoch, as a new run; the settings below are for it"
    runs.add_argument("--from-epoch", type=int, metavar="N", help=told)
    _add_settings(runs, ("epochs", "learning_rate", "seed"))
    _add_runs_dir(runs)
    _add_data_dir(runs)


def _describe_board(board: argparse.ArgumentParser) -> None:
    board.add_argument("--clear", action="store_true", help="take everybody's runs off the board")
    _add_runs_dir(board)


def _describe_measuring(parsers: Mapping[str, argparse.ArgumentParser]) -> None:
    summary, evaluate, predict = (parsers[name] for name in ("summary", "evaluate", "predict"))
    summary.add_argument(
        "--model", default="seed", help="a network's name or its line (default: seed)"
    )

    evaluate.add_argument("checkpoint", help="a shipped model, a run's id or a .safetensors file")
    evaluate.add_argument("--dataset", choices=("mnist", "digits"), help="default: its own")
    evaluate.add_argument("--against", metavar="OTHER", help="compare with another checkpoint")
    evaluate.add_argument("--part", choices=("train", "validation", "test"), default="test")
    _add_data_dir(evaluate)

    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    predict.add_argument(
        "--model", help="a checkpoint, as for evaluate (default: draw if it ships, else seed)"
    )


def _describe_exchange(parsers: Mapping[str, argparse.ArgumentParser]) -> None:
    _add_data_dir(parsers["download"])

    doubt = parsers["ship-doubt"]
    doubt.add_argument(
        "--strokes", type=Path, required=True, metavar="FILE", help="pen digits, as for train"
    )
    _add_data_dir(doubt)

    ship, export, imports = (parsers[name] for name in ("ship", "export", "import"))
    ship.add_argument("run", help="the run's id, or its checkpoint, which may be a study's")
    ship.add_argument("name", help="the shipped model's name")
    ship.add_argument(
        "--calibrated-like",
        metavar="CHECKPOINT",
        help="a checkpoint of the same network whose temperature to take over, where the run held"
        " no images out",
    )
    _add_data_dir(ship)

    export.add_argument("checkpoint", help="as for evaluate; a run's id for csv and html")
    export.add_argument("--format", choices=_ENDINGS, required=True)
    export.add_argument("--output", type=Path, metavar="FILE", help="default: NAME.FORMAT here")

    imports.add_argument("file", type=Path)
    imports.add_argument("--owner", default=EVERYONE, help=argparse.SUPPRESS)  # for the app
    imports.add_argument("--name", help="what to call the network (default: the file's name)")
    _add_data_dir(imports)


def _reader(setting: str) -> Callable[[str], Any]:
    """Return what makes a setting's value of an option's text, or raises `ConfigError`."""
    kind = type(getattr(TrainConfig(), setting))

    def read(text: str) -> Any:
        value = kind(text)
        TrainConfig(**{setting: value})
        return value

    read.__name__ = kind.__name__  # argparse says "invalid int value"
    return read


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recipe", type=get_recipe, default="seed", help=f"one of {', '.join(RECIPES)}"
    )


def _add_runs_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs-dir", type=read_folder, help="default: MNIST_RUNS_DIR, else runs/")


def _add_strokes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strokes",
        type=Path,
        metavar="FILE",
        help="pen digits to train on, too (recipe draw): UNIPEN or JSON lines, or a folder of kept"
        " drawings; where writers are known, the last fifth of them is held out",
    )


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=read_folder, help="default: MNIST_DATA_DIR, else a cache"
    )
