"""The words of the command line: mistakes in one line, and commands that can be pasted.

Help and mistakes are told at once: nothing slow is loaded here.
"""

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from mnist_core.errors import ConfigError, did_you_mean

_SCRIPT: Final = "mnist-lab"
_MOST: Final = 1_000
"""Seeds, or runs at a time."""


class Parser(argparse.ArgumentParser):
    """As argparse's, but that a mistake is one line; `commands` are its commands' own parsers."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, Parser] = {}

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith(("?", ".")) else "."
        self.exit(2, f"{self.prog}: {message}{end} See {self.prog} --help.\n")

    def parse(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Return the options; ends the process, with status 2, where something is unknown."""
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            self.commands[options.command]._refuse(unknown[0])
        return options

    def _refuse(self, word: str) -> NoReturn:
        if not word.startswith("-"):
            self.error(f"{word!r} is one word too many")
        option = word.partition("=")[0]
        self.error(
            f"there is no option {option}.{did_you_mean(option, self._option_string_actions)}"
        )

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            raise argparse.ArgumentError(
                action,
                f"{value!r} is none of {', '.join(known)}.{did_you_mean(str(value), known)}",
            )


def read_folder(text: str) -> Path:
    """Return the folder that an option names; raises `ConfigError` for what cannot be one."""
    path = Path(text)
    try:
        is_in_the_way = not path.is_dir() and path.lstat()
    except FileNotFoundError:
        is_in_the_way = False  # it is made when something is written
    except (OSError, ValueError):
        is_in_the_way = True
    if is_in_the_way or not text:
        raise ConfigError(f"{text!r:.200} is no folder; name one that is, or is to be made.")
    return path


def number_of(what: str) -> Callable[[str], int]:
    """Return what makes a number of an option's text.

    That raises `ConfigError` for less than one, and for more than `_MOST`.
    """

    def read(text: str) -> int:
        if (count := int(text)) < 1:
            raise ConfigError(f"There must be at least one {what}, not {count}.")
        if count > _MOST:
            raise ConfigError(f"At most {_MOST:,} {what}s, not {text[:20]}.")
        return count

    read.__name__ = "int"  # argparse says "invalid int value"
    return read


def this_command() -> str:
    """Return what starts this program again, as it was started."""
    if Path(sys.argv[0]).name == _SCRIPT:
        is_found = shutil.which(_SCRIPT) is not None
        return _SCRIPT if is_found else shlex.quote(sys.argv[0])
    return f"{_python()} -m mnist_core"


def _python() -> str:
    usual = shutil.which("python")
    if usual is None or Path(usual).parent != Path(sys.executable).parent:
        path = Path(sys.executable)
        is_below = path.is_relative_to(Path.cwd())
        return shlex.quote(str(path.relative_to(Path.cwd()) if is_below else path))
    return "python"


def paste(
    options: argparse.Namespace, *words: str, folders: Sequence[str] = ("runs_dir", "data_dir")
) -> str:
    """Return a command to run next, with those of the folders that this one was given."""
    for name in folders:
        if (folder := getattr(options, name, None)) is not None:
            words = (*words, f"--{name.replace('_', '-')}", str(folder))
    return f"{this_command()} {shlex.join(words)}"
