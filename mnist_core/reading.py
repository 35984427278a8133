"""Reads numbers: finds the digits of a drawing and has each of them read by one network."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.preprocess import grey_ink, is_blank
from mnist_core.inference.segment import Box, find_digits
from mnist_core.predict import Prediction, Predictor

UNREAD: Final = "?"
"""Stands in a number's text for ink that is several digits touching each other."""


@dataclass(frozen=True, kw_only=True)
class ReadDigit:
    """One digit of a drawing. `box`: (top, left, bottom, right) in pixels of the drawing.

    `is_touching`: the ink is too wide for one digit, so the prediction means little; it is
    doubtful then.
    """

    box: Box
    prediction: Prediction
    line: int
    is_touching: bool

    @property
    def text(self) -> str:
        return UNREAD if self.is_touching else str(self.prediction.digit)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What stands in a drawing: its digits, lines from above, each from the left."""

    digits: tuple[ReadDigit, ...]

    @property
    def text(self) -> str:
        """The number, `UNREAD` in it where digits touch; one line of text for each of the drawing.

        It is empty for a blank drawing.
        """
        num_lines = 1 + max((digit.line for digit in self.digits), default=0)
        return "\n".join(
            "".join(digit.text for digit in self.digits if digit.line == line)
            for line in range(num_lines)
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether any digit is."""
        return any(digit.prediction.is_doubtful for digit in self.digits)


def read_number(predictor: Predictor, drawing: NDArray[np.uint8]) -> Reading:
    """Read the digits of a drawing, light ink on dark: uint8 (H, W), (H, W, 3) or (H, W, 4).

    A single digit is read as `predictor.predict` reads it. Raises `ValueError` for another type
    or shape.
    """
    ink = grey_ink(drawing)
    if ink is None or is_blank(ink):
        return Reading(digits=())
    digits: list[ReadDigit] = []
    for line, parts in enumerate(find_digits(ink)):
        for part in parts:
            prediction = predictor.predict(part.ink)
            assert prediction is not None, "a part has ink that fills it"
            digits.append(
                ReadDigit(
                    box=part.box,
                    prediction=replace(
                        prediction, is_doubtful=prediction.is_doubtful or part.is_too_wide
                    ),
                    line=line,
                    is_touching=part.is_too_wide,
                )
            )
    return Reading(digits=tuple(digits))
