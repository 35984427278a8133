"""The layer table of a network, with torchsummary's columns and sizes.

Sizes follow sksq96/pytorch-summary: four bytes a number, MB of 1024², the forward/backward pass
counted as twice the outputs of all layers, per image. One difference: a network is measured on
its own device, never moved.
"""

from dataclasses import dataclass
from math import prod
from typing import Final

import torch
from torch import Tensor, nn

from mnist_core.images import SIDE

_BYTES_PER_MB: Final = 1024**2
_BYTES_PER_NUMBER: Final = 4


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One row: `name` as in Conv2d-1, `output_shape` with -1 for the batch."""

    name: str
    output_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A network's rows and totals; sizes in MB per image."""

    rows: tuple[Layer, ...]
    input_shape: tuple[int, ...]
    total_parameters: int
    trainable_parameters: int

    @property
    def non_trainable_parameters(self) -> int:
        return self.total_parameters - self.trainable_parameters

    @property
    def input_mb(self) -> float:
        return prod(self.input_shape) * _BYTES_PER_NUMBER / _BYTES_PER_MB

    @property
    def forward_backward_mb(self) -> float:
        numbers = sum(prod(row.output_shape[1:]) for row in self.rows)
        return 2 * numbers * _BYTES_PER_NUMBER / _BYTES_PER_MB

    @property
    def parameters_mb(self) -> float:
        return self.total_parameters * _BYTES_PER_NUMBER / _BYTES_PER_MB

    @property
    def total_mb(self) -> float:
        return self.input_mb + self.forward_backward_mb + self.parameters_mb

    def to_text(self) -> str:
        """Return the table in torchsummary's familiar form."""
        thin, thick = "-" * 64, "=" * 64
        lines = [thin, f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}", thick]
        lines += [
            f"{row.name:>20}  {list(row.output_shape)!s:>25} {row.parameters:>15,}"
            for row in self.rows
        ]
        lines += [
            thick,
            f"Total params: {self.total_parameters:,}",
            f"Trainable params: {self.trainable_parameters:,}",
            f"Non-trainable params: {self.non_trainable_parameters:,}",
            thin,
            f"Input size (MB): {self.input_mb:.2f}",
            f"Forward/backward pass size (MB): {self.forward_backward_mb:.2f}",
            f"Params size (MB): {self.parameters_mb:.2f}",
            f"Estimated Total Size (MB): {self.total_mb:.2f}",
            thin,
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        return {
            "layers": [
                {
                    "layer": row.name,
                    "output_shape": list(row.output_shape),
                    "parameters": row.parameters,
                }
                for row in self.rows
            ],
            "total_parameters": self.total_parameters,
            "trainable_parameters": self.trainable_parameters,
            "non_trainable_parameters": self.non_trainable_parameters,
            "input_mb": round(self.input_mb, 2),
            "forward_backward_mb": round(self.forward_backward_mb, 2),
            "parameters_mb": round(self.parameters_mb, 2),
            "total_mb": round(self.total_mb, 2),
        }


def summarize(model: nn.Module, input_shape: tuple[int, ...] = (1, SIDE, SIDE)) -> Summary:
    """Return the table of `model`'s layers in the order in which one image passes them.

    The network's training mode and statistics are left as they were.
    """
    rows: list[Layer] = []
    counted: set[nn.Module] = set()  # a kernel that is used again has its parameters once

    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        rows.append(
            Layer(
                name=f"{type(module).__name__}-{len(rows) + 1}",
                output_shape=(-1, *output.shape[1:]),
                parameters=sum(p.numel() for p in module.parameters() if module not in counted),
            )
        )
        counted.add(module)

    leaves = [module for module in model.modules() if not any(module.children())]
    handles = [module.register_forward_hook(record) for module in leaves]
    was_training = model.training
    device = next(model.parameters()).device
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, *input_shape, device=device))
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return Summary(
        rows=tuple(rows),
        input_shape=input_shape,
        total_parameters=sum(p.numel() for p in model.parameters()),
        trainable_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )
