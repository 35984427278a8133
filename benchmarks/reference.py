"""The plain loop that everyone writes, to measure ours against: torchvision, DataLoader, eager.

As in a tutorial, and kept so: a Dataset that makes each image when it is asked for, transforms
per image, default threads. Of this project it uses nothing.
"""

from collections.abc import Iterable
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

Batches = Iterable[tuple[Tensor, Tensor]]


class Net(nn.Module):
    """The `seed` network: the same layers, 16,402 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3)
        self.bn1 = nn.BatchNorm2d(8)
        self.pool1 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(8, 16, 3)
        self.conv4 = nn.Conv2d(16, 16, 1)
        self.bn2 = nn.BatchNorm2d(16)
        self.pool2 = nn.MaxPool2d(2)
        self.drop = nn.Dropout2d(0.1)
        self.conv5 = nn.Conv2d(16, 64, 3)
        self.conv6 = nn.Conv2d(64, 32, 1)
        self.conv7 = nn.Conv2d(32, 10, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.pool1(self.bn1(x))
        x = F.relu(self.conv4(F.relu(self.conv3(x))))
        x = self.drop(self.pool2(self.bn2(x)))
        x = F.relu(self.conv6(F.relu(self.conv5(x))))
        return self.conv7(x).view(-1, 10)


def make_loader(data_dir: Path, *, batch_size: int = 30, is_augmented: bool = False) -> Batches:
    """Return a loader of MNIST's training images; the augmentation is the `seed` recipe's."""
    turn = transforms.RandomAffine(degrees=10, translate=(2 / 28, 2 / 28), scale=(0.9, 1.1))
    transform = transforms.Compose(
        [
            *([turn] if is_augmented else []),
            transforms.ToTensor(),
            transforms.Normalize((0.1307,), (0.3081,)),
        ]
    )
    dataset = datasets.MNIST(str(data_dir), train=True, transform=transform)
    return DataLoader(dataset, batch_size=batch_size, shuffle=True)


def make_optimizer(model: nn.Module) -> optim.Optimizer:
    return optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def train_epoch(model: nn.Module, batches: Batches, optimizer: optim.Optimizer) -> None:
    model.train()
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
