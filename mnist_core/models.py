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
MNIST_STD: Final = 0.3081
"""Mean and standard deviation of the 60,000 training images' pixels in [0, 1]."""


def _normalise(images: Tensor) -> Tensor:
    return (images - MNIST_MEAN) / MNIST_STD


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


def _block(
    inputs: int,
    outputs: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    padding: int | None = None,
    halve: bool = False,
) -> nn.Sequential:
    """Return a convolution (which keeps the size), batch norm and ReLU.

    Where the size is to be halved, the maximum of 2×2 places is taken first: for a positive
    scale the answer is the same as taken last, for a quarter of the work.
    """
    padding = kernel // 2 if padding is None else padding
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)]
    if halve:
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs), nn.ReLU())


class _GlobalMaxPooled(nn.Module):
    """Blocks, then global max pooling: of each channel only the largest value counts.

    A 1×1 convolution makes the ten logits of these. The larger networks have channels in
    multiples of eight, as many as a processor works on at a time.
    """

    def __init__(self, *blocks: nn.Module, channels: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Conv2d(channels, 10, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = self.blocks(_normalise(images))  # (B, channels, height, width)
        return self.head(x.amax((2, 3), keepdim=True)).flatten(1)


class Record(_GlobalMaxPooled):
    """The most accurate we know below 20,000 parameters: 19,386."""

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__(
            _block(1, 16, 5, halve=True),  # (B, 16, 14, 14)
            _block(16, 16),
            _block(16, 16, halve=True),  # (B, 16, 7, 7)
            nn.Dropout2d(dropout),
            _block(16, 32),
            _block(32, 32),
            channels=32,
        )


class Compact(_GlobalMaxPooled):
    """Below 8,000 parameters: 7,314."""

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__(
            _block(1, 8, 5, halve=True),  # (B, 8, 14, 14)
            _block(8, 12),
            _block(12, 12, halve=True),  # (B, 12, 7, 7)
            nn.Dropout2d(dropout),
            _block(12, 16),
            _block(16, 20),
            channels=20,
        )


class Tiny(_GlobalMaxPooled):
    """Below 3,500 parameters: 3,146."""

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__(
            _block(1, 8, 5, halve=True),  # (B, 8, 14, 14)
            _block(8, 8, halve=True),  # (B, 8, 7, 7)
            nn.Dropout2d(dropout),
            _block(8, 12),
            _block(12, 12),
            channels=12,
        )


class Quick(_GlobalMaxPooled):
    """The quickest to train: a stride of two in the first layer leaves a quarter of the places.

    Kernels and strides fit the image without a rest: nothing is computed that is not used.
    """

    def __init__(self, dropout: float = 0.05) -> None:
        super().__init__(
            _block(1, 16, 6, stride=2, padding=0),  # (B, 16, 12, 12)
            _block(16, 16, padding=0, halve=True),  # (B, 16, 5, 5)
            nn.Dropout2d(dropout),
            _block(16, 32),
            _block(32, 32, padding=0),  # (B, 32, 3, 3)
            channels=32,
        )


MODELS: Final[dict[str, Callable[[float], nn.Module]]] = {
    "seed": Seed,
    "record": Record,
    "compact": Compact,
    "tiny": Tiny,
    "quick": Quick,
}


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
