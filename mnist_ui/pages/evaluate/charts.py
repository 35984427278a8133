"""Figures of an evaluation: what is taken for what, how far to trust it, what it withstands.

Pure functions from the core's numbers to a Plotly figure.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from mnist_core.evaluation.metrics import Counts, ReliabilityBin, wilson_interval
from mnist_core.evaluation.robustness import RobustnessPoint
from mnist_ui.charts.colors import BLUE, GRAY, PRIMARY
from mnist_ui.charts.confusion import confusion_matrix
from mnist_ui.charts.figure import base_layout


def confusion_with_choice(counts: Counts, *, truth: int, answer: int, uirevision: str) -> go.Figure:
    """Draw the confusion matrix with a frame around the cell that is looked at."""
    figure = confusion_matrix(counts, run=uirevision)
    figure.add_shape(
        type="rect",
        x0=answer - 0.5,
        x1=answer + 0.5,
        y0=truth - 0.5,
        y1=truth + 0.5,
        line={"color": PRIMARY, "width": 2.5},
    )
    figure.update_xaxes(fixedrange=True, range=[-0.5, 9.5], tickfont_size=13)
    figure.update_yaxes(fixedrange=True, autorange=False, range=[9.5, -0.5], tickfont_size=13)
    return figure


def reliability_diagram(bins: Sequence[ReliabilityBin], *, uirevision: str) -> go.Figure:
    """Draw how often answers of a confidence are right; a calibrated network lies on the line.

    The bars are each bin's 95 % interval (Wilson).
    """
    figure = go.Figure(layout=base_layout(uirevision=uirevision))
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="as sure as right",
        line={"color": GRAY, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    right = [round(one.accuracy * one.num_images) for one in bins]
    intervals = [wilson_interval(n, one.num_images) for n, one in zip(right, bins, strict=True)]
    accuracies = [100 * one.accuracy for one in bins]
    figure.add_scatter(
        x=[100 * one.confidence for one in bins],
        y=accuracies,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - y for (_, high), y in zip(intervals, accuracies, strict=True)],
            "arrayminus": [y - low for (low, _), y in zip(intervals, accuracies, strict=True)],
            "color": BLUE,
            "thickness": 1.5,
            "width": 4,
        },
        mode="lines+markers",
        name="this network",
        line={"color": BLUE, "width": 2},
        marker={"size": 9},
        customdata=[[one.num_images, n] for one, n in zip(bins, right, strict=True)],
        hovertemplate="%{x:.1f} % sure, %{y:.1f} % right<br>"
        "%{customdata[1]:,} of %{customdata[0]:,} answers<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        title={"text": "how sure it is", "standoff": 4}, range=[0, 103], ticksuffix=" %", nticks=6
    )
    figure.update_yaxes(
        title={"text": "how often it is right", "standoff": 4},
        range=[-3, 104],
        ticksuffix=" %",
        nticks=6,
    )
    return figure


def robustness_course(
    points: Sequence[RobustnessPoint], *, unit: str, uirevision: str
) -> go.Figure:
    """Draw accuracy against the amount of one distortion; the band is its 95 % interval (Wilson).

    `points` come by rising amount.
    """
    figure = go.Figure(layout=base_layout(uirevision=uirevision))
    amounts = [point.amount for point in points]
    intervals = [wilson_interval(point.correct, point.total) for point in points]
    figure.add_scatter(
        x=[*amounts, *reversed(amounts)],
        y=[*(low for low, _ in intervals), *(high for _, high in reversed(intervals))],
        mode="lines",
        line={"width": 0, "color": BLUE},
        fill="toself",
        fillcolor=BLUE,
        opacity=0.2,
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=amounts,
        y=[100 * point.correct / point.total for point in points],
        mode="lines+markers",
        line={"color": BLUE, "width": 2.5},
        marker={"size": 6},
        hovertemplate="%{y:.1f} %<extra></extra>",
    )
    figure.update_layout(showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(
        title={"text": unit, "standoff": 4},
        tickvals=amounts,
        unifiedhovertitle_text=f"%{{x:~g}} {unit}",
    )
    figure.update_yaxes(range=[-3, 103], ticksuffix=" %", dtick=25)
    return figure
