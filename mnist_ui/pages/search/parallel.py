"""Parallel coordinates: a line a trial, from what was chosen to how good it was.

Drawn as ordinary lines: Plotly's own trace for it needs WebGL, and shows texts badly on a phone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.search.results import Trial
from mnist_ui.charts.colors import BACKGROUND, BORDER, GRAY, TEXT
from mnist_ui.charts.figure import base_layout
from mnist_ui.pages.search.charts import LEAST_ERROR, color_of, point_of
from mnist_ui.pages.search.words import Shown, choice, error, value

_BEST: Final = 0.1
"""The share of the trials that is drawn in colour."""
_MOST_OTHERS: Final = 150
_MISSING: Final = -0.1
_JITTER: Final = 0.012
_LOGARITHMIC: Final = ("learning_rate", "weight_decay", "parameters", "error")
_CONTINUOUS: Final = (*_LOGARITHMIC, "dropout", "rotation", "shift", "scale")
_MOST_OPTIONS: Final = 5


@dataclass(frozen=True)
class Axis:
    """One of the upright axes: what it measures, its ends or its options, and how it is marked."""

    name: str
    low: float = 0.0
    high: float = 1.0
    options: tuple[Any, ...] = ()
    can_be_missing: bool = False

    @property
    def title(self) -> str:
        return {"parameters": "parameters", "error": "error"}.get(self.name) or choice(self.name)

    def height(self, trial: Trial) -> float:
        """Return where a trial's line crosses the axis, from 0 at the bottom to 1."""
        found = _value_of(self.name, trial)
        if found is None:
            return _MISSING
        if self.options:
            return self._place(self.options.index(found)) + _JITTER * (trial.number % 7 - 3)
        return (_scaled(self.name, found) - self.low) / ((self.high - self.low) or 1.0)

    def marks(self) -> list[tuple[float, str]]:
        """Return the texts along the axis, each with its height."""
        if self.options:
            named = [
                (self._place(at), value(self.name, one)) for at, one in enumerate(self.options)
            ]
        else:
            ends = ((0.0, self.low), (1.0, self.high))
            named = [(at, _written(self.name, end)) for at, end in ends]
        return [*named, *([(_MISSING, "–")] if self.can_be_missing else [])]

    def _place(self, at: int) -> float:
        return 0.5 if len(self.options) == 1 else at / (len(self.options) - 1)


def axes_for(trials: Sequence[Trial], names: Sequence[str]) -> list[Axis]:
    """Return the axes of those choices that differ between the trials, then size and error."""
    found: list[Axis] = []
    for name in [*names, "parameters", "error"]:
        values = [_value_of(name, trial) for trial in trials]
        present = [one for one in values if one is not None]
        different = set(present)
        if len(different) < 2 and name != "error":
            continue
        is_missing = len(present) < len(values)
        is_text = any(isinstance(one, str | bool) for one in different)
        if is_text or (len(different) <= _MOST_OPTIONS and name not in _CONTINUOUS):
            found.append(Axis(name, options=tuple(sorted(different)), can_be_missing=is_missing))
        else:
            numbers = [_scaled(name, one) for one in present]
            low, high = min(numbers, default=0.0), max(numbers, default=1.0)
            found.append(Axis(name, low, high, can_be_missing=is_missing))
    return found


