"""The words of a network's line, each on its own: `16c3`, `p2`, `d.1`. Standard library only.

A word knows its place in the line, counted from 1, and the characters it stands at. It does not
know its neighbours: whether a network fits together is `notation.parse`'s to say.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mnist_core.errors import ConfigError

MAX_CHANNELS: Final = 256
MAX_KERNEL: Final = 28
MAX_LAYERS: Final = 32
"""Every word is one, as often as it stands there; `x3` is three, the end is one too."""

MAX_CHARACTERS: Final = 1000
"""Of a whole line; 32 of the longest words need fewer."""

_MAX_RATE: Final = 0.9
_MAX_DECIMALS: Final = 3
_MAX_SHOWN: Final = 24

_TIMES: Final = re.compile(r"([0-9]+)\*(.*)")
_CONVOLUTION: Final = re.compile(r"([0-9]+)([cC])([0-9]+)((?:[sgx][0-9]+|v)*)")
_SUFFIX: Final = re.compile(r"([svgx])([0-9]*)")
_RATE: Final = re.compile(r"d\.([0-9]+)")


class NotationError(ConfigError):
    """A line that is no network.

    `place` is the number of the offending word, from 1, and `span` the characters to mark. `word`
    is the word, shortened and safe to show; "" where the line as a whole is meant, and `span` is
    then where something is missing. `reason` and `cure` are the two halves of what is told.
    """

    def __init__(
        self, place: int, word: str, reason: str, cure: str, span: tuple[int, int]
    ) -> None:
        super().__init__(place, word, reason, cure, span)
        self.place = place
        self.word = word
        self.reason = reason
        self.cure = cure
        self.span = span

    def __str__(self) -> str:
        where = f"Place {self.place}, `{self.word}`: " if self.word else ""
        return f"{where}{self.reason} {self.cure}"


@dataclass(frozen=True)
class Token:
    """A word as typed, whatever it says: `text` stands at `start` (included) to `end`."""

    text: str
    place: int
    start: int
    end: int

    def error(self, reason: str, cure: str) -> NotationError:
        return NotationError(self.place, _shown(self.text), reason, cure, (self.start, self.end))


class Kind(StrEnum):
    """What a word stands for."""

    BLOCK = "block"
    CONVOLUTION = "convolution"
    NORM = "batch norm"
    RELU = "ReLU"
    MAX_POOL = "maximum of 2×2"
    MEAN_POOL = "mean of 2×2"
    BLUR_POOL = "blurred maximum of 2×2"
    DROPOUT = "dropout"
    MAX_END = "greatest value"
    MEAN_END = "mean value"


_FIXED: Final = {
    "p2": (Kind.MAX_POOL, "maximum of 2×2 places"),
    "a2": (Kind.MEAN_POOL, "mean of 2×2 places"),
    "b2": (Kind.BLUR_POOL, "maximum of 2×2 places, blurred"),
    "d": (Kind.DROPOUT, "dropout at the recipe’s rate"),
    "max": (Kind.MAX_END, "the end: the greatest value over all places"),
    "mean": (Kind.MEAN_END, "the end: the mean value over all places"),
    "B": (Kind.NORM, "batch norm"),
    "R": (Kind.RELU, "ReLU"),
}

_OTHER_NAMES: Final = {word.lower(): word for word in _FIXED} | {
    "pool": "p2",
    "maxpool": "p2",
    "avgpool": "a2",
    "blurpool": "b2",
    "dropout": "d",
    "relu": "R",
    "bn": "B",
    "norm": "B",
    "batchnorm": "B",
    "avg": "mean",
    "gap": "mean",
}
"""What people type in other notations, and in the wrong case."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a word says. Two words that say the same are equal, however they were typed.

    `channels` to `repeats` are a convolution's; `repeats` is `x3`'s. `rate` is `d.1`'s, None for
    the recipe's. `times` is `2*`'s. As text it is in normal form, without `2*`.
    """

    kind: Kind
    channels: int = 0
    kernel: int = 0
    stride: int = 1
    is_padded: bool = True
    groups: int = 1
    repeats: int = 1
    rate: float | None = None
    times: int = 1
    token: Token = field(compare=False, repr=False)

    @property
    def is_convolution(self) -> bool:
        return self.kind in (Kind.BLOCK, Kind.CONVOLUTION)

    @property
    def is_pool(self) -> bool:
        return self.kind in (Kind.MAX_POOL, Kind.MEAN_POOL, Kind.BLUR_POOL)

    @property
    def is_end(self) -> bool:
        return self.kind in (Kind.MAX_END, Kind.MEAN_END)

    @property
    def padding(self) -> int:
        return self.kernel // 2 if self.is_padded else 0

    def __str__(self) -> str:
        if self.rate is not None:
            return f"d{self.rate:g}".replace("0.", ".", 1)
        if not self.is_convolution:
            return next(text for text, (kind, _) in _FIXED.items() if kind == self.kind)
        text = f"{self.channels}{'c' if self.kind == Kind.BLOCK else 'C'}{self.kernel}"
        text += f"s{self.stride}" if self.stride > 1 else ""
        text += "v" if not self.is_padded else ""
        text += f"g{self.groups}" if self.groups > 1 else ""
        return text + (f"x{self.repeats}" if self.repeats > 1 else "")

    def written(self, times: int | None = None) -> str:
        """Return the word so many times, or as often as it stands here: `2*16c3`."""
        times = self.times if times is None else times
        return f"{times}*{self}" if times > 1 else str(self)


def split(text: str) -> tuple[Token, ...]:
    """Return the words of a line as typed, known or not; blanks of any kind separate them."""
    return tuple(
        Token(found.group(), place, found.start(), found.end())
        for place, found in enumerate(re.finditer(r"\S+", text), 1)
    )


def read_word(token: Token) -> Word:
    """Return what a word says; raises `NotationError` if it says nothing, or too much."""
    repeated = _TIMES.fullmatch(token.text)
    text = repeated[2] if repeated else token.text
    times = _number(token, repeated[1], "repetitions", MAX_LAYERS) if repeated else 1
    if found := _CONVOLUTION.fullmatch(text):
        return _read_convolution(token, found, times)
    if found := _RATE.fullmatch(text):
        return Word(kind=Kind.DROPOUT, rate=_read_rate(token, found[1]), times=times, token=token)
    if text not in _FIXED:
        raise _unknown(token, text, repeated)
    word = Word(kind=_FIXED[text][0], times=times, token=token)
    if word.is_end and times > 1:
        raise token.error("the end comes once.", f"Write `{word}`.")
    return word


def _read_convolution(token: Token, found: "re.Match[str]", times: int) -> Word:
    channels, letter, kernel, suffixes = found.groups()
    values: dict[str, str] = {}
    for suffix, value in _SUFFIX.findall(suffixes):
        if suffix in values:
            raise token.error(f"`{suffix}` stands twice in it.", "Leave one of them out.")
        values[suffix] = value
    if letter == "C" and "x" in values:
        raise token.error(
            "only a block can use its kernel again.",
            f"Write `c` for `C`, or drop `x{values['x']}`.",
        )
    kernel = _number(token, kernel, "sides of a kernel", MAX_KERNEL)
    return Word(
        kind=Kind.BLOCK if letter == "c" else Kind.CONVOLUTION,
        channels=_number(token, channels, "channels", MAX_CHANNELS),
        kernel=kernel,
        stride=_number(token, values.get("s", "1"), "strides", MAX_KERNEL),
        is_padded="v" not in values or kernel == 1,  # a 1×1 kernel has nothing to pad
        groups=_number(token, values.get("g", "1"), "groups", MAX_CHANNELS),
        repeats=_number(token, values.get("x", "1"), "uses of a kernel", MAX_LAYERS),
        times=times,
        token=token,
    )


def _read_rate(token: Token, decimals: str) -> float:
    decimals = decimals.rstrip("0")
    if not decimals:
        raise token.error("it would silence nothing.", "Take `d.1`, or remove it.")
    if len(decimals) > _MAX_DECIMALS:
        raise token.error(
            "a rate has at most three decimals.",
            f"Take `d.{decimals[:_MAX_DECIMALS].rstrip('0') or '001'}`.",
        )
    rate = float(f".{decimals}")
    if rate > _MAX_RATE:
        raise token.error("it leaves too few channels to learn with.", "Take at most `d.9`.")
    return rate


def _number(token: Token, text: str, what: str, largest: int) -> int:
    number = int(text)
    if not 1 <= number <= largest:
        nearest = min(max(number, 1), largest)
        raise token.error(f"{what} go from 1 to {largest}, not {_shown(text)}.", f"Take {nearest}.")
    return number


def _unknown(token: Token, text: str, repeated: "re.Match[str] | None") -> NotationError:
    guess = next((word for word in _guesses(text) if word), None)
    if guess is None:
        cure = (
            "Words are `16c3`, `p2`, `a2`, `b2`, `d`, `max`, `mean` and the bare `16C3`, `B`, `R`."
        )
        return token.error("unknown.", cure)
    word = read_word(Token(guess, 1, 0, 0))
    meaning = f"{word.channels} channels, {word.kernel}×{word.kernel} kernel"
    if word.rate is not None:
        meaning = "dropout at a rate of its own"
    elif not word.is_convolution:
        meaning = _FIXED[guess][1]
    times = int(repeated[1]) if repeated and not word.is_end else 1
    return token.error("unknown.", f"Did you mean `{word.written(times)}` ({meaning})?")


def _guesses(text: str) -> Iterator[str | None]:
    """Yield what may have been meant, the likeliest first; None where nothing comes to mind."""
    text = text.rpartition("*")[2]
    lower = text.lower()
    yield _OTHER_NAMES.get(lower)
    yield "d.1" if re.fullmatch(r"d[0-9.,]+", lower) else None
    numbers = re.search(r"([0-9]+)([^0-9]+)([0-9]+)", text)
    yield _convolution(numbers[1], numbers[3], is_bare=numbers[2] == "C") if numbers else None
    if channels := re.match(r"[0-9]+", text):
        yield _convolution(channels[0], "3", is_bare="C" in text)
    if kernel := re.fullmatch(r"[cC]([0-9]+)", text):
        yield _convolution("16", kernel[1], is_bare="C" in text)
    close = difflib.get_close_matches(lower[:_MAX_SHOWN], _OTHER_NAMES, 1, 0.5)
    yield _OTHER_NAMES[close[0]] if close else None


def _convolution(channels: str, kernel: str, *, is_bare: bool) -> str | None:
    fits = 1 <= int(channels) <= MAX_CHANNELS and 1 <= int(kernel) <= MAX_KERNEL
    return f"{int(channels)}{'C' if is_bare else 'c'}{int(kernel)}" if fits else None


def _shown(text: str) -> str:
    """Return text that may stand in a message between backticks, whatever was typed."""
    kept = "".join(c if c.isprintable() and c != "`" else "?" for c in text[:_MAX_SHOWN])
    return kept + "…" if len(text) > _MAX_SHOWN else kept
