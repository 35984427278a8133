"""The one door for records: what is read from a file, or comes from outside, and has fields.

A record is a class whose fields have types with their bounds: a `Record`, which refuses a field it
does not name, for what only this app writes, or a dataclass, which passes over it, for cards, which
travel from version to version. Whatever stands in its place (other types, numbers out of bounds or
none, torn or deep JSON, a folder, a device, a file without end) is the same `RecordError`, with the
file, the reason and the remedy. Needs msgspec only.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from mnist_core.errors import MnistError, RecordError
from mnist_core.files import read_plain, replacing

MOST_BYTES: Final = 1_000_000
"""Of a record's file, where nothing else is said."""

_LONGEST_REASON: Final = 300
_IN_PLAIN_WORDS: Final = (
    ("Input data was truncated", "it ends too early"),
    ("JSON is malformed", "it is no JSON"),
    ("Object contains unknown field", "this version does not know the field"),
    ("Object missing required field", "it lacks the field"),
    ("Invalid enum value", "there is no such choice as"),
    ("Invalid value", "there is no such choice as"),
    ("Expected", "expected"),
)
_PLACE: Final = re.compile(r"^(.*) - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)

Count = Annotated[int, Meta(ge=0, le=10**12)]
Positive = Annotated[int, Meta(ge=1, le=10**12)]
Digit = Annotated[int, Meta(ge=0, le=9)]
Real = Annotated[float, Meta(ge=-1e39, le=1e39)]
"""Any number that a network's float32 can come to."""

NotNegative = Annotated[float, Meta(ge=0, le=1e39)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Epochs = Annotated[int, Meta(ge=0, le=10**6)] | Annotated[float, Meta(ge=0, le=1e6)]
"""A whole number stays one: it is shown as it stands."""

Word = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=10_000)]

T = TypeVar("T")


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only this app writes: a field that it does not name is refused."""


def read(path: Path, kind: type[T], *, remedy: str, most_bytes: int = MOST_BYTES) -> T:
    """Return the record in a file; raises `RecordError`, also where there is no such file."""
    try:
        content = read_plain(path, most_bytes)
    except OSError as error:
        raise RecordError(_shown(path), error.strerror or str(error), remedy) from error
    return decode(content, kind, file=path, remedy=remedy)


def decode(content: bytes, kind: type[T], *, file: Path | str, remedy: str) -> T:
    """Return the record that is written in JSON; `file` is what a `RecordError` names."""
    try:
        return decoder(kind).decode(content)
    except (ValueError, RecursionError, MnistError) as error:
        raise RecordError(_shown(file), reason_of(error), remedy) from error


def convert(value: Any, kind: type[T], *, file: Path | str, remedy: str) -> T:
    """Return the record of what was decoded before, without its type; as `decode`."""
    try:
        return msgspec.convert(value, kind)
    except (ValueError, RecursionError, MnistError) as error:
        raise RecordError(_shown(file), reason_of(error), remedy) from error


def read_each(
    paths: Iterable[Path], read_one: Callable[[Path], T], problems: list[str] | None
) -> list[T]:
    """Return what can be read; why the others cannot is added to `problems`, if there are any."""
    found: list[T] = []
    for path in paths:
        try:
            found.append(read_one(path))
        except RecordError as error:
            if problems is not None:
                problems.append(str(error))
    return found


def encode(record: Any) -> bytes:
    """Return a record, or what is made of them, as JSON for people to read."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def write(path: Path, record: Any) -> None:
    """Replace `path` by the record, atomically; raises `OSError` where that cannot be."""
    with replacing(path) as temporary:
        temporary.write_bytes(encode(record))


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return what decodes records of a kind, made once."""
    return _decoder(kind)


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def reason_of(error: Exception) -> str:
    """Return why something is no record, in a few words: "epochs: expected int, got str"."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    text = str(error) or type(error).__name__
    if not isinstance(error, MnistError):
        found = _PLACE.match(text)
        what, place = found.groups() if found else (text, "")
        for theirs, ours in _IN_PLAIN_WORDS:
            what = what.replace(theirs, ours)
        text = (f"{place}: " if place else "") + what.replace("`", "")
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + " …"


def _shown(file: Path | str) -> str:
    """Return a file's name such that any page and terminal can show it."""
    return os.fsencode(file).decode("utf-8", "replace")
