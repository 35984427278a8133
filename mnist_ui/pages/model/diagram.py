"""A picture of a network, drawn from the network itself: blocks as large as its maps.

A block's height stands for the maps' size, its width (and its stripes) for how many there are.
Layers that leave the shape alone are named under the block they belong to.
"""

from dataclasses import dataclass, field
from html import escape
from typing import Final

from mnist_core.images import SIDE
from mnist_core.networks.profile import LayerProfile, Profile

_SHORT: Final = {
    "Conv2d": "Conv",
    "MaxPool2d": "Max pool",
    "AvgPool2d": "Mean pool",
    "AdaptiveAvgPool2d": "Mean pool",
    "BatchNorm2d": "Batch norm",
    "Dropout2d": "Dropout",
}


@dataclass
class _Node:
    kind: str
    title: str
    shape: tuple[int, ...]
    notes: list[str] = field(default_factory=list[str])


def diagram_html(profile: Profile) -> str:
    """Return the network from image to answer, left to right, with a text alternative."""
    nodes = _nodes(profile)
    arrow = '<div class="arrow">→</div>'
    blocks = arrow.join(map(_block, nodes))
    return (
        f'<div class="network" role="img" aria-label="{escape(describe(profile))}">{blocks}</div>'
    )


def describe(profile: Profile) -> str:
    """Say in one sentence what the diagram shows."""
    told = [
        f"{node.title}: {_shape(node.shape)}"
        + (f", then {', '.join(node.notes)}" if node.notes else "")
        for node in _nodes(profile)
    ]
    return "The network, from image to answer. " + "; ".join(told) + "; ten scores, one a digit."


def _nodes(profile: Profile) -> list[_Node]:
    nodes = [_Node("image", "Image", (1, SIDE, SIDE))]
    for layer in profile.layers:
        if layer.detail or layer.output_shape != nodes[-1].shape:
            nodes.append(_Node(_kind(layer), _title(layer), layer.output_shape))
        else:
            nodes[-1].notes.append(_title(layer))
        if layer.then:
            nodes[-1].notes.append(layer.then)
    return nodes


def _kind(layer: LayerProfile) -> str:
    return "pool" if "Pool" in layer.kind else "layer"


def _title(layer: LayerProfile) -> str:
    return f"{_SHORT.get(layer.kind, layer.kind)} {layer.detail}".strip()


def _block(node: _Node) -> str:
    channels, rows = node.shape[0], node.shape[1] if len(node.shape) > 1 else 1
    size = f"width:{6 + 1.1 * min(channels, 80):.0f}px;height:{10 + 2.6 * rows:.0f}px"
    notes = "".join(f"<i>{escape(note)}</i>" for note in node.notes)
    return (
        f'<div class="node {node.kind}"><div class="block" style="{size}"></div>'
        f"<b>{escape(node.title)}</b><span>{_shape(node.shape)}</span>"
        f'<div class="notes">{notes}</div></div>'
    )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
