"""Figures: pure functions from what a network or a run says to a Plotly figure.

Colours are those of `mnist_ui.charts.colors`; SVG traces only. `uirevision` names what a figure
shows: while it stays the same, so do the zoom and the lines a person has hidden.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.config.challenge import CHALLENGE_ACCURACY
from mnist_core.runs.changes import Change
from mnist_core.runs.events import Step
from mnist_core.runs.history import SMOOTHING_WINDOW, smooth_loss
from mnist_ui.charts.colors import BACKGROUND, BORDER, GRAY, GREEN, PRIMARY, TEXT
from mnist_ui.charts.thin import thin

MOST_ACCURATE: Final = 99.95
"""The top of the axis of accuracies; what is better is drawn there (the hover says what it is)."""

_SHORT_RUN: Final = 20
"""Epochs that fit side by side; a longer run begins with so many and gets more room as it goes."""

_MOST_SMOOTHED: Final = 300
"""Points at which a smoothed course is drawn; each is fitted to all the losses around it."""

_POWERS_CROWDED: Final = (0.8, 2.5)

_PIXELS_OF_LABEL: Final = 16
_PIXELS_AROUND: Final = 75
"""Of a chart's height that its axis has not: the legend above, the labels below."""

ACCURACY_TICKS: Final = (10, 50, 80, 90, 95, 98, 99, 99.4, 99.7, 99.9)


def accuracy_axis(figure: go.Figure, *, lowest: float, height: int = 260) -> None:
    """Make the axis of accuracies logarithmic in the error, with the challenge's line on it.

    `height`: the chart's, in pixels; of ticks too near to each other the less important go.
    """
    floor = max((tick for tick in ACCURACY_TICKS if tick <= lowest), default=0)
    figure.add_hline(
        y=error_height(CHALLENGE_ACCURACY), line={"color": GREEN, "width": 1.5, "dash": "dash"}
    )
    low, high = error_height(floor) - 0.05, error_height(MOST_ACCURATE) + 0.1
    ticks = spread([tick for tick in ACCURACY_TICKS if tick >= floor], high - low, height)
    figure.update_yaxes(
        range=[low, high],
        tickvals=[error_height(tick) for tick in ticks],
        ticktext=[
            f"<b>{tick:g} %</b>" if tick == CHALLENGE_ACCURACY else f"{tick:g} %" for tick in ticks
        ],
    )


def loss_axis(figure: go.Figure, losses: Sequence[float]) -> None:
    """Make the axis of losses logarithmic, with labels at 1, 2 and 5 where all would collide.

    Left to itself Plotly labels 1, 2, 3, … 9 where there are between one and two powers of ten.
    """
    figure.update_yaxes(type="log", tickformat="~g", nticks=6, minor_showgrid=False)
    positive = [loss for loss in losses if loss > 0]
    powers = math.log10(max(positive) / min(positive)) if positive else 0.0
    if _POWERS_CROWDED[0] < powers < _POWERS_CROWDED[1]:
        figure.update_yaxes(dtick="D2")


def spread(ticks: Sequence[float], span: float, height: int) -> list[float]:
    """Return the ticks (percent) whose labels keep apart on an axis `span` high in errors' heights.

    The challenge's stays, then the most accurate.
    """
    least = span * _PIXELS_OF_LABEL / max(height - _PIXELS_AROUND, _PIXELS_OF_LABEL)
    kept: list[float] = []
    for tick in sorted(ticks, key=lambda tick: (tick != CHALLENGE_ACCURACY, -tick)):
        if all(abs(error_height(tick) - error_height(other)) >= least for other in kept):
            kept.append(tick)
    return sorted(kept)


def error_height(accuracy: float) -> float:
    """Return where an accuracy (percent) stands on an axis logarithmic in the error."""
    return -math.log10(100.0 - min(accuracy, MOST_ACCURATE))


def error_bars(
    means: Sequence[float], intervals: Sequence[tuple[float, float] | None]
) -> dict[str, Any]:
    """Return the bars of those means (percent) on such an axis; none where an interval is None."""
    ends = [interval or (mean, mean) for mean, interval in zip(means, intervals, strict=True)]
    heights = [error_height(mean) for mean in means]
    return {
        "array": [error_height(high) - y for (_, high), y in zip(ends, heights, strict=True)],
        "arrayminus": [y - error_height(low) for (low, _), y in zip(ends, heights, strict=True)],
        "symmetric": False,
        "thickness": 2,
        "width": 5,
        "color": PRIMARY,
    }


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


def add_smoothed(
    figure: go.Figure,
    steps: Sequence[Step],
    *,
    name: str,
    line: dict[str, Any],
    window: float = SMOOTHING_WINDOW,
) -> None:
    """Draw the smoothed course of the losses; `window` in epochs, as `smooth_loss` takes it."""
    every = -(-len(steps) // _MOST_SMOOTHED) or 1
    chosen = [*range(0, len(steps) - 1, every), *([len(steps) - 1] if steps else [])]
    epochs, losses = [step.epoch for step in steps], [step.loss for step in steps]
    figure.add_scatter(
        x=[epochs[i] for i in chosen],
        y=smooth_loss(epochs, losses, window=window, at=chosen),
        customdata=[steps[i].step for i in chosen],
        name=name,
        mode="lines" if len(chosen) > 1 else "markers",
        line=line,
        hovertemplate="%{y:.4g} (step %{customdata:,})",
    )


def add_marks(figure: go.Figure, changes: Sequence[Change], *, color: str = GRAY) -> None:
    """Mark where something was done to the run: dotted lines, whose hover says what.

    They have an axis of their own from the bottom to the top, whatever the curves' is.
    """
    if not changes:
        return
    figure.add_scatter(
        x=[x for change in changes for x in (change.epoch, change.epoch, None)],
        y=[0.0, 1.0, None] * len(changes),
        text=[text for change in changes for text in (change.text, change.text, None)],
        yaxis="y2",
        mode="lines+markers",
        line={"color": color, "width": 1.5, "dash": "dot"},
        marker={"color": color, "size": 9, "symbol": "triangle-up"},
        showlegend=False,
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_layout(
        yaxis2={"overlaying": "y", "range": [0.02, 1.08], "visible": False, "fixedrange": True}
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
    figure.update_xaxes(range=[0, shown + 0.5], tickformat="d", dtick=between)


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
