"""Accuracy by parameters: the picture with a network of one's own in it, and the table."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from mnist_ui.charts.colors import ORANGE
from mnist_ui.charts.compared import Entry, accuracy_by_parameters
from mnist_ui.charts.figure import error_height

_LEAST_HEIGHT = error_height(99.0)


def size_picture(
    entries: Sequence[Entry], parameters: int | None, own: Sequence[float]
) -> go.Figure:
    """Draw the networks compared, and where one of that many parameters stands: a line.

    Where runs of it were measured, their accuracies `own` (percent) are points on the line.
    """
    figure = accuracy_by_parameters(entries)
    if parameters is None:
        return figure
    low, high = figure.layout.xaxis.range
    place = math.log10(max(parameters, 1))
    figure.update_xaxes(range=[min(low, place - 0.15), max(high, place + 0.15)])
    figure.add_shape(
        type="line",
        x0=parameters,
        x1=parameters,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": ORANGE, "width": 2, "dash": "dot"},
    )
    is_right = place > (low + high) / 2
    figure.add_annotation(
        x=place,
        y=0,
        yref="paper",
        yanchor="bottom",
        xanchor="right" if is_right else "left",
        text=f" this line: {parameters:,} ",
        showarrow=False,
        font={"color": ORANGE},
    )
    if own:
        figure.add_scatter(
            x=[parameters] * len(own),
            y=[max(error_height(accuracy), _LEAST_HEIGHT) for accuracy in own],
            customdata=[f"your run of it: {accuracy:.2f} %" for accuracy in own],
            name="yours",
            mode="markers",
            marker={"color": ORANGE, "size": 12, "symbol": "star"},
            hovertemplate="%{customdata}<extra></extra>",
        )
    return figure


def tell_place(parameters: int | None, own: Sequence[float]) -> str:
    """Say in words where the line stands in the picture."""
    if parameters is None:
        return ""
    reached = ", ".join(f"{accuracy:.2f} %" for accuracy in own)
    told = f"your runs of it: {reached}" if own else "not trained yet"
    return f" This line has {parameters:,} parameters; {told}."


def compared_html(entries: Sequence[Entry], multiply_adds: Mapping[str, int]) -> str:
    """Return all networks as a table; `multiply_adds` by the name of the network's design."""
    rows = "".join(
        f"<tr{'' if entry.is_ours else ' class=published'}><td>{escape(entry.name)}</td>"
        f"<td>{entry.parameters:,}</td>"
        f"<td>{_multiply_adds(entry, multiply_adds)}</td>"
        f"<td>{entry.accuracy:.2f} %</td><td>{escape(entry.how)}</td></tr>"
        for entry in entries
    )
    head = "".join(
        f"<th>{name}</th>"
        for name in ("network", "parameters", "multiply-adds", "MNIST test", "how measured")
    )
    return (
        '<div class="layers compared" tabindex="0" role="group" aria-label="Networks compared">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _multiply_adds(entry: Entry, multiply_adds: Mapping[str, int]) -> str:
    count = multiply_adds.get(entry.model or "")
    return "–" if count is None else f"{count:,}"
