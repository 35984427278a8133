"""What a checkpoint says of itself: `NAME.json` beside `NAME.safetensors`.

Knows nothing of torch, so that a page can list checkpoints before torch is loaded.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mnist_core.errors import CheckpointError
from mnist_core.files import write_json

FINE_TUNE: Final = "fine-tune"
"""Stands where other cards name a recipe: all that old cards of fine-tuned networks tell of it."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """The facts of one checkpoint.

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

    name: str
    model: str
    parameters: int
    recipe: str
    epochs: float
    is_complete: bool
    dataset: str
    watch: str
    num_train: int
    test_accuracy: float | None
    test_correct: int | None
    test_total: int | None
    test_loss: float | None
    seconds: float
    date: str
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    note: str = field(default="")
    calibration: Mapping[str, Any] | None = None
    strokes: Mapping[str, Any] | None = None
    origin: str = ""
    epochs_before: int = 0
    num_drawings: int = 0

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

    def to_json(self) -> dict[str, Any]:
        return {
            f.name: dict(value) if isinstance(value := getattr(self, f.name), Mapping) else value
            for f in dataclasses.fields(self)
        }


def card_path(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".json")


def write_card(checkpoint: Path, card: Card) -> None:
    write_json(card_path(checkpoint), card.to_json())


def read_card(checkpoint: Path) -> Card:
    """Return the card beside `checkpoint`; raises `CheckpointError` if it is not one."""
    path = card_path(checkpoint)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in dataclasses.fields(Card)}
        return Card(**{name: value for name, value in values.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"The card {path} of this checkpoint is missing or damaged ({error}). Put the .json"
            " that came with the .safetensors file beside it."
        ) from error
