"""From a drawing to ten probabilities, through the one door for pixels, `preprocess`."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.preprocess import preprocess
from mnist_core.errors import DataError
from mnist_core.inference.calibration import Calibration
from mnist_core.inference.photograph import MOST_BYTES, read_photograph


@dataclass(frozen=True)
class Prediction:
    """The network's answer, and the image it saw.

    `probabilities`: float32 (10,), sum 1. `image`: float32 (28, 28) in [0, 1]. `is_doubtful`: it
    looks like no digit the network knows, whatever the
    probabilities say (`mnist_core.inference.calibration`).
    """

    digit: int
    probabilities: NDArray[np.float32]
    image: NDArray[np.float32]
    is_doubtful: bool


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
        model, card = load_checkpoint(name)
        return cls(model, card, Calibration.from_json(card.calibration))

    def predict(self, drawing: NDArray[np.uint8]) -> Prediction | None:
        """Classify a drawing, light ink on dark: uint8 (H, W), (H, W, 3) or (H, W, 4).

        Returns None for a blank canvas. Raises `ValueError` for another type or shape.
        """
        image = preprocess(drawing)
        if image is None:
            return None
        with torch.inference_mode():
            found, doubts = self.calibration.ask(self.model, torch.from_numpy(image).unsqueeze(0))
        probabilities = found[0].numpy()
        return Prediction(int(probabilities.argmax()), probabilities, image[0], bool(doubts[0]))


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
