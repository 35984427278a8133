"""What a checkpoint says of itself: `NAME.json` beside `NAME.safetensors`.

Knows nothing of torch, so that a page can list checkpoints before torch is loaded.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_core import files
from mnist_core.errors import CheckpointError, RunError
from mnist_core.files import write_json
from mnist_core.runs.run import EVERYONE, open_run


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


def list_models(folder: Path | None = None) -> list[Card]:
    """Return the cards of all checkpoints in the models folder, by name."""
    paths = sorted((folder or files.MODELS_DIR).glob("*.safetensors"))
    return [read_card(path) for path in paths if card_path(path).is_file()]


def imported_dir(owner: str = EVERYONE) -> Path:
    """Return the folder of the networks that were given to `owner` to keep."""
    return files.runs_dir() / "imported" / owner


def delete_imported(name: str, owner: str = EVERYONE) -> None:
    """Delete a network that was given to `owner`, if there is one of that name."""
    for path in imported_dir(owner).glob("*.safetensors"):
        if path.stem == name:
            card_path(path).unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def find_checkpoint(name: str | Path) -> Path:
    """Return the checkpoint's path: of a shipped model, a run by its id, an import, or itself.

    Raises `CheckpointError` listing what there is.
    """
    text = str(name)
    if (shipped := files.MODELS_DIR / f"{text}.safetensors").is_file() and "/" not in text:
        return shipped
    try:
        run = open_run(text)
    except RunError:
        pass
    else:
        if run.checkpoint_path.is_file():
            return run.checkpoint_path
        raise CheckpointError(f"The run {text} has no weights yet; they come with its first epoch.")
    if (imported := imported_dir() / f"{text}.safetensors").is_file() and "/" not in text:
        return imported
    path = Path(name)
    if path.suffix == ".safetensors" and path.is_file():
        return path
    shipped_names = ", ".join(sorted(path.stem for path in files.MODELS_DIR.glob("*.safetensors")))
    raise CheckpointError(
        f"There is no checkpoint {text!r}. Name a shipped model ({shipped_names}), a run's id, an"
        " imported network, or the path of a .safetensors file."
    )
