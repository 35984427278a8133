"""What a person can put right: every message says what happened and what to do next.

MnistError
├── DataError          a data file is missing, damaged or foreign
├── CheckpointError    weights or their card cannot be used
├── ConfigError        a setting is out of its range
├── RunError           a run folder cannot be used as asked
└── RecordError        a file, or what came from outside, is not the record it should be
"""

import difflib
import re
from collections.abc import Iterable


class MnistError(Exception):
    """The user's mistake or the machine's condition; the message names the remedy."""


class DataError(MnistError):
    """A data file is missing, damaged or foreign."""


class CheckpointError(MnistError):
    """Weights or their card are missing, damaged or do not fit the network."""


class ConfigError(MnistError):
    """A setting is unknown or out of its range."""


class RunError(MnistError):
    """A run folder cannot be used as asked."""


class RecordError(MnistError):
    """A file, or what came from outside, is not the record it should be (`mnist_core.records`)."""

    def __init__(self, file: str, reason: str, remedy: str) -> None:
        super().__init__(f"{file} cannot be read: {reason}. {remedy}")
        self.file, self.reason, self.remedy = file, reason, remedy


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'seed'?" for the known word most like it, or nothing where none is.

    Initials count too: `lr` is like `learning-rate`.
    """
    names = list(known)
    short = re.sub(r"\W", "", word).lower()
    by_initials = [name for name in names if _initials(name) == short and len(short) > 1]
    found = by_initials or difflib.get_close_matches(word.lower(), names, n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def _initials(name: str) -> str:
    return "".join(part[0] for part in re.split(r"[^a-z0-9]+", name) if part)
