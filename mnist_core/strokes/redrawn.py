"""Training images from pen strokes, drawn afresh for every epoch.

A digit is blended with another person's, written in another style, bent and drawn with another
pen, all by chance: what an epoch sees is a function of the generator alone, so a run that stops
and goes on sees the same. It knows nothing of networks and files.

Blends: what lies between two hands that wrote the same digit in as many strokes is a digit that a
third could have written. (DeVries and Taylor, "Dataset augmentation in feature space", 2017, here
in the space of strokes themselves and among near neighbours, as in Chawla et al., "SMOTE", 2002.)
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mnist_core.strokes.files import PenDigit, Stroke
from mnist_core.strokes.pen import Hand, pack, write
from mnist_core.strokes.styles import restyle

HAND: Final = Hand(
    rotation=10.0,
    slant=12.0,
    aspect=0.25,
    proportion=0.25,
    bend=0.06,
    tremor=0.01,
    width=(1.0, 3.6),
    pressure=0.15,
    flat=0.3,
)

_NUM_POINTS: Final = 24
"""Points of each stroke."""

_NUM_NEIGHBOURS: Final = 15
_FROM: Final = -0.4
_TO: Final = 0.7
"""How far the way leads: 0 is the digit itself, 1 its neighbour, less than 0 away from it."""

_ROWS: Final = 256
_NOT_THIS: Final = np.float32(1e9)


@dataclass(frozen=True, kw_only=True)
class Variety:
    """How much a digit is changed each time; chosen on writers held out (docs/experiments.md)."""

    hand: Hand = HAND
    restyled: float = 0.3
    """Chance of each edit of style."""
    blended: float = 0.7
    """Share of the digits that lie between two people's."""


class Redrawn:
    """Pen digits as a source of images that are never the same twice."""

    def __init__(self, digits: Sequence[PenDigit], variety: Variety | None = None) -> None:
        self._digits = tuple(digits)
        self._labels = torch.tensor([one.digit for one in digits], dtype=torch.int64)
        self._variety = Variety() if variety is None else variety
        self._blends = Blends(digits)

    def __len__(self) -> int:
        return len(self._digits)

    @property
    def labels(self) -> Tensor:
        """(N,) int64, in the order in which the digits were given."""
        return self._labels

    def blend(self, number: int, random: np.random.Generator) -> tuple[Stroke, ...]:
        """Return digit `number` on the way to another person's; see `Blends.blend`."""
        return self._blends.blend(number, random)

    def draw(
        self,
        generator: torch.Generator,
        index: Tensor | None = None,
        variety: Variety | None = None,
    ) -> Tensor:
        """Draw the digits at `index` (N,), else each once: (N, 1, 28, 28) uint8, light on dark."""
        variety = variety or self._variety
        random = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        numbers = range(len(self)) if index is None else index.tolist()
        is_blended = random.random(len(numbers)) < variety.blended
        drawn = (
            restyle(
                self._blends.blend(number, random) if blended else self._digits[number].strokes,
                self._digits[number].digit,
                random,
                share=variety.restyled,
            )
            for number, blended in zip(numbers, is_blended, strict=True)
        )
        return write(pack(list(drawn)), generator, variety.hand)


class Blends:
    """For each digit those most like it that other people wrote.

    A digit has no neighbour where nobody else wrote that digit in as many strokes; it is then
    only ever itself.
    """

    def __init__(self, digits: Sequence[PenDigit]) -> None:
        self._strokes = [_normalised(one.strokes) for one in digits]
        self._neighbours: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(digits)
        alike: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, one in enumerate(digits):
            alike[one.digit, len(one.strokes)].append(number)
        # Who is not known is taken for a different person each time.
        writers = [-1 - i if one.writer is None else one.writer for i, one in enumerate(digits)]
        for numbers in alike.values():
            self._meet(np.array(numbers), np.array([writers[number] for number in numbers]))

    def blend(self, number: int, random: np.random.Generator) -> tuple[Stroke, ...]:
        """Return digit `number` on the way to a neighbour chosen by chance.

        Strokes (24, 2) in units of half the digit's length, its middle at (0, 0).
        """
        own, neighbours = self._strokes[number], self._neighbours[number]
        if len(neighbours) == 0:
            return tuple(own)
        other = self._strokes[int(neighbours[random.integers(len(neighbours))])]
        return tuple(own + np.float32(random.uniform(_FROM, _TO)) * (other - own))

    def _meet(self, numbers: NDArray[np.int64], writers: NDArray[np.int64]) -> None:
        """Find the neighbours of digits that are alike: same digit, as many strokes."""
        places = np.stack([self._strokes[number].ravel() for number in numbers.tolist()])
        sizes = np.square(places).sum(axis=1)
        for start in range(0, len(numbers), _ROWS):
            rows = slice(start, start + _ROWS)
            distances = sizes[rows, None] + sizes - 2 * places[rows] @ places.T
            distances[writers[rows, None] == writers] = _NOT_THIS
            nearest = distances.argsort(axis=1, kind="stable")[:, :_NUM_NEIGHBOURS]
            for row, found in enumerate(nearest):
                is_other = distances[row, found] < _NOT_THIS / 2
                self._neighbours[int(numbers[start + row])] = numbers[found[is_other]]


def _normalised(strokes: Sequence[Stroke]) -> NDArray[np.float32]:
    """Return the strokes (number of strokes, 24, 2), evenly spaced, in ±1 about the middle."""
    even = np.stack([_evenly_spaced(stroke) for stroke in strokes])
    low, high = even.min(axis=(0, 1)), even.max(axis=(0, 1))
    half = max(float((high - low).max()) / 2, 1e-6)
    return ((even - (low + high) / 2) / half).astype(np.float32)


def _evenly_spaced(stroke: Stroke) -> NDArray[np.float64]:
    travelled = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    wanted = np.linspace(0.0, travelled[-1], _NUM_POINTS)
    return np.stack([np.interp(wanted, travelled, stroke[:, axis]) for axis in (0, 1)], axis=1)
