"""Fine-tuning on a person's own drawings: a run like any other that starts from trained weights.

The drawings are mixed with images of the data set the network was trained on, so that it does
not forget these ("rehearsal": Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal",
Connection Science 7, 1995). Of each digit every third drawing is held out, so that the numbers
before and after also tell of drawings it has not trained on.

    runs/20261123-015640-fine-tune-3f2a/
        start.safetensors      the weights it starts from
        drawings.safetensors   the drawings as they were then, `images` and `labels`
        fine_tuning.json       what the network read right before, and after
"""

import copy
import dataclasses
import os
from pathlib import Path
from typing import Final

import msgspec
import torch
from torch import Tensor, nn

from mnist_core import records
from mnist_core.checkpoints.card import FINE_TUNE, Card
from mnist_core.checkpoints.origin import Origin
from mnist_core.checkpoints.weights import load_tensors, save_tensors
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits
from mnist_core.data.drawings import DrawingSet
from mnist_core.errors import CheckpointError, DataError
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.files import EVERYONE
from mnist_core.images import SIDE
from mnist_core.models import with_names_of_today
from mnist_core.records import Count, Record
from mnist_core.runs.events import Finished
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.training.state import TrainState

FEWEST_DRAWINGS: Final = 5

_NUM_KNOWN: Final = 12_000
"""Images of the old data in the mixture; fewer where there are not so many."""

_KNOWN_PER_DRAWING: Final = 3
_MOST_REPETITIONS: Final = 50

_DRAWINGS: Final = "drawings.safetensors"
_RESULT: Final = "fine_tuning.json"


class Score(Record, frozen=True, kw_only=True):
    """So many of the drawings trained on, of those held out, and of the test images are right.

    `test` is None until training is over: before that nobody looks at the test images.
    """

    trained: Count
    held_out: Count
    test: Count | None = None


class FineTuning(Record, frozen=True, kw_only=True):
    """What fine-tuning changed; `after` is None until the run has finished."""

    num_trained: Count
    num_held_out: Count
    num_test: Count
    before: Score
    after: Score | None = None


def fine_tuning_config(card: Card) -> TrainConfig:
    """Return a short run at a tenth of the usual learning rate, lightly augmented.

    Chosen on validation images, with two sets of 40 pen-drawn digits that the shipped network
    misread: 99.44 % of the images became 99.24 %, all drawings trained on were read right, and 22
    of the 27 held out. Rates from 0.005 to 0.05 and half as many known images differed by chance.
    """
    return TrainConfig(
        model=card.model,
        dataset=card.dataset,
        epochs=3,
        learning_rate=0.01,
        weight_decay=0.0005,
        ema_decay=0.99,
        rotation=10.0,
        shift=1.0,
        scale=0.1,
    )


def create_fine_tuning(
    checkpoint: Path,
    card: Card,
    drawings: DrawingSet,
    *,
    owner: str = EVERYONE,
    folder: Path | None = None,
) -> Run:
    """Make the folder of a run that fine-tunes a checkpoint on the drawings; not yet launched.

    Raises `DataError` for too few drawings.
    """
    if len(drawings.kept) < FEWEST_DRAWINGS:
        raise DataError(
            f"Fine-tuning needs {FEWEST_DRAWINGS} drawings or more, and there are"
            f" {len(drawings.kept)}. Keep some that are misread."
        )
    weights = load_tensors(checkpoint)
    images, labels = torch.from_numpy(drawings.images), torch.from_numpy(drawings.labels)

    def add(made: Path) -> None:
        save_tensors(made / _DRAWINGS, {"images": images, "labels": labels})
        save_tensors(Run(made).start_path, weights)

    return create_run(
        fine_tuning_config(card),
        recipe=FINE_TUNE,
        kind="fine_tuning",
        folder=folder,
        owner=owner,
        origin=Origin(
            name=card.name,
            epochs=round(card.total_epochs),
            num_drawings=card.num_drawings + len(drawings.kept),
        ),
        add=add,
    )


