"""What searches have found, as figures: errors by size, the best so far, what matters.

Pure functions. Where several searches are drawn, each has a colour and a marker of its own.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.search.results import Found, Trial
from mnist_ui.charts.colors import BLUE, BORDER, GRAY, GREEN, ORANGE, PRIMARY, TEXT
from mnist_ui.charts.figure import accuracy_axis, base_layout, error_height, over_epochs
from mnist_ui.charts.thin import thin
from mnist_ui.pages.search.words import Shown, choice, error, seeds

_COLORS: Final = (PRIMARY, ORANGE, GREEN, BLUE)
_SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up")
_LOOKS: Final = {
    "finished": ("", 10, 0.9),
    "pruned": ("-open", 7, 0.6),
    "under way": ("-open-dot", 10, 1.0),
}
"""By a trial's state: its marker's form, size in pixels, and opacity."""
LEAST_ERROR: Final = 0.05
"""Percent: a network that misreads nothing stands there, as the axis is logarithmic."""
_MOST_POINTS: Final = 1500
_MOST_BARS: Final = 10
_ERRORS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 20, 50, 90)
_LOSSES: Final = (0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2)
_SIZES: Final = (100, 200, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 50_000, 100_000)


def point_of(search: str, trial: Trial) -> str:
    """Return what a click on a trial's point tells."""
    return f"{search}/{trial.number}"


def color_of(place: int) -> str:
    """Return the colour of the search that is drawn in that place, from 0."""
    return _COLORS[place % len(_COLORS)]


def error_by_parameters(searches: Sequence[Shown]) -> go.Figure:
    """Draw every trial's validation error over its parameters, coloured by age, and the front.

    What is worse than the axis reaches stands at its upper edge.
    """
    figure = go.Figure(layout=base_layout(uirevision="/".join(one.name for one in searches)))
    every = [trial for one in searches for trial in one.found.known]
    top = _top(max(error(trial), LEAST_ERROR) for trial in every)
    for place, one in enumerate(searches):
        _add_trials(figure, one, place, top, is_alone=len(searches) == 1)
        _add_front(figure, one, place, top, is_alone=len(searches) == 1)
    for place, one in enumerate(searches):
        _add_marks(figure, one, place, top)
    margin = {"l": 8, "r": 14, "t": 10 if len(searches) == 1 else 30, "b": 8}
    figure.update_layout(hovermode="closest", margin=margin)
    figure.update_xaxes(
        type="log",
        tickvals=_SIZES,
        ticktext=[f"{size:,}" for size in _SIZES],
        title={"text": "parameters", "standoff": 4},
    )
    errors = [max(error(trial), LEAST_ERROR) for trial in every]
    figure.update_yaxes(
        type="log",
        range=_logs(min(errors, default=0.5) * 0.9, top * 1.04),
        tickvals=_ERRORS,
        ticktext=[f"{tick:g} %" for tick in _ERRORS],
        title={"text": "validation error", "standoff": 4},
    )
    return figure


def best_so_far(searches: Sequence[Shown]) -> go.Figure:
    """Draw each trial's loss in the order of the trials, and the least of all up to each."""
    figure = go.Figure(layout=base_layout(uirevision="/".join(one.name for one in searches)))
    every = [trial.loss for one in searches for trial in one.found.trials]
    top = _top(every)
    for place, one in enumerate(searches):
        trials, color = one.found.trials, color_of(place)
        kept = thin([trial.loss for trial in trials])
        figure.add_scatter(
            x=[at + 1 for at in kept],
            y=[min(trials[at].loss, top) for at in kept],
            ids=[point_of(one.name, trials[at]) for at in kept],
            customdata=[trials[at].loss for at in kept],
            mode="markers",
            marker={"color": color, "size": 5, "symbol": _symbol(place)},
            opacity=0.4,
            showlegend=False,
            hovertemplate="trial %{x}: %{customdata:.4f}<extra></extra>",
        )
        steps = _falling(trials)
        figure.add_scatter(
            x=[at for at, _ in steps],
            y=[min(loss, top) for _, loss in steps],
            name=one.name,
            mode="lines",
            line={"color": color, "width": 2.5, "shape": "hv"},
            showlegend=len(searches) > 1,
            hovertemplate="the best after %{x}: %{y:.4f}<extra></extra>",
        )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title={"text": "networks tried", "standoff": 4}, rangemode="tozero")
    figure.update_yaxes(
        type="log",
        range=_logs(min(every, default=0.03) * 0.95, top * 1.04),
        tickvals=_LOSSES,
        ticktext=[f"{tick:g}" for tick in _LOSSES],
        title={"text": "validation loss", "standoff": 4},
    )
    return figure


