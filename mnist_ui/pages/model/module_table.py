"""The table of a network's modules as HTML: torchsummary's columns, their costs, and totals."""

from mnist_core.networks.profile import Profile
from mnist_core.networks.summary import Summary
from mnist_ui.pages.model.layer_table import count_cell, readable_bytes, share_cell

_HEAD = (
    "layer",
    "output shape",
    "parameters",
    "multiply-adds",
    "memory",
    "sees",
    "time",
)


def module_table_html(summary: Summary, profile: Profile) -> str:
    """Return the table of one network, measured with `timed`."""
    rows = "".join(
        f"<tr><td>{row.name}</td><td>{list(row.output_shape)}</td>"
        + count_cell(row.parameters, summary.total_parameters)
        + count_cell(layer.multiply_adds, profile.multiply_adds)
        + f"<td>{readable_bytes(layer.memory_bytes)}</td><td>{_sees(layer.sees)}</td>"
        + share_cell(layer.share_of_time)
        + "</tr>"
        for row, layer in zip(summary.rows, profile.layers, strict=True)
    )
    totals = {
        "Total parameters": f"{summary.total_parameters:,}",
        "Trainable": f"{summary.trainable_parameters:,}",
        "Non-trainable": f"{summary.non_trainable_parameters:,}",
        "Multiply-adds": f"{profile.multiply_adds:,}",
        "An answer sees": f"{_sees(profile.sees)} pixels",
        "Input": f"{summary.input_mb:.2f} MB",
        "Forward/backward pass": f"{summary.forward_backward_mb:.2f} MB",
        "Parameters": f"{summary.parameters_mb:.2f} MB",
        "Estimated total": f"{summary.total_mb:.2f} MB",
    }
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in totals.items())
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    return (
        f'<div class="layers wide" tabindex="0" role="group" aria-label="Layer table"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><dl>{facts}</dl></div>"
    )


def _sees(extent: tuple[int, int] | None) -> str:
    return "unknown" if extent is None else f"{extent[0]} × {extent[1]}"
