"""What a run leaves on disk: its weights with their card, and all that going on needs."""

import os
from contextlib import suppress
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
from mnist_core.runs.events import Epoch, Finished
from mnist_core.runs.log import EventReader
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
    """Write the weights after so many epochs, and the state unless there are no more to come.

    The state of a run that is over is left to `forget_state`, once it has told that.

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
    if finished is None or not finished.is_over:
        save_state(run, state)


def save_state(run: Run, state: TrainState) -> None:
    """Write all that going on needs."""
    numbers = records.encode(state.numbers()).decode()
    save_tensors(run.state_path, state.tensors(), {"numbers": numbers})


def forget_state(run: Run) -> None:
    """Remove what a finished run would have gone on from, where that can be."""
    with suppress(OSError):
        run.state_path.unlink()


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
        state.steps_before, state.seconds, state.last_epoch = state.step, 0.0, None
        state.learning_rate = state.config.learning_rate  # that run's may have been changed


def untold_epoch(run: Run, state: TrainState) -> Epoch | None:
    """Return what is to be told of the epoch that ends where `state` was restored to.

    None where it was told; it was not where the process was killed between saving and telling it,
    perhaps before the state was kept, which is done again.
    """
    last = state.last_epoch
    if last is None or last.step != state.step:
        return None
    with suppress(OSError):
        keep_state(run, last.epoch)
    told = EventReader(run).read()
    return None if any(isinstance(e, Epoch) and e.step == last.step for e in told) else last


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
