"""From a drawing to ten probabilities, or to a number read digit by digit.

Both ways find the ink that is a digit's with `mnist_core.inference.segment` and bring it to 28×28
pixels with `mnist_core.data.preprocess`, so that a digit is read alike on either.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.errors import DataError
from mnist_core.files import read_plain
from mnist_core.inference.calibration import Calibration
from mnist_core.inference.photograph import read_photograph
from mnist_core.inference.picture import MOST_BYTES
from mnist_core.inference.reading import Prediction, ReadDigit, Reading
from mnist_core.inference.segment import Part, find_digits, find_one_digit
from mnist_core.runs.catalogue import find_checkpoint


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
        return cls(model, card, Calibration.of_card(card.calibration))

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
            is_doubtful=bool(doubts[0]) or part.is_too_wide or part.is_figure,
        )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file as light ink on dark, uint8 (H, W), by `read_photograph`.

    Raises `DataError` naming the file and the remedy.
    """
    try:
        content = read_plain(path, MOST_BYTES)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give the path of a picture.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give a picture.") from error
    return read_photograph(content, str(path)).ink


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