def parallel(searches: Sequence[Shown], names: Sequence[str]) -> go.Figure:
    """Draw the trials as lines over the choices in `names`; the best tenth of each in colour."""
    every = [trial for one in searches for trial in one.found.finished]
    axes = axes_for(every, names)
    revision = "/".join([*(one.name for one in searches), *(axis.name for axis in axes)])
    figure = go.Figure(layout=base_layout(uirevision=revision))
    bests: list[tuple[Shown, list[Trial]]] = []
    for place, one in enumerate(searches):
        ranked = sorted(one.found.finished, key=lambda trial: trial.loss)
        count = max(1, round(_BEST * len(ranked)))
        step = -(-len(ranked) // _MOST_OTHERS) or 1
        bests.append((one, ranked[:count]))
        others = "the others" if place == 0 else ""
        _add_lines(
            figure,
            one.name,
            ranked[count::step],
            axes,
            color=GRAY,
            opacity=0.3,
            width=1.0,
            title=others,
        )
    for place, (one, best) in enumerate(bests):
        name = "the best tenth" + (f" of {one.name}" if len(bests) > 1 else "")
        _add_lines(
            figure, one.name, best, axes, color=color_of(place), opacity=0.9, width=2.0, title=name
        )
        if one.chosen is not None:
            _add_lines(
                figure,
                one.name,
                [one.chosen],
                axes,
                color=TEXT,
                opacity=1.0,
                width=3.0,
                title=f"#{one.chosen.number}",
            )
    _draw_axes(figure, axes)
    return figure


def _add_lines(
    figure: go.Figure,
    search: str,
    trials: Sequence[Trial],
    axes: Sequence[Axis],
    *,
    color: str,
    opacity: float,
    width: float,
    title: str,
) -> None:
    """Draw the trials as one trace, which is in the legend if it has a title."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    ids: list[str] = []
    texts: list[str] = []
    for trial in trials:
        told = f"#{trial.number}: {error(trial):.2f} %, {trial.parameters:,} parameters"
        for at, axis in enumerate(axes):
            xs.append(at)
            ys.append(axis.height(trial))
            texts.append(f"{told}<br>{axis.title}: {_told(axis.name, trial)}")
        xs.append(None)  # the pen is lifted
        ys.append(None)
        texts.append("")
        ids += [point_of(search, trial)] * (len(axes) + 1)
    figure.add_scatter(
        x=xs,
        y=ys,
        ids=ids,
        text=texts,
        name=title,
        showlegend=bool(trials and title),
        mode="lines",
        line={"color": color, "width": width},
        opacity=opacity,
        hovertemplate="%{text}<extra></extra>",
    )


def _draw_axes(figure: go.Figure, axes: Sequence[Axis]) -> None:
    """Draw the upright lines and their texts, all at once: Plotly checks each one that is added."""
    last = len(axes) - 1
    figure.update_layout(
        shapes=[
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "line": {"color": BORDER, "width": 2},
                "layer": "below",
            }
            for at in range(len(axes))
        ],
        annotations=[
            {
                "x": at,
                "y": height,
                "text": text,
                "showarrow": False,
                "xanchor": "right" if at == last else "left",
                "xshift": -4 if at == last else 4,
                "font": {"size": 11, "color": GRAY},
                "bgcolor": BACKGROUND,
                "borderpad": 1,
                "opacity": 0.85,
            }
            for at, axis in enumerate(axes)
            for height, text in axis.marks()
        ],
        hovermode="closest",
    )
    figure.update_xaxes(
        range=[-0.4, len(axes) - 0.6],
        tickvals=list(range(len(axes))),
        ticktext=[_in_two_lines(axis.title) for axis in axes],
        ticklabeloverflow="allow",
        showgrid=False,
        showline=False,
        fixedrange=True,
    )
    figure.update_yaxes(range=[-0.16, 1.06], visible=False, fixedrange=True)


def _in_two_lines(title: str) -> str:
    return title.replace(": ", ":<br>") if ":" in title else title.replace(" ", "<br>", 1)


def _value_of(name: str, trial: Trial) -> Any:
    """Return a trial's value on an axis; None for a choice that its network did not pose."""
    match name:
        case "parameters":
            return trial.parameters
        case "error":
            return max(error(trial), LEAST_ERROR)
        case _:
            return trial.choices.get(name)


def _told(name: str, trial: Trial) -> str:
    found = _value_of(name, trial)
    if found is None:
        return "–"
    return f"{found:.2f} %" if name == "error" else value(name, found)


def _scaled(name: str, number: float) -> float:
    return math.log10(number) if name in _LOGARITHMIC else number


def _written(name: str, scaled: float) -> str:
    number = 10**scaled if name in _LOGARITHMIC else scaled
    if name == "parameters":
        return f"{round(number):,}"
    return f"{number:.2g} %" if name == "error" else f"{number:.2g}"