def by_importance(importances: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the choices by their shares in all searches together, the most important first."""
    totals: dict[str, float] = {}
    for shares in importances.values():
        for name, share in shares.items():
            totals[name] = totals.get(name, 0.0) + share
    return sorted(totals, key=lambda name: -totals[name])


def what_matters(importances: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """Draw the share of each choice, the most important first; a bar for each search by name."""
    figure = go.Figure(layout=base_layout(uirevision="/".join(importances)))
    names = by_importance(importances)[:_MOST_BARS][::-1]
    for place, (search, shares) in enumerate(importances.items()):
        figure.add_bar(
            x=[shares.get(name, 0.0) for name in names],
            y=[choice(name) for name in names],
            orientation="h",
            name=search,
            marker={"color": color_of(place)},
            hovertemplate="%{y}: %{x:.0%}<extra></extra>",
        )
    figure.update_layout(
        hovermode="closest", bargap=0.35, showlegend=len(importances) > 1, barmode="group"
    )
    figure.update_xaxes(tickformat=".0%", rangemode="tozero", nticks=5)
    figure.update_yaxes(showgrid=False, type="category", tickfont={"color": TEXT, "size": 12})
    return figure


def course(trial: Trial) -> go.Figure:
    """Draw the accuracy of a trial's first seed by epoch."""
    figure = over_epochs(uirevision=str(trial.number))
    figure.add_scatter(
        x=list(range(1, len(trial.curve) + 1)),
        y=[error_height(accuracy) for accuracy in trial.curve],
        customdata=trial.curve,
        name="first seed",
        mode="lines+markers",
        line={"color": PRIMARY, "width": 2.5},
        hovertemplate="%{customdata:.2f} %",
    )
    accuracy_axis(figure, lowest=min(trial.curve, default=90.0))
    figure.update_xaxes(range=[0.7, len(trial.curve) + 0.3], tickformat="d", dtick=1)
    return figure


def _add_trials(figure: go.Figure, one: Shown, place: int, top: float, *, is_alone: bool) -> None:
    """Draw the trials, each state with a form of its own, from pale (early) to strong (late)."""
    trials, start = _worth_drawing(one.found), one.start
    last = max((trial.number for trial in trials), default=0) or 1
    for state, (form, size, opacity) in _LOOKS.items():
        shown = [trial for trial in trials if trial.state == state]
        figure.add_scatter(
            x=[trial.parameters for trial in shown],
            y=[_height(trial, top) for trial in shown],
            ids=[point_of(one.name, trial) for trial in shown],
            text=[
                _told(one.name, trial, is_alone=is_alone, is_start=trial is start)
                for trial in shown
            ],
            showlegend=False,
            mode="markers",
            marker={
                "symbol": _symbol(place) + form,
                "size": size,
                "color": [trial.number / last for trial in shown],
                "cmin": 0,
                "cmax": 1,
                "colorscale": [[0, BORDER if state == "finished" else GRAY], [1, color_of(place)]],
                "line": {"width": 1, "color": GRAY} if state == "finished" else {"width": 2},
            },
            opacity=opacity,
            hovertemplate="%{text}<extra></extra>",
        )


def _add_front(figure: go.Figure, one: Shown, place: int, top: float, *, is_alone: bool) -> None:
    front = one.found.front
    figure.add_scatter(
        x=[trial.parameters for trial in front],
        y=[_height(trial, top) for trial in front],
        name=one.name,
        showlegend=not is_alone,
        mode="lines",
        line={"color": color_of(place), "width": 2, "shape": "hv"},
        hoverinfo="skip",
    )


def _add_marks(figure: go.Figure, one: Shown, place: int, top: float) -> None:
    """Mark the recipe with a cross, the best with a star, and ring the trial that was chosen."""
    for trials, symbol, size, color in (
        ([one.start] if one.start else [], "x-thin", 13, TEXT),
        (one.found.best[:1], "star", 16, color_of(place)),
        ([one.chosen] if one.chosen else [], "circle-open", 20, TEXT),
    ):
        if not trials:
            continue
        figure.add_scatter(
            x=[trial.parameters for trial in trials],
            y=[_height(trial, top) for trial in trials],
            mode="markers",
            marker={
                "symbol": symbol,
                "size": size,
                "color": color,
                "line": {"width": 2, "color": color},
            },
            showlegend=False,
            hoverinfo="skip",
        )


def _told(search: str, trial: Trial, *, is_alone: bool, is_start: bool) -> str:
    name = f"#{trial.number}" if is_alone else f"{search} #{trial.number}"
    so_far = f" ({seeds(trial)})" if seeds(trial) else ""
    return (
        f"<b>{error(trial):.2f} %</b>{so_far}, {trial.parameters:,} parameters, {name}"
        f"<br>{trial.config.model}{' (the recipe itself)' if is_start else ''}"
    )


def _worth_drawing(found: Found) -> list[Trial]:
    """Return all trials, or of very many the front, the best and evenly chosen others."""
    trials = found.known
    if len(trials) <= _MOST_POINTS:
        return list(trials)
    keep = {trial.number for trial in [*found.front, *found.best]}
    every = -(-len(trials) // _MOST_POINTS)
    return [trial for at, trial in enumerate(trials) if at % every == 0 or trial.number in keep]


def _falling(trials: Sequence[Trial]) -> list[tuple[int, float]]:
    """Return where the least loss of finished trials falls, counted from 1, and the end."""
    steps: list[tuple[int, float]] = []
    for at, trial in enumerate(trials, start=1):
        if trial.state == "finished" and (not steps or trial.loss < steps[-1][1]):
            steps.append((at, trial.loss))
    return [*steps, (len(trials), steps[-1][1])] if steps else []


def _top(values: Any) -> float:
    """Return where the axis ends: above nine tenths of the values, as few are very bad."""
    ordered = sorted(values)
    return 1.3 * ordered[int(0.9 * (len(ordered) - 1))] if ordered else 10.0


def _height(trial: Trial, top: float) -> float:
    return min(max(error(trial), LEAST_ERROR), top)


def _logs(low: float, high: float) -> list[float]:
    return [math.log10(low), math.log10(high)]


def _symbol(place: int) -> str:
    return _SYMBOLS[place % len(_SYMBOLS)]
