"""What a network reads in a drawing: a digit, or a number digit by digit.

Knows nothing of torch: pages show answers before and after it is loaded.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.preprocess import Stages

Box = tuple[int, int, int, int]
"""(top, left, bottom, right), in pixels."""

UNREAD: Final = "?"
"""Stands in a number's text for ink that is several digits touching each other."""


@dataclass(frozen=True)
class Prediction:
    """The network's answer, and how the ink became the image it saw.

    `probabilities`: float32 (10,), sum 1. `is_doubtful`: whatever the probabilities say, it looks
    like no digit the network knows (`mnist_core.inference.calibration`), or is too wide for one.
    """

    digit: int
    probabilities: NDArray[np.float32]
    stages: Stages
    is_doubtful: bool

    @property
    def image(self) -> NDArray[np.float32]:
        """The image the network saw: float32 (28, 28) in [0, 1]."""
        return self.stages.centred


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
    def single(self) -> Prediction | None:
        """What is predicted for the only digit; None where there is none, or more than one."""
        is_one = len(self.digits) == 1 and not self.digits[0].is_touching
        return self.digits[0].prediction if is_one else None

    @property
    def is_doubtful(self) -> bool:
        """Whether any digit is."""
        return any(digit.prediction.is_doubtful for digit in self.digits)
