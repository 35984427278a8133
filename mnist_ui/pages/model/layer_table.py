"""The layer table of a line as a piece of HTML: what each part gives, costs and sees."""

from collections.abc import Sequence
from math import prod
from typing import Final

from mnist_core.networks.notation import Description, Layer, Shape

_HEAD: Final = ("part", "output", "parameters", "multiply-adds", "memory", "sees", "time")
_BYTES_PER_NUMBER: Final = 4


def layer_table_html(description: Description, times: Sequence[float | None] | None) -> str:
    """Return the table; `times` are the layers' shares of the time, None until measured."""
    shares = times or [None] * len(description.layers)
    rows = "".join(
        _row(layer, description, share)
        for layer, share in zip(description.layers, shares, strict=True)
    )
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    memory = sum(map(_memory, description.layers))
    sees = f"{description.receptive_field} × {description.receptive_field}"
    totals = {
        "Parameters": f"{description.parameters:,}",
        "Multiply-adds": f"{description.multiply_adds:,}",
        "Memory of all outputs": readable_bytes(memory),
        "An answer sees": f"{sees} pixels",
        "Weights on disk": readable_bytes(_BYTES_PER_NUMBER * description.parameters),
    }
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in totals.items())
    return (
        '<div class="layers wide" tabindex="0" role="group" aria-label="Layers of this line">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><dl>{facts}</dl></div>"
    )


def _row(layer: Layer, network: Description, share: float | None) -> str:
    word = layer.word.written(1)
    output = f"{_shape(layer.output_shape)}"
    sees = (
        "everything" if layer.word.is_end else f"{layer.receptive_field} × {layer.receptive_field}"
    )
    return (
        f"<tr><td><i>{layer.place}</i><code>{word}</code></td><td>{output}</td>"
        + count_cell(layer.parameters, network.parameters)
        + count_cell(layer.multiply_adds, network.multiply_adds)
        + f"<td>{readable_bytes(_memory(layer))}</td><td>{sees}</td>"
        + share_cell(share)
        + "</tr>"
    )


def count_cell(count: int, total: int) -> str:
    """Return a number with its share of the column, also as a bar; a dash for none."""
    if count == 0:
        return '<td class="none">–</td>'
    return _bar_cell(f"{count:,}<small>{100 * count / total:.1f} %</small>", count / total)


def share_cell(share: float | None) -> str:
    """Return a share of the time, also as a bar; a dash where there is none."""
    if not share:
        return '<td class="none">–</td>'
    return _bar_cell(f"{100 * share:.1f} %", share)


def readable_bytes(count: int) -> str:
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} kB"


def _bar_cell(told: str, share: float) -> str:
    bar = f'<span class="bar"><span style="width:{100 * share:.1f}%"></span></span>'
    return f"<td>{told}{bar}</td>"


def _memory(layer: Layer) -> int:
    return prod(layer.output_shape) * _BYTES_PER_NUMBER


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))
