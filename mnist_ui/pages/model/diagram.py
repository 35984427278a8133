"""A picture of a network, drawn from its line: blocks as large as its maps. Needs no torch.

A block's height stands for the maps' size, its width (and its stripes) for how many there are.
Layers that leave the shape alone are named under the block they belong to.
"""

from dataclasses import dataclass, field
from html import escape
from typing import Final

from mnist_core.images import SIDE
from mnist_core.networks.notation import NUM_DIGITS, Description, Layer, Shape
from mnist_core.networks.words import Kind

_TITLES: Final = {
    Kind.MAX_POOL: "Max pool 2×2",
    Kind.MEAN_POOL: "Mean pool 2×2",
    Kind.BLUR_POOL: "Blurred max pool 2×2",
    Kind.MAX_END: "Max of all",
    Kind.MEAN_END: "Mean of all",
}

_NOTES: Final = {
    Kind.NORM: "Batch norm",
    Kind.RELU: "ReLU",
    Kind.DROPOUT: "Dropout",
}


@dataclass
class _Node:
    kind: str
    title: str
    shape: Shape
    notes: list[str] = field(default_factory=list[str])


def diagram_html(description: Description) -> str:
    """Return the network from image to answer, left to right, with a text alternative."""
    nodes = _nodes(description)
    arrow = '<div class="arrow">→</div>'
    return (
        f'<div class="network" role="img" aria-label="{escape(tell(description))}">'
        f"{arrow.join(map(_block, nodes))}</div>"
    )


def tell(description: Description) -> str:
    """Say in one sentence what the diagram shows."""
    told = [
        f"{node.title}: {_shape(node.shape)}"
        + (f", then {', '.join(node.notes)}" if node.notes else "")
        for node in _nodes(description)
    ]
    return "The network, from image to answer. " + "; ".join(told) + "; ten scores, one a digit."


def _nodes(description: Description) -> list[_Node]:
    nodes = [_Node("image", "Image", (1, SIDE, SIDE))]
    for layer in description.layers:
        if layer.kind in _NOTES:
            nodes[-1].notes.append(_NOTES[layer.kind])
        else:
            nodes.append(_node(layer))
    return nodes


def _node(layer: Layer) -> _Node:
    word = layer.word
    if word.is_end:
        gathered = _Node("pool", _TITLES[word.kind], (layer.input_shape[0], 1, 1))
        gathered.notes.append(f"Conv 1×1 to {NUM_DIGITS}")
        return gathered
    if word.is_pool:
        return _Node("pool", _TITLES[word.kind], layer.output_shape)
    node = _Node("layer", f"Conv {word.kernel}×{word.kernel}", layer.output_shape)
    if word.repeats > 1:
        node.notes.append(f"{word.repeats} times over")
    if word.kind == Kind.BLOCK:
        node.notes += ["Batch norm", "ReLU"]
    return node


def _block(node: _Node) -> str:
    channels, rows, _ = node.shape
    size = f"width:{6 + 1.1 * min(channels, 80):.0f}px;height:{10 + 2.6 * rows:.0f}px"
    notes = "".join(f"<i>{escape(note)}</i>" for note in node.notes)
    return (
        f'<div class="node {node.kind}"><div class="block" style="{size}"></div>'
        f"<b>{escape(node.title)}</b><span>{_shape(node.shape)}</span>"
        f'<div class="notes">{notes}</div></div>'
    )


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))
