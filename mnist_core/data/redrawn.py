"""Training images from pen strokes, drawn afresh for every epoch.

A digit is blended with another person's, written in another style, bent and drawn with another
pen, all by chance: what an epoch sees is a function of the generator alone, so a run that stops
and goes on sees the same. It knows nothing of networks and files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from mnist_core.data.pen import Hand, pack, write
from mnist_core.data.stroke_blends import Blends
from mnist_core.data.stroke_styles import restyle
from mnist_core.data.strokes import PenDigit

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

    def draw(self, generator: torch.Generator) -> Tensor:
        """Draw each digit once, in the given order: (N, 1, 28, 28) uint8, light ink on dark."""
        variety = self._variety
        random = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        is_blended = random.random(len(self)) < variety.blended
        drawn = (
            restyle(
                self._blends.blend(number, random) if is_blended[number] else one.strokes,
                one.digit,
                random,
                share=variety.restyled,
            )
            for number, one in enumerate(self._digits)
        )
        return write(pack(list(drawn)), generator, variety.hand)
