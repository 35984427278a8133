"""Digits as people wrote them with a pen: strokes read from a file, checked before they are used.

Two forms, each as it is or compressed with gzip:

- UNIPEN, as UCI distributes "Pen-Based Recognition of Handwritten Digits" (E. Alpaydin,
  F. Alimoglu, 1996, CC BY 4.0, https://doi.org/10.24432/C5MG6K): `pendigits-orig.tra`, y upward.
- JSON lines, one digit each, y downward:
  {"digit": 8, "writer": 12, "strokes": [[[x, y], [x, y], …], …]}; the writer may be missing.
  The first line may say {"source": …, "licence": …} in its place.

A folder stands for all `*.strokes.json` in it, such as kept drawings have beside them. The data
are no part of the project. It knows nothing of pens, pixels and training.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from mnist_core import records
from mnist_core.errors import DataError
from mnist_core.files import is_folder, open_plain, read_plain
from mnist_core.records import Count, Digit, Word, decoder, reason_of

Stroke = NDArray[np.float32]

MOST_STROKES: Final = 20
"""A digit of more strokes is none."""

ENDING: Final = ".strokes.json"
"""Of a file with one line, the strokes of a drawing."""

_MOST_POINTS: Final = 20_000
_MOST_BYTES: Final = 500_000_000
_FARTHEST: Final = 1e6
_SHARE_HELD_OUT: Final = 0.2

_WHERE: Final = (
    "Get pendigits-orig.tra from https://doi.org/10.24432/C5MG6K (“Pen-Based Recognition of"
    " Handwritten Digits”, E. Alpaydin and F. Alimoglu, CC BY 4.0; uncompress it with gzip -d), or"
    ' give JSON lines like {"digit": 1, "writer": 3, "strokes": [[[0, 0], [0, 200]]]}.'
)
_SOURCE_OF_UNIPEN: Final = (
    "E. Alpaydin and F. Alimoglu, Pen-Based Recognition of Handwritten Digits, UCI Machine Learning"
    " Repository, 1996, https://doi.org/10.24432/C5MG6K"
)
_SEGMENT: Final = re.compile(r'\.SEGMENT\s+DIGIT\s+\S+\s+\S+\s+"([0-9])"')
_COMMENT: Final = re.compile(r"\.COMMENT\s+[0-9]\s+([0-9]+)\s+[0-9]+")


@dataclass(frozen=True, kw_only=True)
class PenDigit:
    """One digit: its strokes (N, 2) float32, x and y, y downward, the top left at (0, 0).

    `writer` tells who wrote it, where that is known; strokes are in the order of writing.
    """

    digit: int
    strokes: tuple[Stroke, ...]
    writer: int | None = None


class StrokeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a card, and a run's run.json, say of the pen strokes that were trained on."""

    name: Word
    sha256: Word
    digits_trained_on: Count
    writers_trained_on: Count
    source: records.Text = ""
    licence: records.Text = ""


@dataclass(frozen=True, kw_only=True)
class StrokeSet:
    """A file's digits in its order; `sha256` is that of `content`, the file decompressed.

    `source` and `licence` are as far as the file tells.
    """

    digits: tuple[PenDigit, ...]
    name: str
    sha256: str
    content: bytes = field(repr=False)
    source: str = ""
    licence: str = ""

    @property
    def writers(self) -> tuple[int, ...]:
        """Those who are known, in ascending order."""
        return tuple(sorted({one.writer for one in self.digits if one.writer is not None}))

    @property
    def facts(self) -> StrokeFacts:
        """What a card says of it."""
        trained_on, _ = hold_out_writers(self.digits)
        return StrokeFacts(
            name=self.name,
            sha256=self.sha256,
            digits_trained_on=len(trained_on),
            writers_trained_on=len({one.writer for one in trained_on} - {None}),
            source=self.source,
            licence=self.licence,
        )


def read_strokes(path: Path) -> StrokeSet:
    """Return the pen strokes in `path`, in either form, or in a folder of kept drawings.

    Raises `DataError`, naming the line and where to get the data, for a file that is missing,
    damaged or of another kind.
    """
    return parse_strokes(_read_folder(path) if is_folder(path) else read_content(path), path)


