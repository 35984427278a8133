"""The networks: each takes images (B, 1, 28, 28) float32 in [0, 1] and returns logits (B, 10).

A network is a line of the notation (`mnist_core.networks.notation`); seven lines have a name. None
has a fully connected layer: there is no word for one.
"""

from collections.abc import Mapping
from typing import Final

from torch import Tensor, nn

from mnist_core.networks.build import build, with_new_names
from mnist_core.networks.named import LINES, describe

MODELS: Final[Mapping[str, str]] = LINES
"""The lines of the networks that have a name, by their names."""


def build_model(name_or_line: str, *, dropout: float = 0.1) -> nn.Module:
    """Return a fresh network; its weights come from torch's global generator.

    `dropout` is the share of channels that `d` silences in training; it is no parameter of the
    weights. Raises `ConfigError` for an unknown name or a line that is none, with the cure.
    """
    return build(describe(name_or_line), dropout=dropout)


def with_names_of_today(weights: Mapping[str, Tensor], name_or_line: str) -> dict[str, Tensor]:
    """Return a network's weights by the names that `build_model` gives them.

    Until version 0.2 each network was a class, whose weights had other names.
    """
    return with_new_names(weights, describe(name_or_line))


def count_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
