"""The five networks as they were written by hand, one class each, before one line described them.

The networks of the lines are held against these, bit for bit; weights and runs of that time use
their parameters' names.
"""

import torch.nn.functional as F
from torch import Tensor, nn


class Seed(nn.Module):
    def __init__(self, dropout: float) -> None:
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
        x = (images - 0.1307) / 0.3081
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.pool1(self.norm1(x))
        x = F.relu(self.conv4(F.relu(self.conv3(x))))
        x = self.dropout(self.pool2(self.norm2(x)))
        x = F.relu(self.conv6(F.relu(self.conv5(x))))
        return self.conv7(x).flatten(1)


def _block(
    inputs: int,
    outputs: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    padding: int | None = None,
    halve: bool = False,
) -> nn.Sequential:
    padding = kernel // 2 if padding is None else padding
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)]
    if halve:
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs), nn.ReLU())


class Strongest(nn.Module):
    def __init__(self, *blocks: nn.Module, channels: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Conv2d(channels, 10, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = self.blocks((images - 0.1307) / 0.3081)
        return self.head(x.amax((2, 3), keepdim=True)).flatten(1)


def former(name: str, dropout: float) -> nn.Module:
    match name:
        case "seed":
            return Seed(dropout)
        case "record":
            return Strongest(
                _block(1, 16, 5, halve=True),
                _block(16, 16),
                _block(16, 16, halve=True),
                nn.Dropout2d(dropout),
                _block(16, 32),
                _block(32, 32),
                channels=32,
            )
        case "compact":
            return Strongest(
                _block(1, 8, 5, halve=True),
                _block(8, 12),
                _block(12, 12, halve=True),
                nn.Dropout2d(dropout),
                _block(12, 16),
                _block(16, 20),
                channels=20,
            )
        case "tiny":
            return Strongest(
                _block(1, 8, 5, halve=True),
                _block(8, 8, halve=True),
                nn.Dropout2d(dropout),
                _block(8, 12),
                _block(12, 12),
                channels=12,
            )
        case "quick":
            return Strongest(
                _block(1, 16, 6, stride=2, padding=0),
                _block(16, 16, padding=0, halve=True),
                nn.Dropout2d(dropout),
                _block(16, 32),
                _block(32, 32, padding=0),
                channels=32,
            )
        case _:
            raise AssertionError(name)
