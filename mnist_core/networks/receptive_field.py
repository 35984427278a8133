"""Receptive fields: which pixels of the image each unit of a network can see.

Computed from the layers' kernels, strides and paddings, exactly, image borders included.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from mnist_core.images import SIDE
from mnist_core.networks.trace import Step


@dataclass(frozen=True)
class Axis:
    """Along one side of the image, the pixels that each unit of a layer can see.

    Unit i sees pixels `first[i]` to `last[i]`, both included; its centre, which at a padded edge
    may lie beside the middle of these, is `start` + i · `jump`.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    start: float = 0.0
    jump: float = 1.0

    @property
    def centres(self) -> tuple[float, ...]:
        return tuple(self.start + index * self.jump for index in range(len(self.first)))

    @property
    def extent(self) -> int:
        """The pixels that the unit with the widest view sees."""
        return max(last - first + 1 for first, last in zip(self.first, self.last, strict=True))


@dataclass(frozen=True)
class Field:
    """The receptive fields of a layer's units on the 28×28 input."""

    rows: Axis
    columns: Axis

    def of(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return what one unit sees: top, left, bottom, right; the last two included."""
        rows, columns = self.rows, self.columns
        return rows.first[row], columns.first[column], rows.last[row], columns.last[column]


def receptive_fields(steps: list[Step]) -> list[Field | None]:
    """Return each step's receptive fields, from kernels, strides and paddings; exact.

    Where the way from one layer to the next is unknown, None from there on.
    """
    everything = tuple(range(SIDE))
    field: Field | None = Field(Axis(everything, everything), Axis(everything, everything))
    found: list[Field | None] = []
    for step in steps:
        if field is not None:
            taken, given = _spatial(step.taken), _spatial(step.output)
            rows = _through(_fit(field.rows, taken[0]), step.module, 0, given[0])
            columns = _through(_fit(field.columns, taken[1]), step.module, 1, given[1])
            field = Field(rows, columns) if rows and columns else None
        found.append(field)
    return found


def _through(axis: Axis | None, module: nn.Module, side: int, num_units: int) -> Axis | None:
    """Return what each unit of a module's output sees, given what each unit of its input does.

    A convolution or pooling looks through its window; any other module works unit by unit.
    """
    if axis is None or not hasattr(module, "kernel_size"):
        return axis and _fit(axis, num_units)
    kernel, stride, padding, dilation = (
        window(module, name)[side] for name in ("kernel_size", "stride", "padding", "dilation")
    )
    windows = [
        [
            index
            for index in range(unit * stride - padding, unit * stride - padding + reach, dilation)
            if 0 <= index < len(axis.first)
        ]
        for unit in range(num_units)
        for reach in (dilation * (kernel - 1) + 1,)
    ]
    return Axis(
        first=tuple(min(axis.first[index] for index in window) for window in windows),
        last=tuple(max(axis.last[index] for index in window) for window in windows),
        start=axis.start + axis.jump * (dilation * (kernel - 1) / 2 - padding),
        jump=axis.jump * stride,
    )


def _fit(axis: Axis, num_units: int) -> Axis | None:
    """Return the axis as a layer with `num_units` units sees it, None where that is unknown.

    As many units see what they saw before; a single one, after a global pooling, sees all of it.
    """
    if num_units == len(axis.first):
        return axis
    return merge(axis) if num_units == 1 else None


def merge(axis: Axis) -> Axis:
    """Return what all units see together, as one unit."""
    centre = axis.start + axis.jump * (len(axis.first) - 1) / 2
    return Axis((min(axis.first),), (max(axis.last),), centre, 1.0)


def window(module: nn.Module, name: str) -> tuple[int, int]:
    """Return one of a module's numbers, say its stride, for rows and for columns."""
    value = getattr(module, name, 1)
    if value == "same":  # of a convolution: as much as keeps the size
        kernel, dilation = window(module, "kernel_size"), window(module, "dilation")
        return dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2
    if value == "valid":
        return 0, 0
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _spatial(tensor: Tensor) -> tuple[int, int]:
    return (tensor.shape[2], tensor.shape[3]) if tensor.ndim == 4 else (1, 1)
