"""The networks: each takes images (B, 1, 28, 28) float32 in [0, 1] and returns logits (B, 10).

They normalise their input themselves, so that a checkpoint cannot be fed the wrong scale.
None has a fully connected layer.
"""

from collections.abc import Callable
from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.errors import ConfigError

MNIST_MEAN: Final = 0.1307
MNIST_DEVIATION: Final = 0.3081
"""Mean and standard deviation of the 60,000 training images' pixels in [0, 1]."""


def _normalise(images: Tensor) -> Tensor:
    return (images - MNIST_MEAN) / MNIST_DEVIATION


class Seed(nn.Module):
    """The challenge's own network: 16,402 parameters, receptive field 28×28.

    Convolutions without padding; ReLU after each but the last; dropout by channel before the
    third stage. A ReLU is a function here, not a layer, so the summary has twelve rows.
    """

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3)
        self.norm1 = nn.BatchNorm2d(8)
        self.pool1 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(8, 16, 3)
        self.conv4 = nn.Conv2d(16, 16, 1)
        self.norm2 = nn.BatchNorm2d(16)
        self.pool2 = nn.MaxPool2d(2)
        self.dropout = nn.Dropout2d(dropout)
        self.conv5 = nn.Conv2d(16, 64, 3)
        self.conv6 = nn.Conv2d(64, 32, 1)
        self.conv7 = nn.Conv2d(32, 10, 3)

    def forward(self, images: Tensor) -> Tensor:
        x = _normalise(images)
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.pool1(self.norm1(x))  # (B, 8, 12, 12)
        x = F.relu(self.conv4(F.relu(self.conv3(x))))
        x = self.dropout(self.pool2(self.norm2(x)))  # (B, 16, 5, 5)
        x = F.relu(self.conv6(F.relu(self.conv5(x))))
        return self.conv7(x).flatten(1)  # (B, 10, 1, 1) -> (B, 10)


MODELS: Final[dict[str, Callable[[float], nn.Module]]] = {"seed": Seed}


def build_model(name: str, *, dropout: float = 0.1) -> nn.Module:
    """Return a fresh network; its weights come from torch's global generator.

    `dropout` is the share of channels silenced in training; it is no parameter of the weights.
    Raises `ConfigError` for an unknown name.
    """
    if name not in MODELS:
        raise ConfigError(f"Unknown network {name!r}; known are {', '.join(MODELS)}.")
    return MODELS[name](dropout)


def count_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
