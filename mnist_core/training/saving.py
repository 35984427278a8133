"""What a run leaves on disk: its weights with their card, and all that going on needs."""

import os
from datetime import date
from pathlib import Path
from typing import Final

from safetensors import safe_open

from mnist_core import records
from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.epochs import grown_from_path, keep_epoch
from mnist_core.checkpoints.weights import load_tensors, save_checkpoint, save_tensors
from mnist_core.data.datasets import Digits
from mnist_core.errors import CheckpointError
from mnist_core.inference.calibration import Calibration
from mnist_core.models import count_parameters
from mnist_core.runs.events import Finished
from mnist_core.runs.run import Run
from mnist_core.training.loop import versions
from mnist_core.training.state import Numbers, TrainState

_REMEDY: Final = "Delete it to begin the run again from its first epoch, or train anew."


def save_result(
    run: Run,
    state: TrainState,
    digits: Digits,
    *,
    epochs: float,
    finished: Finished | None = None,
    calibration: Calibration | None = None,
) -> None:
    """Write the weights after so many epochs, and the state unless the run is over.

    `epochs`: in all; the card counts those that the run itself has trained.
    """
    config, origin = state.config, run.origin
    if origin is not None and run.kind == "training":
        epochs = round(epochs - origin.epochs, 4)
    card = Card(
        name=run.id,
        model=config.model,
        parameters=count_parameters(state.model),
        recipe=run.recipe,
        epochs=epochs,
        is_complete=finished is not None and finished.is_complete,
        dataset=digits.source,
        watch=config.watch,
        num_train=len(digits.train[0]),
        test_accuracy=finished.test_accuracy if finished else None,
        test_correct=finished.test_correct if finished else None,
        test_total=finished.test_total if finished else None,
        test_loss=finished.test_loss if finished else None,
        seconds=state.seconds,
        date=date.today().isoformat(),
        config=config,
        versions=versions(),
        calibration=calibration.to_card() if calibration else None,
        origin=origin.name if origin else "",
        epochs_before=origin.epochs if origin else 0,
        num_drawings=origin.num_drawings if origin else 0,
        strokes=run.strokes,
    )
    save_checkpoint(run.checkpoint_path, state.result, card)
    if finished is not None and finished.is_over:
        run.state_path.unlink(missing_ok=True)
    else:
        save_state(run, state)


def save_state(run: Run, state: TrainState) -> None:
    """Write all that going on needs."""
    numbers = records.encode(state.numbers()).decode()
    save_tensors(run.state_path, state.tensors(), {"numbers": numbers})


def keep_state(run: Run, epoch: int) -> None:
    """Keep what was just saved: another run may go on from there."""
    if run.kind == "training":
        keep_epoch(run.folder, run.state_path, epoch)


def restore_state(run: Run, state: TrainState) -> None:
    """Bring `state` to what was last saved, if anything was; else to what the run grew from.

    Raises `CheckpointError` or `RecordError` where that cannot be used.
    """
    start = grown_from_path(run.folder)
    if os.path.lexists(run.state_path):
        _restore(run.state_path, state)
    elif os.path.lexists(start):
        _restore(start, state)
        state.steps_before, state.seconds = state.step, 0.0
        state.learning_rate = state.config.learning_rate  # that run's may have been changed


def _restore(path: Path, state: TrainState) -> None:
    tensors = load_tensors(path)
    with safe_open(path, "pt") as file:
        metadata: dict[str, str] = file.metadata() or {}
    numbers = records.decode(
        metadata.get("numbers", "").encode(), Numbers, file=path, remedy=_REMEDY
    )
    try:
        state.restore(tensors, numbers)
    except (KeyError, ValueError, IndexError, RuntimeError) as error:
        reason = str(error).splitlines()[-1].strip().rstrip(".")
        raise CheckpointError(
            f"{path} is not the state of this run's network ({reason}). {_REMEDY}"
        ) from error
