"""What a checkpoint says of itself: `NAME.json` beside `NAME.safetensors`.

Knows nothing of torch, so that a page can list checkpoints before torch is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mnist_core import records
from mnist_core.config.settings import TrainConfig
from mnist_core.networks.named import describe
from mnist_core.records import Count, Epochs, NotNegative, Percent, Positive, Real, Text, Word
from mnist_core.strokes.files import StrokeFacts

FINE_TUNE: Final = "fine-tune"
"""Stands where other cards name a recipe: all that old cards of fine-tuned networks tell of it."""

_REMEDY: Final = "Put the .json that came with the .safetensors file beside it."

Temperature = Annotated[float, Meta(ge=0.01, le=100)]


class KeptCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration as a card keeps it (`mnist_core.inference.calibration`).

    What cards up to version 0.3.0 kept besides, a score of the network's own features, is passed
    over: `mnist_core.doubt` took its place.
    """

    method: Text = ""
    temperature: Temperature


@dataclass(frozen=True, kw_only=True)
class Card:
    """The facts of one checkpoint. Raises `ConfigError` where its network is not known here.

    Accuracies are percent. `test_*` are of these very weights, None until they were measured;
    `dataset` says on which data. `epochs` counts those that were trained, fewer than the
    configuration's and no whole number if the run was stopped (`is_complete` is false then).
    `calibration` is what `mnist_core.inference.calibration` measured, None where it did not.
    `strokes` says which pen digits it was trained on besides: their file, sha256, number, source
    and licence.

    `origin` names the network whose weights it began from, empty for random ones, and
    `epochs_before` counts the epochs those had been trained for. `num_drawings` are a person's own
    among the images that it, or what it began from, was trained on.
    """

    name: Word
    model: Text
    parameters: Positive
    recipe: Word
    epochs: Epochs
    is_complete: bool
    dataset: Annotated[str, Meta(pattern="^(mnist|digits)$")]
    watch: Annotated[str, Meta(pattern="^(validation|training|test)$")]
    num_train: Count
    test_accuracy: Percent | None
    test_correct: Count | None
    test_total: Positive | None
    test_loss: Real | None
    seconds: NotNegative
    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    config: TrainConfig
    versions: Mapping[Word, Word]
    note: Text = ""
    calibration: KeptCalibration | None = None
    strokes: StrokeFacts | None = None
    origin: Word = ""
    epochs_before: Count = 0
    num_drawings: Count = 0

    def __post_init__(self) -> None:
        test = (self.test_accuracy, self.test_correct, self.test_total)
        if None in test and set(test) != {None}:
            raise ValueError("it is half measured on the test set")
        describe(self.model)  # raises where this version knows no such network

    @property
    def total_epochs(self) -> float:
        """All epochs of training behind these weights, those of their origin among them."""
        return self.epochs_before + self.epochs

    @property
    def is_fine_tuned(self) -> bool:
        """Whether it was trained on a person's own drawings, be its card ever so old."""
        return self.num_drawings > 0 or self.recipe == FINE_TUNE

    @property
    def hides_its_origin(self) -> bool:
        """Whether it began from weights of which its card, made by version 0.3, says nothing."""
        return self.is_fine_tuned and not self.origin


def card_path(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".json")


def write_card(checkpoint: Path, card: Card) -> None:
    records.write(card_path(checkpoint), card)


def read_card(checkpoint: Path) -> Card:
    """Return the card beside `checkpoint`; raises `RecordError` if there is none, or it is none."""
    return records.read(card_path(checkpoint), Card, remedy=_REMEDY)
