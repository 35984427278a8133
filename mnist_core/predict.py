"""From a drawing to ten probabilities, or to a number read digit by digit.

Both ways find the ink that is a digit's with `mnist_core.inference.segment` and bring it to 28×28
pixels with `mnist_core.data.preprocess`, so that a digit is read alike on either.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.preprocess import Stages
from mnist_core.errors import DataError
from mnist_core.inference.calibration import Calibration
from mnist_core.inference.photograph import MOST_BYTES, read_photograph
from mnist_core.inference.segment import Box, Part, find_digits, find_one_digit
from mnist_core.runs.catalogue import find_checkpoint

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


@dataclass(frozen=True)
class Predictor:
    """A network in evaluation mode with its card; safe to share between threads."""

    model: nn.Module
    card: Card
    calibration: Calibration = field(default_factory=Calibration)

    @classmethod
    def load(cls, name: str | Path) -> "Predictor":
        """Load a shipped model, a run's checkpoint by the run's id, or a .safetensors file.

        Raises `CheckpointError` where there is none or it does not fit.
        """
        model, card = load_checkpoint(find_checkpoint(name))
        return cls(model, card, Calibration.from_json(card.calibration))

    def predict(self, drawing: NDArray[np.uint8]) -> Prediction | None:
        """Read a drawing of one digit, light ink on dark: uint8 (H, W), (H, W, 3) or (H, W, 4).

        A stray tap of the brush beside the digit is left out. A drawing of several digits is
        read as if all its ink were one; `read_number` reads them one by one. Returns None for a
        blank canvas. Raises `ValueError` for another type or shape.
        """
        part = find_one_digit(drawing)
        return None if part is None else self.predict_part(part)

    def predict_part(self, part: Part) -> Prediction:
        """Read the ink that was found to be one digit's."""
        stages = part.stages
        with torch.inference_mode():
            found, doubts = self.calibration.predict(
                self.model, torch.from_numpy(stages.centred)[None, None]
            )
        probabilities = found[0].numpy()
        return Prediction(
            digit=int(probabilities.argmax()),
            probabilities=probabilities,
            stages=stages,
            is_doubtful=bool(doubts[0]) or part.is_too_wide,
        )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file as light ink on dark, uint8 (H, W), by `read_photograph`.

    Raises `DataError` naming the file and the remedy.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path} is too large: at most {MOST_BYTES // 1024**2} MB are read.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give the path of a picture.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give a picture.") from error
    return read_photograph(content, str(path)).ink


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


def read_number(predictor: Predictor, drawing: NDArray[np.uint8]) -> Reading:
    """Read the digits of a drawing, light ink on dark: uint8 (H, W), (H, W, 3) or (H, W, 4).

    Its digits are `find_digits`'; a single one is read as `predictor.predict` reads it. A blank
    drawing has none. Raises `ValueError` for another type or shape.
    """
    return Reading(
        digits=tuple(
            ReadDigit(
                box=part.box,
                prediction=predictor.predict_part(part),
                line=line,
                is_touching=part.is_too_wide,
            )
            for line, parts in enumerate(find_digits(drawing))
            for part in parts
        )
    )
