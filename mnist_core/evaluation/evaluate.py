"""Exact counts on a set of images: accuracy, loss and the confusion matrix."""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BATCH: Final = 200
"""Images at a time: few enough for the first layers' outputs to stay in the cache."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a network does on `total` images.

    `confusion`: (10, 10) counts, rows are the truth. On the images' device: `answers`: (N,) int64,
    the digits given; `losses`: (N,) float32, each image's cross-entropy; `probabilities`: (N, 10)
    float32, each row's sum 1.
    """

    loss: float
    correct: int
    total: int
    confusion: tuple[tuple[int, ...], ...]
    answers: Tensor
    losses: Tensor
    probabilities: Tensor

    @property
    def accuracy(self) -> float:
        """Percent."""
        return 100.0 * self.correct / self.total

    @property
    def has_one_answer(self) -> bool:
        """Whether every image was given the same digit, as a collapsed network does."""
        return sum(any(row[digit] for row in self.confusion) for digit in range(10)) == 1


def evaluate(model: nn.Module, images: Tensor, labels: Tensor) -> Evaluation:
    """Classify `images` (N, 1, 28, 28) uint8 with `labels` (N,); the training mode is kept."""
    with torch.inference_mode():
        found = logits(model, images)
        return sum_up(
            labels,
            answers=found.argmax(1),
            losses=F.cross_entropy(found, labels, reduction="none"),
            probabilities=found.softmax(1),
        )


def logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the logits (N, 10), on the images' device, in evaluation mode.

    `images`: (N, 1, 28, 28), uint8 or float32 in [0, 1]. The training mode is kept.
    """
    device = next(model.parameters()).device
    parts: list[Tensor] = []
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for some in images.split(_BATCH):
            batch = some.to(device)
            batch = batch.float() / 255 if batch.dtype == torch.uint8 else batch
            parts.append(model(batch.contiguous(memory_format=torch.channels_last)))
    model.train(was_training)
    return torch.cat(parts).to(images.device)


def sum_up(labels: Tensor, *, answers: Tensor, losses: Tensor, probabilities: Tensor) -> Evaluation:
    """Count what the answers to images with `labels` (N,) come to."""
    counts = torch.bincount(labels * 10 + answers, minlength=100).view(10, 10)
    return Evaluation(
        loss=losses.mean().item(),
        correct=int(counts.diagonal().sum()),
        total=len(labels),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        answers=answers,
        losses=losses,
        probabilities=probabilities,
    )
