"""What a checkpoint says of itself: `NAME.json` beside `NAME.safetensors`.

Knows nothing of torch, so that a page can list checkpoints before torch is loaded.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_core.errors import CheckpointError
from mnist_core.files import write_json


@dataclass(frozen=True, kw_only=True)
class Card:
    """The facts of one checkpoint.

    Accuracies are percent. `test_*` are of these very weights, None until they were measured;
    `dataset` says on which data. `epochs` counts those that were trained, fewer than the
    configuration's if the run was stopped (`is_complete` is false then). `calibration` is what
    `mnist_core.inference.calibration` measured, None where it did not.
    """

    name: str
    model: str
    parameters: int
    recipe: str
    epochs: int
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
