"""Figures: pure functions from what a network or a run says to a Plotly figure.

Colours are those of `mnist_ui.charts.colors`; SVG traces only. `uirevision` names what a figure
shows: while it stays the same, so do the zoom and the lines a person has hidden.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.config.settings import CHALLENGE_ACCURACY
from mnist_core.curves import smooth
from mnist_core.runs.events import Epoch, Step
from mnist_ui.charts.colors import BACKGROUND, BLUE, BORDER, GRAY, GREEN, ORANGE, PRIMARY, TEXT
from mnist_ui.charts.thin import thin

MOST_ACCURATE: Final = 99.95
"""The top of the axis of accuracies; what is better is drawn there (the hover says what it is)."""

_SHORT_RUN: Final = 20
"""Epochs that fit side by side; a longer run begins with so many and gets more room as it goes."""

ACCURACY_TICKS: Final = (10, 50, 80, 90, 95, 98, 99, 99.4, 99.7, 99.9)


def probability_bars(probabilities: Sequence[float] | None) -> go.Figure:
    """Draw ten bars, the likeliest highlighted; `probabilities` (10,), or None for no drawing."""
    values = [0.0] * 10 if probabilities is None else [float(p) for p in probabilities]
    best = values.index(max(values)) if probabilities is not None else None
    digits = [str(digit) for digit in range(10)]
    figure = go.Figure(layout=base_layout(uirevision="bars"))
    figure.add_bar(
        x=values,
        y=digits,
        orientation="h",
        marker={"color": [PRIMARY if i == best else GRAY for i in range(10)], "line_width": 0},
        opacity=0.95,
        text=[format_probability(value) if value >= 0.001 else "" for value in values],
        textposition="outside",
        textfont={"color": TEXT},
        cliponaxis=False,
        customdata=[100 * value for value in values],
        hovertemplate="%{y}: %{customdata:.4f} %<extra></extra>",
        width=0.66,
    )
    figure.update_layout(margin={"l": 22, "r": 8, "t": 4, "b": 4}, showlegend=False)
    figure.update_xaxes(range=[0, 1.2], visible=False, fixedrange=True)
    figure.update_yaxes(
        autorange="reversed", type="category", showgrid=False, fixedrange=True, tickfont_size=15
    )
    return figure


def loss_by_step(
    steps: Sequence[Step], epochs: Sequence[Epoch], *, run: str, smoothing: float = 0.9
) -> go.Figure:
    """Draw the loss of single batches, faint, with its smoothed course over it."""
    figure = over_epochs(uirevision=run)
    losses = [step.loss for step in steps]
    ends = {epoch.step for epoch in epochs}
    at_ends = [index for index, step in enumerate(steps) if step.step in ends]
    add_course(figure, steps, losses, at_ends, name="single batches", color=BLUE, opacity=0.45)
    smoothed = smooth(losses, smoothing)
    add_course(figure, steps, smoothed, at_ends, name="smoothed", color=BLUE, width=2.5)
    figure.update_yaxes(type="log", tickformat="~g", nticks=6, minor_showgrid=False)
    return figure


def course_by_step(steps: Sequence[Step], quantity: str, *, name: str, run: str) -> go.Figure:
    """Draw one of a step's numbers, say its "learning_rate", over the epochs."""
    figure = over_epochs(uirevision=run)
    values = [float(getattr(step, quantity)) for step in steps]
    add_course(figure, steps, values, (), name=name, color=ORANGE, width=2.0)
    figure.update_yaxes(tickformat="~g", rangemode="tozero", nticks=5)
    figure.update_layout(showlegend=False)
    return figure


def accuracy_by_epoch(
    epochs: Sequence[Epoch], *, watched: str, num_epochs: int, run: str
) -> go.Figure:
    """Draw the accuracy on training and on watched images, with the challenge's line.

    The axis is logarithmic in the error, so that 60 % and the step from 99.3 to 99.5 % both show.
    `watched` names the watched images.
    """
    figure = over_epochs(uirevision=run)
    numbers = [epoch.epoch for epoch in epochs]
    trained = [epoch.train_accuracy for epoch in epochs]
    tested = [epoch.watch_accuracy for epoch in epochs]
    _add_accuracies(figure, numbers, trained, name="training", color=GRAY, dash="dot")
    _add_accuracies(figure, numbers, tested, name=watched, color=BLUE, dash="solid")
    accuracy_axis(figure, lowest=min([*trained, *tested], default=90.0))
    scale_to_epochs(figure, len(epochs), num_epochs)
    return figure


