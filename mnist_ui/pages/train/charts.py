"""The curves of a run: pure functions from what it said to a figure."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from mnist_core.runs.changes import Change
from mnist_core.runs.events import Epoch, Step
from mnist_core.runs.history import SMOOTHING_WINDOW, smooth
from mnist_ui.charts.colors import BLUE, DIGIT_COLORS, GRAY, GREEN, ORANGE
from mnist_ui.charts.figure import (
    accuracy_axis,
    add_course,
    add_marks,
    add_smoothed,
    base_layout,
    error_height,
    loss_axis,
    over_epochs,
    scale_to_epochs,
)

_NUM_NAMED: Final = 4
"""Digits that are named beside the probe's probabilities; the other six are faint."""


def loss_by_step(
    steps: Sequence[Step],
    epochs: Sequence[Epoch],
    *,
    run: str,
    window: float = SMOOTHING_WINDOW,
    changes: Sequence[Change] = (),
) -> go.Figure:
    """Draw the loss of single batches, faint, with its smoothed course over it.

    `window`: in epochs, as `smooth_loss` takes it.
    """
    figure = over_epochs(uirevision=run)
    losses = [step.loss for step in steps]
    ends = {epoch.step for epoch in epochs}
    at_ends = [index for index, step in enumerate(steps) if step.step in ends]
    add_course(figure, steps, losses, at_ends, name="single batches", color=BLUE, opacity=0.45)
    add_smoothed(figure, steps, name="smoothed", line={"color": BLUE, "width": 2.5}, window=window)
    loss_axis(figure, losses)
    add_marks(figure, changes)
    return figure


def course_by_step(
    steps: Sequence[Step], quantity: str, *, name: str, run: str, changes: Sequence[Change] = ()
) -> go.Figure:
    """Draw one of a step's numbers, say its "learning_rate", over the epochs."""
    figure = over_epochs(uirevision=run)
    values = [float(getattr(step, quantity)) for step in steps]
    add_course(figure, steps, values, (), name=name, color=ORANGE, width=2.0)
    figure.update_yaxes(tickformat="~g", rangemode="tozero", nticks=5)
    figure.update_layout(showlegend=False)
    add_marks(figure, changes)
    return figure


def accuracy_by_epoch(
    epochs: Sequence[Epoch],
    *,
    watched: str,
    num_epochs: int,
    run: str,
    changes: Sequence[Change] = (),
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
    add_marks(figure, changes)
    scale_to_epochs(figure, len(epochs), num_epochs)
    return figure


def probe_by_epoch(
    epochs: Sequence[Epoch], *, num_epochs: int, run: str, changes: Sequence[Change] = ()
) -> go.Figure:
    """Draw how the ten probabilities of one drawing went; the four largest are named.

    A digit has its own colour and sign, whatever place it has among the ten.
    """
    told = [epoch for epoch in epochs if epoch.probe]
    figure = over_epochs(uirevision=run)
    likeliest = sorted(range(10), key=lambda d: -max((e.probe[d] for e in told), default=0.0))
    for digit in range(10):
        place = likeliest.index(digit)
        is_named = place < _NUM_NAMED
        figure.add_scatter(
            x=[epoch.epoch for epoch in told],
            y=[100 * epoch.probe[digit] for epoch in told],
            name=str(digit),
            mode="lines+markers" if is_named else "lines",
            line={
                "color": DIGIT_COLORS[digit],
                "width": 2.5 if is_named else 1,
            },
            marker={"size": 6, "symbol": ("circle", "diamond", "square", "cross")[digit % 4]},
            opacity=1.0 if is_named else 0.4,
            showlegend=is_named,
            hovertemplate="%{y:.1f} %",
        )
    figure.update_yaxes(range=[-3, 103], ticksuffix=" %", nticks=5)
    add_marks(figure, changes)
    scale_to_epochs(figure, len(told), num_epochs)
    return figure


def loss_by_learning_rate(steps: Sequence[Step], suggested: float | None, *, run: str) -> go.Figure:
    """Draw each batch's loss, its smoothed course and the learning rate that is suggested."""
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