def begin_fine_tuning(run: Run, state: TrainState, digits: Digits) -> Digits:
    """Put the weights to start from into a fresh `state`; return the digits to train on.

    What is watched and tested stays as it was. Writes what the network reads right before.
    """
    for model in filter(None, (state.model, state.averaged)):
        _begin_with(model, run)
    trained, held_out = _drawings(run)
    if read_fine_tuning(run) is None:
        found = FineTuning(
            num_trained=len(trained[0]),
            num_held_out=len(held_out[0]),
            num_test=len(digits.test[0]),
            before=_score(state.result, trained, held_out),
        )
        records.write(run.folder / _RESULT, found)
    return dataclasses.replace(digits, train=mix(trained, digits.train, state.config.seed))


def end_fine_tuning(run: Run, model: nn.Module, finished: Finished, digits: Digits) -> None:
    """Write what the network reads right after, and of the test images before, if it is over."""
    found = read_fine_tuning(run)
    assert found is not None
    after = msgspec.structs.replace(_score(model, *_drawings(run)), test=finished.test_correct)
    before = found.before
    if finished.is_over:
        start = copy.deepcopy(model)
        _begin_with(start, run)
        before = msgspec.structs.replace(before, test=evaluate(start, *digits.test).correct)
    found = msgspec.structs.replace(found, before=before, after=after)
    records.write(run.folder / _RESULT, found)


def read_fine_tuning(run: Run) -> FineTuning | None:
    """Return what fine-tuning changed, so far as it is known; None for another kind of run.

    Raises `RecordError` where it cannot be read.
    """
    path = run.folder / _RESULT
    if not os.path.lexists(path):
        return None
    return records.read(path, FineTuning, remedy="Delete it: the run writes it anew as it goes on.")


def mix(
    drawings: tuple[Tensor, Tensor], known: tuple[Tensor, Tensor], seed: int
) -> tuple[Tensor, Tensor]:
    """Return some of the known images, always the same for a seed, and the drawings, repeated.

    Each part is images (N, 1, 28, 28) uint8 with labels (N,). The drawings are up to a quarter of
    the mixture, but no drawing comes more than fifty times an epoch.
    """
    images, labels = known
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    chosen = order[:_NUM_KNOWN].sort().values
    wanted = len(chosen) / _KNOWN_PER_DRAWING / max(len(drawings[0]), 1)
    times = max(1, min(_MOST_REPETITIONS, round(wanted)))
    return (
        torch.cat([images[chosen], drawings[0].repeat(times, 1, 1, 1)]),
        torch.cat([labels[chosen], drawings[1].repeat(times)]),
    )


def hold_out(images: Tensor, labels: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return the drawings to train on and those held out: of each digit, the second of three."""
    is_held_out = torch.zeros(len(labels), dtype=torch.bool)
    for digit in range(10):
        own = (labels == digit).nonzero()[:, 0]
        is_held_out[own[1::3]] = True
    kept = ~is_held_out
    return (images[kept], labels[kept]), (images[is_held_out], labels[is_held_out])


def _begin_with(model: nn.Module, run: Run) -> None:
    """Put the weights to start from into the network."""
    try:
        model.load_state_dict(with_names_of_today(load_tensors(run.start_path), run.config.model))
    except RuntimeError as error:
        raise CheckpointError(
            f"The weights in {run.start_path} are not of this run's network. Fine-tune again."
        ) from error


def _drawings(run: Run) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    path = run.folder / _DRAWINGS
    found = load_tensors(path)
    images, labels = found.get("images"), found.get("labels")
    fits = (
        images is not None
        and labels is not None
        and (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
        and images.shape == (len(labels), 1, SIDE, SIDE)
        and ((labels >= 0) & (labels < 10)).all()
    )
    if not fits:
        raise CheckpointError(f"{path} holds no drawings with their digits. Fine-tune again.")
    return hold_out(found["images"], found["labels"])


def _score(
    model: nn.Module, trained: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor]
) -> Score:
    return Score(
        trained=evaluate(model, *trained).correct,
        held_out=evaluate(model, *held_out).correct if len(held_out[0]) else 0,
    )