def accuracy_axis(figure: go.Figure, *, lowest: float) -> None:
    """Make the axis of accuracies logarithmic in the error, with the challenge's line on it."""
    floor = max((tick for tick in ACCURACY_TICKS if tick <= lowest), default=0)
    figure.add_hline(
        y=error_height(CHALLENGE_ACCURACY), line={"color": GREEN, "width": 1.5, "dash": "dash"}
    )
    ticks = [tick for tick in ACCURACY_TICKS if tick >= floor]
    figure.update_yaxes(
        range=[error_height(floor) - 0.05, error_height(MOST_ACCURATE) + 0.1],
        tickvals=[error_height(tick) for tick in ticks],
        ticktext=[
            f"<b>{tick:g} %</b>" if tick == CHALLENGE_ACCURACY else f"{tick:g} %" for tick in ticks
        ],
    )


def loss_by_learning_rate(steps: Sequence[Step], suggested: float | None, *, run: str) -> go.Figure:
    """Draw a learning-rate sweep: each batch's loss, its smoothed course and the suggestion."""
    figure = go.Figure(layout=base_layout(uirevision=run))
    rates = [step.learning_rate for step in steps]
    losses = [step.loss for step in steps]
    for name, values, width, opacity in (
        ("single batches", losses, 1.0, 0.45),
        ("smoothed", smooth(losses, 0.9), 2.5, 1.0),
    ):
        figure.add_scatter(
            x=rates,
            y=values,
            name=name,
            mode="lines",
            line={"color": BLUE, "width": width},
            opacity=opacity,
            hovertemplate="%{y:.4g}",
        )
    if suggested is not None:
        figure.add_vline(x=suggested, line={"color": GREEN, "width": 2, "dash": "dash"})
    figure.update_xaxes(type="log", title={"text": "learning rate", "standoff": 4}, tickformat="~g")
    figure.update_yaxes(tickformat="~g", rangemode="tozero", nticks=6)
    return figure


def format_probability(value: float) -> str:
    """Return a probability as a person reads it: never 100 % where some doubt is left."""
    if value < 0.0005:
        return "< 0.1 %"
    if value > 0.9995:
        return "> 99.9 %"
    return f"{100 * value:.1f} %"


def error_height(accuracy: float) -> float:
    """Return where an accuracy (percent) stands on an axis logarithmic in the error."""
    return -math.log10(100.0 - min(accuracy, MOST_ACCURATE))


def _add_accuracies(
    figure: go.Figure,
    numbers: list[int],
    accuracies: list[float],
    *,
    name: str,
    color: str,
    dash: str,
) -> None:
    figure.add_scatter(
        x=numbers,
        y=[error_height(accuracy) for accuracy in accuracies],
        customdata=accuracies,
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2.5, "dash": dash},
        marker={"size": 7, "symbol": "circle" if dash == "solid" else "diamond-open"},
        hovertemplate="%{customdata:.2f} %",
    )


def add_course(
    figure: go.Figure,
    steps: Sequence[Step],
    values: list[float],
    keep: Sequence[int],
    *,
    name: str,
    color: str,
    width: float = 1.0,
    opacity: float = 1.0,
) -> None:
    chosen = thin(values, keep=keep)
    figure.add_scatter(
        x=[steps[i].epoch for i in chosen],
        y=[values[i] for i in chosen],
        customdata=[steps[i].step for i in chosen],
        name=name,
        mode="lines" if len(chosen) > 1 else "markers",
        line={"color": color, "width": width},
        opacity=opacity,
        hovertemplate="%{y:.4g} (step %{customdata:,})",
    )


def over_epochs(*, uirevision: str) -> go.Figure:
    figure = go.Figure(layout=base_layout(uirevision=uirevision))
    figure.update_xaxes(
        title={"text": "epoch", "standoff": 4},
        rangemode="tozero",
        unifiedhovertitle_text="epoch %{x:.2~f}",
    )
    return figure


def scale_to_epochs(figure: go.Figure, num_done: int, num_epochs: int) -> None:
    """Give the axis of epochs room for all of a short run, and for twice what a long one has done.

    The room grows by doubling, so that the axis stands still from one epoch to the next.
    """
    shown = _SHORT_RUN
    while shown < num_done:
        shown *= 2
    shown = max(min(shown, num_epochs), 2)
    between = next((step for step in (1, 2, 5, 10) if shown <= 10 * step), 20)
    figure.update_xaxes(range=[0.5, shown + 0.5], tickformat="d", dtick=between)


def base_layout(*, uirevision: str) -> dict[str, Any]:
    axis = {
        "gridcolor": BORDER,
        "linecolor": BORDER,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": GRAY, "size": 12},
        "title": {"font": {"color": GRAY, "size": 12}},
    }
    return {
        "template": "none",
        "uirevision": uirevision,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 13},
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": BACKGROUND, "bordercolor": BORDER, "font": {"color": TEXT}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis,
        "yaxis": axis,
    }
