"""The layer table as a piece of HTML: names, shapes, parameters and their share, with totals."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_core.summary import Summary


def layer_table_html(summary: "Summary") -> str:
    """Return the table with torchsummary's columns and totals, and each layer's share as a bar."""
    total = max(summary.total_parameters, 1)
    rows = "".join(
        f"<tr><td>{row.name}</td><td>{list(row.output_shape)}</td><td>{row.parameters:,}</td>"
        f"<td>{_bar(row.parameters / total)}</td></tr>"
        for row in summary.rows
    )
    totals = {
        "Total parameters": f"{summary.total_parameters:,}",
        "Trainable": f"{summary.trainable_parameters:,}",
        "Non-trainable": f"{summary.non_trainable_parameters:,}",
        "Input": f"{summary.input_mb:.2f} MB",
        "Forward/backward pass": f"{summary.forward_backward_mb:.2f} MB",
        "Parameters": f"{summary.parameters_mb:.2f} MB",
        "Estimated total": f"{summary.total_mb:.2f} MB",
    }
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in totals.items())
    return (
        '<div class="layers"><table><thead><tr><th>layer</th><th>output shape</th>'
        "<th>parameters</th><th>share</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><dl>{facts}</dl></div>"
    )


def _bar(share: float) -> str:
    if share == 0:
        return '<span class="none">–</span>'
    return (
        f'<span class="share"><span style="width:{100 * share:.1f}%"></span></span>'
        f" {100 * share:.1f} %"
    )
