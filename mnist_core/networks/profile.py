"""A network taken apart: what each of its layers is, costs, and how far it sees."""

import copy
import time
from dataclasses import dataclass
from math import prod
from typing import Final

import torch
from torch import Tensor, nn

from mnist_core.images import SIDE
from mnist_core.networks.build import build, is_in_the_block_before
from mnist_core.networks.notation import Description
from mnist_core.networks.receptive_field import Field, merge, receptive_fields, window
from mnist_core.networks.trace import Step, leaves, trace
from mnist_core.networks.words import Kind

_BYTES_PER_NUMBER: Final = 4
_NUM_TIMED: Final = 64
_MOST_TIMED: Final = 128_000_000
"""Multiply-adds in one pass that is timed: of a large network fewer images are taken."""
_NUM_REPEATS: Final = 9


@dataclass(frozen=True, kw_only=True)
class LayerProfile:
    """What one layer is and costs, for one image.

    `multiply_adds` counts convolutions and fully connected layers: batch normalisation folds into
    its neighbour, and pooling multiplies nothing. `share_of_time` is 0 to 1, None unless timed.
    `field` is None where it cannot be told.
    """

    name: str
    kind: str
    detail: str
    then: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    memory_bytes: int
    field: Field | None
    share_of_time: float | None

    @property
    def sees(self) -> tuple[int, int] | None:
        """The largest receptive field of the layer's units, rows by columns."""
        return self.field and (self.field.rows.extent, self.field.columns.extent)


@dataclass(frozen=True)
class Profile:
    """A network's layers, in the order in which an image passes them."""

    layers: tuple[LayerProfile, ...]

    @property
    def multiply_adds(self) -> int:
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def memory_bytes(self) -> int:
        """The outputs of all layers together, four bytes a number."""
        return sum(layer.memory_bytes for layer in self.layers)

    @property
    def sees(self) -> tuple[int, int] | None:
        """How much of the image stands behind an answer."""
        field = self.layers[-1].field
        if field is None:
            return None
        whole = Field(merge(field.rows), merge(field.columns))
        return whole.rows.extent, whole.columns.extent


def profile_network(model: nn.Module, *, timed: bool = False) -> Profile:
    """Return what each layer of a network is and costs.

    With `timed` each layer's share of the time is measured too, on the threads torch is set to;
    a function that follows a layer counts with it.
    """
    generator = torch.Generator().manual_seed(0)
    steps, _ = trace(model, torch.rand(1, 1, SIDE, SIDE, generator=generator))
    multiply_adds = sum(map(_multiply_adds, steps))
    num_timed = max(1, min(_NUM_TIMED, _MOST_TIMED // max(multiply_adds, 1)))
    shares = _measure(model, num_timed) if timed else [None] * len(steps)
    first = {step.module: index for index, step in reversed(list(enumerate(steps)))}
    return Profile(
        tuple(
            LayerProfile(
                name=step.name,
                kind=type(step.module).__name__,
                detail=_detail(step.module),
                then=step.then,
                output_shape=tuple(step.output.shape[1:]),
                # A kernel that is used again has its parameters once.
                parameters=_count(step.module) if first[step.module] == index else 0,
                multiply_adds=_multiply_adds(step),
                memory_bytes=step.output.numel() * _BYTES_PER_NUMBER,
                field=field,
                share_of_time=share,
            )
            for index, (step, field, share) in enumerate(
                zip(steps, receptive_fields(steps), shares, strict=True)
            )
        )
    )


def time_layers(description: Description) -> list[float | None]:
    """Return the share of the time, 0 to 1, of each layer of a line; None for a bare ReLU.

    That, and the `max` or `mean` before the ten answers, counts with the layer before it.
    """
    profile = profile_network(build(description), timed=True)
    shares = [layer.share_of_time or 0.0 for layer in profile.layers]
    found: list[float | None] = []
    for index, layer in enumerate(description.layers):
        if is_in_the_block_before(description, index):  # its module comes before batch norm, ReLU
            pool = shares.pop(0)
            found[-1] = (found[-1] or 0.0) + shares.pop(0) + shares.pop(0)
            found.append(pool)
        elif layer.kind == Kind.RELU:
            found.append(None)
        else:
            is_halved = index + 1 < len(description.layers) and is_in_the_block_before(
                description, index + 1
            )
            num_modules = 3 * layer.word.repeats if layer.kind == Kind.BLOCK else 1
            num_modules -= 2 if is_halved else 0
            found.append(sum(shares[:num_modules]))
            del shares[:num_modules]
    assert not shares
    return found


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _detail(module: nn.Module) -> str:
    if not hasattr(module, "kernel_size"):
        return ""
    rows, columns = window(module, "kernel_size")
    return f"{rows}×{columns}"


def _multiply_adds(step: Step) -> int:
    module = step.module
    if isinstance(module, nn.Conv2d):
        return step.output.numel() * prod(module.weight.shape[1:])
    return step.output.numel() * module.in_features if isinstance(module, nn.Linear) else 0


def _measure(model: nn.Module, num_images: int) -> list[float]:
    """Return each layer's share of the time of a forward pass; the shortest of several counts."""
    model = copy.deepcopy(model).eval()
    starts: list[float] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        starts.append(time.perf_counter())

    for leaf in leaves(model):
        leaf.register_forward_pre_hook(note)
    images = torch.zeros(num_images, 1, SIDE, SIDE)
    rounds: list[list[float]] = []
    with torch.inference_mode():
        for _ in range(_NUM_REPEATS):
            starts.clear()
            model(images)
            ends = [*starts[1:], time.perf_counter()]
            rounds.append([end - start for start, end in zip(starts, ends, strict=True)])
    shortest = [min(times) for times in zip(*rounds, strict=True)]
    return [seconds / sum(shortest) for seconds in shortest]
