"""The ladder as a picture. Pure functions."""

from collections.abc import Sequence

import plotly.graph_objects as go

from mnist_core.experiments.ladder import Rung
from mnist_core.experiments.study import Study
from mnist_ui.charts.colors import GRAY, PRIMARY
from mnist_ui.charts.figure import accuracy_axis, base_layout, error_bars, error_height

_LEAST_SHOWN = 98.0


def ladder_figure(steps: Sequence[Rung]) -> go.Figure:
    """Draw each step's mean with its 95 % interval, its single seeds and the challenge's line."""
    figure = go.Figure(layout=base_layout(uirevision="ladder"))
    measured = [(rung, rung.study) for rung in steps if rung.study is not None]
    _add_seeds(figure, measured)
    _add_means(figure, measured)
    least = min((min(study.test_accuracies) for _, study in measured), default=_LEAST_SHOWN)
    accuracy_axis(figure, lowest=least)
    figure.update_layout(showlegend=False, hovermode="closest")
    figure.update_xaxes(
        tickvals=[rung.number for rung in steps],
        ticktext=[str(rung.number) for rung in steps],
        range=[0.5, len(steps) + 0.5],
        title={"text": "step", "standoff": 4},
    )
    return figure


def _add_seeds(figure: go.Figure, measured: Sequence[tuple[Rung, Study]]) -> None:
    singles = [(rung, one) for rung, study in measured for one in study.test_accuracies]
    figure.add_scatter(
        x=[rung.number for rung, _ in singles],
        y=[error_height(one) for _, one in singles],
        customdata=[f"{rung.lesson.recipe.title}, one seed: {one:.2f} %" for rung, one in singles],
        mode="markers",
        marker={"color": GRAY, "size": 6},
        opacity=0.6,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _add_means(figure: go.Figure, measured: Sequence[tuple[Rung, Study]]) -> None:
    means = [study.mean for _, study in measured]
    figure.add_scatter(
        x=[rung.number for rung, _ in measured],
        y=[error_height(mean) for mean in means],
        error_y=error_bars(means, [study.interval for _, study in measured]),
        customdata=[f"{rung.lesson.recipe.title}: {study.mean:.2f} %" for rung, study in measured],
        mode="lines+markers",
        line={"color": PRIMARY, "width": 1.5},
        marker={"color": PRIMARY, "size": 10},
        hovertemplate="%{customdata}<extra></extra>",
    )


def describe(steps: Sequence[Rung]) -> str:
    """Say in words what the picture shows."""
    told = "; ".join(
        f"{rung.number} {rung.lesson.recipe.title}: "
        + ("not measured" if rung.study is None else f"{rung.study.mean:.2f} %")
        for rung in steps
    )
    return f"Mean accuracy on MNIST’s test images by step of the ladder. {told}."
