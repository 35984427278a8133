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
    """What a network does on `total` images; `confusion` is (10, 10) counts, rows are the truth."""

    loss: float
    correct: int
    total: int
    confusion: list[list[int]]

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
    confusion = torch.zeros(100, dtype=torch.int64, device=device)
    loss = torch.zeros((), device=device)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for some, truth in zip(images.split(_BATCH), labels.split(_BATCH), strict=True):
            some, truth = some.to(device), truth.to(device)
            logits = model((some.float() / 255).contiguous(memory_format=torch.channels_last))
            loss += F.cross_entropy(logits, truth, reduction="sum")
            confusion += torch.bincount(truth * 10 + logits.argmax(1), minlength=100)
    model.train(was_training)
    counts = confusion.view(10, 10)
    return Evaluation(
        loss=loss.item() / len(images),
        correct=int(counts.diagonal().sum()),
        total=len(images),
        confusion=counts.tolist(),
    )
