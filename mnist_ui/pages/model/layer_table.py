"""The layer table as a piece of HTML: torchsummary's columns, what each layer costs, and totals."""

from mnist_core.networks.profile import Profile
from mnist_core.networks.summary import Summary

_HEAD = (
    "layer",
    "output shape",
    "parameters",
    "multiply-adds",
    "memory",
    "sees",
    "time",
)


def layer_table_html(summary: Summary, profile: Profile) -> str:
    """Return the table of one network, measured with `timed`."""
    rows = "".join(
        f"<tr><td>{row.name}</td><td>{list(row.output_shape)}</td>"
        + _cell(row.parameters, row.parameters / max(summary.total_parameters, 1))
        + _cell(layer.multiply_adds, layer.multiply_adds / max(profile.multiply_adds, 1))
        + f"<td>{_bytes(layer.memory_bytes)}</td><td>{_sees(layer.sees)}</td>"
        + _cell(None, layer.share_of_time or 0.0)
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


def _cell(count: int | None, share: float) -> str:
    """Return a number with its share of the column, also as a bar; a dash where there is none."""
    if share == 0:
        return '<td class="none">–</td>'
    percent = f"{100 * share:.1f} %"
    told = percent if count is None else f"{count:,}<small>{percent}</small>"
    return f'<td>{told}<span class="bar"><span style="width:{100 * share:.1f}%"></span></span></td>'


def _bytes(count: int) -> str:
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} kB"


def _sees(extent: tuple[int, int] | None) -> str:
    return "unknown" if extent is None else f"{extent[0]} × {extent[1]}"
