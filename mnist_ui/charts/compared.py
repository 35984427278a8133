"""The networks held against each other and against published ones: accuracy and size."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.checkpoints.card import Card
from mnist_core.config.challenge import CHALLENGE_ACCURACY, MAX_CHALLENGE_PARAMETERS
from mnist_core.experiments.published import PUBLISHED, WATCHED
from mnist_core.experiments.study import Study
from mnist_ui.charts.colors import GRAY, GREEN, PRIMARY, TEXT
from mnist_ui.charts.figure import base_layout, error_bars, error_height, spread

_TICKS: Final = (80, 90, 95, 98, 99, 99.2, 99.4, 99.5, 99.6, 99.7, 99.8)
_LEAST_SHOWN: Final = 99.0
_MOST_SHOWN: Final = 99.8
_CLOSE: Final = 1.08
"""Of two points that stand by less than this factor apart, the name of one covers the other."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One network's size and MNIST test accuracy (percent), the mean where there are `singles`.

    `singles` are the accuracies of a study's seeds, `interval` the mean's 95 % interval. `how`
    says in words what was measured.
    """

    name: str
    model: str | None
    parameters: int
    accuracy: float
    how: str
    singles: tuple[float, ...] = ()
    interval: tuple[float, float] | None = None

    @property
    def is_ours(self) -> bool:
        return self.model is not None


def compare(cards: Iterable[Card], studies: Iterable[Study]) -> list[Entry]:
    """Return our networks measured on MNIST, a study in place of single runs, then published."""
    studied = [_of_study(study) for study in studies if study.dataset == "mnist"]
    names = {entry.name for entry in studied}
    single = [
        _of_card(card, card.test_accuracy)
        for card in cards
        if card.dataset == "mnist" and card.test_accuracy is not None and card.recipe not in names
    ]
    ours = sorted([*studied, *single], key=lambda entry: -entry.parameters)
    published = (
        Entry(
            name=other.name,
            model=None,
            parameters=other.parameters,
            accuracy=other.accuracy,
            how=other.how,
        )
        for other in PUBLISHED
    )
    return [*ours, *published]


def _of_study(study: Study) -> Entry:
    count = len(study.test_accuracies)
    how = f"mean of {count} seeds" if count > 1 else "one seed"
    if study.interval:
        how += " (95 % interval {:.2f} to {:.2f} %)".format(*study.interval)
    return Entry(
        name=study.name,
        model=study.model,
        parameters=study.parameters,
        accuracy=study.mean,
        how=f"{how}; the test set measured once a run",
        singles=study.test_accuracies,
        interval=study.interval,
    )


def _of_card(card: Card, accuracy: float) -> Entry:
    how = WATCHED if card.watch == "test" else "one run; the test set measured once"
    return Entry(
        name=card.name, model=card.model, parameters=card.parameters, accuracy=accuracy, how=how
    )


def accuracy_by_parameters(entries: Sequence[Entry], *, height: int = 380) -> go.Figure:
    """Draw accuracy (logarithmic in the error) over parameters, and where the challenge is met."""
    figure = go.Figure(layout=base_layout(uirevision="networks"))
    low = math.log10(0.7 * min(entry.parameters for entry in entries))
    high = math.log10(1.6 * max(entry.parameters for entry in entries))
    least = min([_LEAST_SHOWN, *(a for e in entries for a in (e.accuracy, *e.singles))])
    floor = max((tick for tick in _TICKS if tick <= least), default=0)
    _add_challenge(figure, low)
    _add_singles(figure, entries)
    _add_published(figure, [entry for entry in entries if not entry.is_ours])
    _add_ours(figure, entries)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        type="log",
        range=[low, high],
        tickvals=[1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000],
        ticktext=["1,000", "2,000", "5,000", "10,000", "20,000", "50,000", "100,000"],
        title={"text": "parameters", "standoff": 4},
    )
    bottom, top = error_height(floor) - 0.07, error_height(_MOST_SHOWN) + 0.02
    ticks = spread([tick for tick in _TICKS if tick >= floor], top - bottom, height)
    figure.update_yaxes(
        range=[bottom, top],
        tickvals=[error_height(tick) for tick in ticks],
        ticktext=[
            f"<b>{tick:g} %</b>" if tick == CHALLENGE_ACCURACY else f"{tick:g} %" for tick in ticks
        ],
    )
    return figure


def _add_challenge(figure: go.Figure, low: float) -> None:
    edges = {"x0": 10**low, "x1": MAX_CHALLENGE_PARAMETERS + 1}
    bottom, top = error_height(CHALLENGE_ACCURACY), error_height(_MOST_SHOWN) + 0.02
    figure.add_shape(
        type="rect", **edges, y0=bottom, y1=top, fillcolor=GREEN, opacity=0.1, line_width=0
    )
    for x0, x1, y0, y1 in (
        (edges["x0"], edges["x1"], bottom, bottom),
        (edges["x1"], edges["x1"], bottom, top),
    ):
        line = {"color": GREEN, "width": 1.5, "dash": "dash"}
        figure.add_shape(type="line", x0=x0, x1=x1, y0=y0, y1=y1, line=line)
    figure.add_annotation(
        x=low,
        y=top,
        xanchor="left",
        yanchor="top",
        text="the challenge is met",
        showarrow=False,
        font={"color": GREEN},
    )


def _add_singles(figure: go.Figure, entries: Sequence[Entry]) -> None:
    points = [(entry, single) for entry in entries for single in entry.singles]
    if not points:
        return
    figure.add_scatter(
        x=[entry.parameters for entry, _ in points],
        y=[error_height(single) for _, single in points],
        customdata=[f"{entry.name}, one seed: {single:.2f} %" for entry, single in points],
        name="single seeds",
        mode="markers",
        marker={"color": PRIMARY, "size": 6, "symbol": "line-ew-open", "line_width": 1.5},
        opacity=0.6,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _add_published(figure: go.Figure, entries: Sequence[Entry]) -> None:
    figure.add_scatter(
        **_points(entries),
        name="published",
        text=[entry.name.removeprefix("published, ") for entry in entries],
        textposition="bottom center",
        textfont={"color": GRAY, "size": 12},
        marker={"color": GRAY, "size": 11, "symbol": "diamond-open"},
    )


def _add_ours(figure: go.Figure, entries: Sequence[Entry]) -> None:
    ours = [entry for entry in entries if entry.is_ours]
    sides = ["right" if _has_one_on_its_left(entry, entries) else "left" for entry in ours]
    figure.add_scatter(
        **_points(ours),
        name="here",
        error_y=error_bars([e.accuracy for e in ours], [e.interval for e in ours]),
        text=[f"  {entry.name}  " for entry in ours],  # away from the error bars
        textposition=[f"middle {side}" for side in sides],
        textfont={"color": TEXT, "size": 12},
        marker={"color": PRIMARY, "size": 11, "symbol": "circle"},
    )


def _has_one_on_its_left(entry: Entry, entries: Sequence[Entry]) -> bool:
    return any(1 < entry.parameters / other.parameters < _CLOSE for other in entries)


def _points(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "x": [entry.parameters for entry in entries],
        "y": [error_height(entry.accuracy) for entry in entries],
        "customdata": [
            f"{entry.name}: {entry.accuracy:.2f} %, {entry.parameters:,} parameters<br>{entry.how}"
            for entry in entries
        ],
        "mode": "markers+text",
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def describe(entries: Sequence[Entry]) -> str:
    """Say in words what the picture shows."""
    told = "; ".join(f"{e.name}: {e.parameters:,} parameters, {e.accuracy:.2f} %" for e in entries)
    return f"Accuracy on MNIST’s test images against the number of parameters. {told}."