def parse_strokes(content: bytes, path: Path) -> StrokeSet:
    """Return the pen strokes of a file's content; `path` is what errors name. As `read_strokes`."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} holds no pen strokes: it is no text. {_WHERE}") from error
    first = text.lstrip()[:1]
    if first not in ("{", "."):
        raise DataError(f"{path} holds no pen strokes: it begins as neither form does. {_WHERE}")
    try:
        digits = tuple(_parse_json(text) if first == "{" else _parse_unipen(text))
    except _BadLineError as error:
        raise DataError(f"{path}, line {error.line}: {error}. {_WHERE}") from error
    if not digits:
        raise DataError(f"{path} holds no digit. {_WHERE}")
    source, licence = _provenance(text) if first == "{" else (_SOURCE_OF_UNIPEN, "CC BY 4.0")
    return StrokeSet(
        digits=digits,
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        source=source,
        licence=licence,
    )


def hold_out_writers(
    digits: Sequence[PenDigit],
) -> tuple[list[PenDigit], list[PenDigit]]:
    """Return the digits to train on, and those of the last fifth of the writers.

    By writer, never by digit: what counts is to read people that were never met. Of UCI's 30
    these are 25 to 30. Digits of unknown writers are trained on.
    """
    writers = sorted({one.writer for one in digits if one.writer is not None})
    held_out = set(writers[len(writers) - int(_SHARE_HELD_OUT * len(writers)) :])
    return (
        [one for one in digits if one.writer not in held_out],
        [one for one in digits if one.writer in held_out],
    )


class _BadLineError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


def read_content(path: Path) -> bytes:
    """Return a file's content, decompressed; raises `DataError` where that cannot be."""
    try:
        with open_plain(path) as file:
            magic = file.read(2)
            if magic == b"\x1f\x9d":
                raise DataError(f"{path} is compressed (.Z): uncompress it first, gzip -d {path}.")
        with gzip.open(path) if magic == b"\x1f\x8b" else path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist. {_WHERE}") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path} cannot be read ({reason}). {_WHERE}") from error
    if len(content) > _MOST_BYTES:
        raise DataError(f"{path} is too large: at most {_MOST_BYTES // 10**6} MB are read.")
    return content


def _read_folder(folder: Path) -> bytes:
    try:
        contents = [_read_drawing(path) for path in sorted(folder.rglob(f"*{ENDING}"))]
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read ({error.strerror}).") from error
    if not contents:
        raise DataError(
            f"{folder} has no drawings with their strokes. Keep some on the page Draw: it stores"
            " the strokes beside the picture."
        )
    header = b'{"source": "drawings kept in the app", "licence": ""}'
    return b"\n".join([header, *contents, b""])


def _read_drawing(path: Path) -> bytes:
    content = read_plain(path, records.MOST_BYTES)
    records.decode(content, _Line, file=path, remedy="Delete this drawing.")  # or says what is bad
    return content.strip()


class _Provenance(msgspec.Struct):
    source: str = ""
    licence: str = ""


class _Line(msgspec.Struct, omit_defaults=True):
    digit: Digit
    strokes: list[list[tuple[float, float]]]
    writer: int | None = None


def _provenance(text: str) -> tuple[str, str]:
    """Return source and licence from the first line, as far as it tells them."""
    try:
        told = decoder(_Provenance).decode(text.lstrip().split("\n", 1)[0])
    except (ValueError, RecursionError):
        return "", ""
    return told.source[:300], told.licence[:100]


def _parse_json(text: str) -> Iterator[PenDigit]:
    is_first = True
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or (is_first and '"source"' in line and '"digit"' not in line):
            continue
        is_first = False
        try:
            found = decoder(_Line).decode(line)
        except (ValueError, RecursionError) as error:
            raise _BadLineError(number, f"this is no digit: {reason_of(error)}") from error
        yield _checked(found.digit, found.writer, found.strokes, number)


def _parse_unipen(text: str) -> Iterator[PenDigit]:
    """Read segments of one digit each; a comment's second number is the writer's."""
    digit: int | None = None
    writer: int | None = None
    strokes: list[list[list[float]]] = []
    begun, is_down = 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        word, *rest = line.split() or [""]
        if word == ".SEGMENT":
            if digit is not None:
                yield _checked(digit, writer, strokes, begun)
            found = _SEGMENT.match(line.strip())
            if found is None:
                raise _BadLineError(number, "this segment is no digit from 0 to 9")
            digit, writer, strokes, begun, is_down = int(found[1]), None, [], number, False
        elif word == ".COMMENT" and (noted := _COMMENT.match(line.strip())):
            writer = int(noted[1])
        elif word in (".PEN_DOWN", ".PEN_UP"):
            is_down = word == ".PEN_DOWN"
            if is_down:
                strokes.append([])
        elif word and not word.startswith("."):
            if not is_down or digit is None:
                raise _BadLineError(number, "here is a point while the pen is up")
            strokes[-1].append(_point([word, *rest], number))
    if digit is not None:
        yield _checked(digit, writer, strokes, begun)


def _point(words: list[str], line: int) -> list[float]:
    try:
        x, y = map(float, words)
    except ValueError as error:
        raise _BadLineError(line, "this is no point, which is two numbers") from error
    return [x, -y]


def _checked(
    digit: int, writer: int | None, strokes: Sequence[Sequence[Sequence[float]]], line: int
) -> PenDigit:
    """Return the digit with its own top left at (0, 0), or raise for what is no strokes."""
    if not 0 < len(strokes) <= MOST_STROKES:
        raise _BadLineError(
            line, f"a digit has 1 to {MOST_STROKES} strokes, and this has {len(strokes)}"
        )
    arrays = [np.array(stroke, np.float64) for stroke in strokes]
    for array in arrays:
        if len(array) == 0:
            raise _BadLineError(line, "a stroke has no point")
        if len(array) > _MOST_POINTS or not (np.abs(array) < _FARTHEST).all():
            raise _BadLineError(line, "a stroke is too long, or a point too far away")
    corner = np.concatenate(arrays).min(axis=0)
    return PenDigit(
        digit=digit,
        writer=writer,
        strokes=tuple((array - corner).astype(np.float32) for array in arrays),
    )
