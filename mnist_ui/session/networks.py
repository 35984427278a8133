"""The networks that answer, loaded once for all visitors; needs torch.

Light pages reach it through `Shared.networks`, which is there once torch is loaded.
"""

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mnist_core.checkpoints.card import Card
from mnist_core.config.settings import TrainConfig
from mnist_core.files import last_changed
from mnist_core.images import SIDE
from mnist_core.inference.reading import Reading
from mnist_core.models import build_model
from mnist_core.networks.named import describe
from mnist_core.networks.profile import time_layers
from mnist_core.networks.summary import Summary, summarize
from mnist_core.predict import Predictor, read_number
from mnist_core.training.state import first_network

_MAX_PREDICTORS: Final = 8
_MAX_LINES: Final = 64
_IMAGES_AT_ONCE: Final = 256
_SEED: Final = 1


class Networks:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._predictors: OrderedDict[tuple[Path, int], Predictor] = OrderedDict()
        self._untrained: dict[str, Predictor] = {}
        self._before: dict[str, list[float]] = {}
        self._summaries: dict[str, Summary] = {}
        self._times: dict[str, list[float | None]] = {}
        self._clock = threading.Lock()

    def ask_first(self, path: Path) -> None:
        """Load a checkpoint's network and ask it once, as the first answer takes longest.

        Raises `CheckpointError` where it cannot be used; others can be asked all the same.
        """
        self.read(path, np.eye(SIDE, dtype=np.uint8) * 255)

    def predictor(self, path: Path) -> Predictor:
        """Return the network of a checkpoint, read anew when the file has changed.

        Raises `CheckpointError` where it cannot be used.
        """
        key = path, last_changed(path)
        with self._guard:
            if key not in self._predictors:
                self._predictors[key] = Predictor.load(path)
            self._predictors.move_to_end(key)
            while len(self._predictors) > _MAX_PREDICTORS:
                self._predictors.popitem(last=False)
            return self._predictors[key]

    def read(self, path: Path, drawing: NDArray[np.uint8]) -> Reading:
        """Return what the checkpoint's network reads in a drawing, light ink on dark."""
        return read_number(self.predictor(path), drawing)

    def read_untrained(self, card: Card, drawing: NDArray[np.uint8]) -> Reading:
        """Return what the network that `card` names reads with fresh weights, always the same."""
        with self._guard:
            if card.model not in self._untrained:
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(_SEED)
                    self._untrained[card.model] = Predictor(build_model(card.model).eval(), card)
                _forget_the_oldest(self._untrained)
            predictor = self._untrained[card.model]
        return read_number(predictor, drawing)

    def before_training(self, config: TrainConfig, image: bytes) -> list[float]:
        """Return how likely a run's network found each digit before its first step.

        `image`: 28×28 bytes. The weights are those that the run began from.
        """
        digest = hashlib.blake2b(image, digest_size=8).hexdigest()
        key = f"{config.model} {config.seed} {digest}"
        with self._guard:
            if key not in self._before:
                self._before[key] = _probabilities_before(config, image)
                _forget_the_oldest(self._before)
            return self._before[key]

    def digits_of(self, path: Path, images: NDArray[np.uint8]) -> list[int | None]:
        """Return the digit that a checkpoint's network reads in each (N, 1, 28, 28), None in doubt.

        A drawing that it is not sure to be a digit it has not read.
        """
        predictor, answers = self.predictor(path), list[int | None]()
        for part in torch.from_numpy(images).split(_IMAGES_AT_ONCE):
            with torch.inference_mode():
                found, doubts = predictor.calibration.predict(predictor.model, part.float() / 255)
            digits = found.argmax(1).tolist()
            answers += [
                None if is_doubtful else digit
                for digit, is_doubtful in zip(digits, doubts.tolist(), strict=True)
            ]
        return answers

    def summary(self, model: str) -> Summary:
        """Return the layer table of the network of that name."""
        with self._guard:
            if model not in self._summaries:
                self._summaries[model] = summarize(build_model(model))
                _forget_the_oldest(self._summaries)
            return self._summaries[model]

    def times(self, model: str) -> list[float | None] | None:
        """Return each layer's share of the time, as `measure_times` found it; None before."""
        return self._times.get(model)

    def measure_times(self, model: str) -> list[float | None]:
        """Measure each layer's share of the time on this machine, one network after the other."""
        with self._clock:
            if model not in self._times:
                self._times[model] = time_layers(describe(model))
                _forget_the_oldest(self._times)
            return self._times[model]


def _probabilities_before(config: TrainConfig, image: bytes) -> list[float]:
    model = first_network(config).eval()
    pixels = torch.frombuffer(bytearray(image), dtype=torch.uint8).view(1, 1, SIDE, SIDE)
    with torch.inference_mode():
        return model(pixels.float() / 255).softmax(1)[0].tolist()


def _forget_the_oldest(kept: dict[str, Any]) -> None:
    """Bound what is kept by line: visitors may write any number of them."""
    while len(kept) > _MAX_LINES:
        del kept[next(iter(kept))]


def load_networks() -> Networks:
    """Return the networks, none of them loaded yet; from now on torch uses one thread."""
    torch.set_num_threads(1)  # visitors and a run share the processor
    return Networks()
