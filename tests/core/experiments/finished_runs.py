"""Runs as they lie on the disk when they have ended, without the minutes that training takes."""

from pathlib import Path
from typing import Any

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import save_checkpoint
from mnist_core.config.settings import TrainConfig
from mnist_core.files import EVERYONE
from mnist_core.models import build_model
from mnist_core.networks.named import describe
from mnist_core.runs.control import Kind
from mnist_core.runs.events import Finished
from mnist_core.runs.folder import create_run
from mnist_core.runs.log import EventWriter
from mnist_core.runs.run import Run


def finish_run(
    folder: Path,
    model: str = "tiny",
    *,
    correct: int = 9_930,
    total: int = 10_000,
    owner: str = EVERYONE,
    kind: Kind = "training",
    is_complete: bool = True,
    card: dict[str, Any] | None = None,
    **settings: Any,
) -> Run:
    """Return a run that has ended with fresh weights; `card` changes what its card says."""
    config = TrainConfig(**{"model": model, "epochs": 19, **settings})
    run = create_run(config, recipe="seed", folder=folder, owner=owner, kind=kind)
    facts: dict[str, Any] = {
        "name": run.id,
        "model": config.model,
        "parameters": describe(model).parameters,
        "recipe": run.recipe,
        "epochs": config.epochs,
        "is_complete": is_complete,
        "dataset": config.dataset,
        "watch": config.watch,
        "num_train": 55_000,
        "test_accuracy": 100 * correct / total,
        "test_correct": correct,
        "test_total": total,
        "test_loss": 0.02,
        "seconds": 300.0,
        "date": "2026-11-24",
        "config": config,
        "versions": {"torch": "2.15.0"},
    }
    save_checkpoint(run.checkpoint_path, build_model(model), Card(**facts | (card or {})))
    with EventWriter(run) as writer:
        writer.write(
            Finished(
                is_complete=is_complete,
                epochs=config.epochs,
                step=16_341,
                test_loss=0.02,
                test_accuracy=100 * correct / total,
                test_correct=correct,
                test_total=total,
                seconds=300.0,
                images_per_second=3_500.0,
            )
        )
    return run
