"""Exact counts on a set of images: accuracy, loss and the confusion matrix."""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BATCH: Final = 500
"""Images at a time: small enough for the second convolution's output to stay in the cache."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a network does on `total` images.

    `confusion`: (10, 10) counts, rows are the truth. `answers`: (N,) the digits given, and
    `losses`: (N,) each image's cross-entropy, on the images' device.
    """

    loss: float
    correct: int
    total: int
    confusion: tuple[tuple[int, ...], ...]
    answers: Tensor
    losses: Tensor

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
    device = next(model.parameters()).device
    answers: list[Tensor] = []
    losses: list[Tensor] = []
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for some, truth in zip(images.split(_BATCH), labels.split(_BATCH), strict=True):
            some, truth = some.to(device), truth.to(device)
            logits = model((some.float() / 255).contiguous(memory_format=torch.channels_last))
            losses.append(F.cross_entropy(logits, truth, reduction="none"))
            answers.append(logits.argmax(1))
    model.train(was_training)
    answer, loss = torch.cat(answers), torch.cat(losses)
    counts = torch.bincount(labels.to(device) * 10 + answer, minlength=100).view(10, 10)
    return Evaluation(
        loss=loss.mean().item(),
        correct=int(counts.diagonal().sum()),
        total=len(images),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        answers=answer.to(images.device),
        losses=loss.to(images.device),
    )
