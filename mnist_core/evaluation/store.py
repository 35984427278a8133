"""What a checkpoint makes of a set of images, kept beside the checkpoint.

`NAME.evaluation/SET.npz` beside `NAME.safetensors` holds each image's answer, and
`SET.robustness.json` the accuracy under distortions. Both name the weights, the network and the
images they are of, by digest: what is of other weights or images is measured anew and replaced.
Where the folder cannot be written, everything works and nothing is kept.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from mnist_core import records
from mnist_core.checkpoints.card import Card, read_card
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.datasets import load_part
from mnist_core.errors import RecordError
from mnist_core.evaluation.evaluate import Evaluation, evaluate, sum_up
from mnist_core.evaluation.robustness import POINTS, RobustnessPoint, measure_robustness
from mnist_core.files import open_plain, replacing
from mnist_core.records import Record

_FORMAT: Final = 1
"""Part of every key: raise it when what is kept, or how it is measured, changes."""

_MAX_BYTES: Final = 50_000_000
_REMEDY: Final = "Delete it; it is measured anew."


class _Kept(Record, frozen=True, kw_only=True):
    """Points of accuracy under distortion, and what they are of."""

    key: dict[str, str | int]
    points: tuple[RobustnessPoint, ...]


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """Images (N, 1, 28, 28) uint8 with their `labels` (N,) int64, N at least 1.

    `name` serves as a file's name. What a network makes of a private set is never written.
    """

    name: str
    images: Tensor
    labels: Tensor
    digest: str
    is_private: bool = False


def make_image_set(
    name: str, images: Tensor, labels: Tensor, *, is_private: bool = False
) -> ImageSet:
    """Return the set with its digest."""
    digest = hashlib.sha256(images.numpy().tobytes() + labels.numpy().tobytes()).hexdigest()
    return ImageSet(name=name, images=images, labels=labels, digest=digest, is_private=is_private)


def load_image_set(dataset: str, part: str, *, data_dir: Path | None = None) -> ImageSet:
    """Load "test" or "validation" of "mnist" or "digits"; raises `DataError` as `load_data`."""
    return make_image_set(f"{dataset}-{part}", *load_part(dataset, part, data_dir=data_dir))


def report_on(checkpoint: Path, images: ImageSet) -> Evaluation:
    """Return what the checkpoint makes of the images, from its folder if it is kept there.

    Raises `CheckpointError`.
    """
    kept = _folder(checkpoint) / f"{images.name}.npz"
    key = _key(_digest(checkpoint), read_card(checkpoint), images)
    if found := _read_evaluation(kept, key, images):
        return found
    model, card, weights = _load(checkpoint)
    found = evaluate(model, images.images, images.labels)
    if not images.is_private:
        _keep_evaluation(kept, _key(weights, card, images), found)
    return found


def read_robustness(
    checkpoint: Path, images: ImageSet, *, num_images: int
) -> list[RobustnessPoint] | None:
    """Return the points that are kept, or None where there are none of these weights."""
    kept = _robustness_path(checkpoint, images)
    key = _key(_digest(checkpoint), read_card(checkpoint), images) | {"num_images": num_images}
    try:
        found = records.read(kept, _Kept, remedy=_REMEDY)
    except RecordError:  # it is measured anew
        return None
    measured = tuple((point.distortion, point.amount) for point in found.points)
    return list(found.points) if (found.key, measured) == (key, POINTS) else None


def robustness_of(
    checkpoint: Path, images: ImageSet, *, num_images: int
) -> Iterator[RobustnessPoint]:
    """Measure accuracy under distortions, point by point; the whole is kept once it is there."""
    model, card, weights = _load(checkpoint)
    points: list[RobustnessPoint] = []
    for point in measure_robustness(model, images.images, images.labels, num_images=num_images):
        points.append(point)
        yield point
    if not images.is_private:
        key = _key(weights, card, images) | {"num_images": num_images}
        kept = _Kept(key=key, points=tuple(points))
        with suppress(OSError):  # a folder that cannot be written keeps nothing
            records.write(_robustness_path(checkpoint, images), kept)


def _folder(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".evaluation")


def _robustness_path(checkpoint: Path, images: ImageSet) -> Path:
    return _folder(checkpoint) / f"{images.name}.robustness.json"


def _digest(path: Path) -> str:
    """Return the weights' digest, or "" where they cannot be read: loading them tells why."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _load(path: Path) -> tuple[nn.Module, Card, str]:
    """Return the network, its card and the digest of just these weights.

    A run that trains replaces its file at any time, so the digest is taken before and after.
    """
    while True:
        before = _digest(path)
        model, card = load_checkpoint(path)
        if _digest(path) == before:
            return model, card, before


def _key(weights: str, card: Card, images: ImageSet) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "weights": weights,
        "network": card.model,
        "images": images.digest,
    }


def _keep_evaluation(path: Path, key: dict[str, Any], found: Evaluation) -> None:
    try:
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                key=np.array(json.dumps(key)),
                answers=found.answers.numpy().astype(np.uint8),
                losses=found.losses.numpy(),
                probabilities=found.probabilities.numpy(),
            )
    except OSError:
        pass  # a folder that cannot be written keeps nothing


def _read_evaluation(path: Path, key: dict[str, Any], images: ImageSet) -> Evaluation | None:
    """Return what is kept, or None where it is of something else, damaged or not there."""
    try:
        with open_plain(path, _MAX_BYTES) as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["key"]) != json.dumps(key):
                return None
            answers, losses, probabilities = (
                kept[name] for name in ("answers", "losses", "probabilities")
            )
    except Exception:  # numpy believes its archive, and fails in any way at another
        return None
    num = len(images.labels)
    is_whole = (
        (answers.shape, answers.dtype) == ((num,), np.uint8)
        and (losses.shape, losses.dtype) == ((num,), np.float32)
        and (probabilities.shape, probabilities.dtype) == ((num, 10), np.float32)
        and answers.max() < 10
    )
    if not is_whole:
        return None
    return sum_up(
        images.labels,
        answers=torch.from_numpy(answers.astype(np.int64)),
        losses=torch.from_numpy(losses),
        probabilities=torch.from_numpy(probabilities),
    )
