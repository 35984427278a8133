"""A line rewritten, one word at a time: what the buttons beside each part of a network do.

Every function takes a line and the place of a word, from 1, and returns a new line; the other words
stay as typed, right or wrong, one blank apart. Where there is nothing to do (no such place, no
kernel in a `p2`, no smaller one than 1×1), the words come back unchanged. Whether the new network
fits together is for `notation.parse` to say. Standard library only.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mnist_core.networks.words import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_LAYERS,
    NotationError,
    Word,
    read_word,
    split,
)

_CHANNELS_A_STEP: Final = 4
_KERNEL_A_STEP: Final = 2


def insert_before(line: str, place: int, new: str) -> str:
    """Put a word before the one at `place`; before place 1 of an empty line is its start."""
    words = _texts(line)
    if 1 <= place <= max(len(words), 1):
        words.insert(place - 1, new)
    return " ".join(words)


def insert_after(line: str, place: int, new: str) -> str:
    """Put a word after the one at `place`; after place 0 is the start."""
    words = _texts(line)
    if 0 <= place <= len(words):
        words.insert(place, new)
    return " ".join(words)


def remove(line: str, place: int) -> str:
    words = _texts(line)
    if 1 <= place <= len(words):
        del words[place - 1]
    return " ".join(words)


def move(line: str, place: int, by: int) -> str:
    """Move a word `by` places towards the end, or towards the image if `by` is below 0."""
    words = _texts(line)
    if 1 <= place <= len(words) and 1 <= place + by <= len(words):
        words.insert(place + by - 1, words.pop(place - 1))
    return " ".join(words)


def double(line: str, place: int) -> str:
    """Make a word stand twice as often: `16c3` becomes `2*16c3`, and that `4*16c3`."""
    return _change(line, place, lambda word: _with_times(word, 2 * word.times))


def step_times(line: str, place: int, by: int) -> str:
    """Make a word stand `by` times more often: `2*16c3` becomes `3*16c3`; not below once."""
    return _change(line, place, lambda word: _with_times(word, word.times + by))


def step_channels(line: str, place: int, by: int) -> str:
    """Go `by` steps up or down: 1, 2, 3, 4, 8, 12, 16 …, those that the word's groups divide."""

    def change(word: Word) -> Word:
        steps = [
            number
            for number in range(1, MAX_CHANNELS + 1)
            if (number < _CHANNELS_A_STEP or number % _CHANNELS_A_STEP == 0 or word.groups > 1)
            and number % word.groups == 0
        ]
        return replace(word, channels=_step(steps, word.channels, by))

    return _change(line, place, lambda word: change(word) if word.is_convolution else word)


def step_kernel(line: str, place: int, by: int) -> str:
    """Go `by` steps of two up or down: 1, 3, 5 … or 2, 4, 6 …"""

    def change(word: Word) -> Word:
        first = 2 - word.kernel % 2
        steps = list(range(first, MAX_KERNEL + 1, _KERNEL_A_STEP))
        return replace(word, kernel=_step(steps, word.kernel, by))

    return _change(line, place, lambda word: change(word) if word.is_convolution else word)


def with_channels(line: str, place: int, channels: int) -> str:
    """Give a convolution so many channels."""
    return _change(
        line,
        place,
        lambda word: replace(word, channels=channels) if word.is_convolution else word,
    )


def _texts(line: str) -> list[str]:
    return [token.text for token in split(line)]


def _change(line: str, place: int, change: Callable[[Word], Word]) -> str:
    """Rewrite one word, which must be known; the others need not be."""
    tokens = split(line)
    words = [token.text for token in tokens]
    if 1 <= place <= len(tokens):
        try:
            word = read_word(tokens[place - 1])
        except NotationError:
            return " ".join(words)
        if (changed := change(word)) != word:
            words[place - 1] = changed.written()
    return " ".join(words)


def _with_times(word: Word, times: int) -> Word:
    fits = 1 <= times <= MAX_LAYERS and not word.is_end
    return replace(word, times=times) if fits else word


def _step(steps: list[int], number: int, by: int) -> int:
    """Return the number `by` steps away, at most the first or last one in that direction."""
    if by > 0:
        ahead = [step for step in steps if step > number]
        return ahead[min(by, len(ahead)) - 1] if ahead else number
    behind = [step for step in reversed(steps) if step < number]
    return behind[min(-by, len(behind)) - 1] if by and behind else number
