"""A network at work: each layer, what it is given and what it hands on, as images pass.

Everything is read from the modules themselves, whatever their names: leaf modules in the order in
which they are executed. Functions between them (ReLU, a global pooling) are recognised by what
they do to the numbers.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

_BETWEEN: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "ReLU": lambda x: x.relu(),
    "global average": lambda x: x.mean((2, 3)),
    "global maximum": lambda x: x.amax((2, 3)),
    "ReLU, global average": lambda x: x.relu().mean((2, 3)),
    "ReLU, global maximum": lambda x: x.relu().amax((2, 3)),
}
"""What may happen between two layers without being a layer itself."""


@dataclass(frozen=True)
class Step:
    """One layer at work. `name` is the layer table's, as in Conv2d-1.

    `handed_on` is what the next layer is given: the output after a ReLU that is a function. Where
    a global pooling lies between, it is the output itself. `then` names what lies between.
    """

    name: str
    module: nn.Module
    taken: Tensor
    output: Tensor
    handed_on: Tensor
    then: str


def trace(model: nn.Module, images: Tensor) -> tuple[list[Step], Tensor]:
    """Pass images (B, 1, 28, 28) through a network in evaluation mode; return steps and logits.

    A copy of it works, because visitors share networks and a hook would hear all of them.
    Gradients flow from the logits (B, 10) to every tensor of a step if `images` asks for them.
    """
    model = copy.deepcopy(model).eval()
    seen: list[tuple[nn.Module, Tensor, Tensor]] = []

    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen.append((module, inputs[0], output))

    for leaf in leaves(model):
        leaf.register_forward_hook(record)
    with torch.set_grad_enabled(images.requires_grad):
        logits = model(images)
    following = [*(taken for _, taken, _ in seen[1:]), logits]
    steps = [
        Step(
            name=f"{type(module).__name__}-{number}",
            module=module,
            taken=taken,
            output=output,
            handed_on=after if after.shape == output.shape else output,
            then=_between(output.detach(), after.detach()),
        )
        for number, ((module, taken, output), after) in enumerate(
            zip(seen, following, strict=True), 1
        )
    ]
    return steps, logits


def leaves(model: nn.Module) -> list[nn.Module]:
    return [module for module in model.modules() if not any(module.children())]


def _between(output: Tensor, after: Tensor) -> str:
    """Name the function that leads from a layer's output to what comes after; "" for none."""
    if output.ndim != 4 or torch.equal(output.flatten(), after.flatten()):
        return ""
    for name, function in _BETWEEN.items():
        expected = function(output)
        if expected.numel() == after.numel() and torch.allclose(
            expected.view_as(after), after, atol=1e-5
        ):
            return name
    return ""
