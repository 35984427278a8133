"""What a network lacks for the challenge: no mistakes, but told, with what would help.

The challenge's numbers are handed in: they stand with the settings, above this folder.
"""

from bisect import bisect_right
from itertools import islice
from math import lcm
from typing import Final

from mnist_core.networks.edit import with_channels
from mnist_core.networks.notation import SIDE, Description, parse
from mnist_core.networks.words import NotationError

_DIGIT: Final = 20
"""Pixels along the longer side of MNIST's digits: whoever sees less sees no digit whole."""


def outside_challenge(description: Description, *, max_parameters: int) -> tuple[str, ...]:
    """Return one sentence for each condition that a network does not meet; places as typed."""
    found: list[str] = []
    if description.parameters > max_parameters:
        found.append(_too_many_parameters(description, max_parameters))
    if description.receptive_field < _DIGIT:
        sees = f"{description.receptive_field}×{description.receptive_field}"
        found.append(
            f"An answer sees {sees} of {SIDE}×{SIDE} pixels: add a layer or halve earlier."
        )
    if not description.has_batch_norm:
        found.append("No batch norm")
    if not description.has_dropout:
        found.append("No dropout")
    return tuple(found)


def _too_many_parameters(description: Description, most: int) -> str:
    costs = [
        sum(layer.parameters for layer in description.layers if layer.place == place)
        for place in range(1, len(description.words) + 1)
    ]
    place = costs.index(max(costs)) + 1
    total = description.parameters
    told = (
        f"{total:,} parameters: {total - most:,} too many. Place {place},"
        f" `{description.words[place - 1].written()}`, has most ({costs[place - 1]:,})"
    )
    smaller = _with_fewer_channels(description, place, most)
    if smaller is None:
        return f"{told}."
    word = smaller.words[place - 1]
    return f"{told}; `{word.written()}` there gives {smaller.parameters:,}."


def _with_fewer_channels(description: Description, place: int, most: int) -> Description | None:
    """Return the network with as many channels there as fit; None where no number does."""
    line = " ".join(word.token.text for word in description.words)
    word = description.words[place - 1]
    following = (after for after in description.words[place:] if after.is_convolution)
    step = lcm(word.groups, *(after.groups for after in islice(following, 1)))
    numbers = range(step, word.channels, step)
    try:
        num_fitting = bisect_right(
            numbers, most, key=lambda n: parse(with_channels(line, place, n)).parameters
        )
    except NotationError:  # the next word needs just so many
        return None
    return parse(with_channels(line, place, numbers[num_fitting - 1])) if num_fitting else None
