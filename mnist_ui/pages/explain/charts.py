"""Pictures and figures that explain an answer. Pure functions from numbers to HTML or a figure.

Pictures stand on black in both themes, as the digits do. Orange spoke for a digit, blue against.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.explanation.attribution import LayerView
from mnist_core.images import data_address
from mnist_ui.charts.colors import DIGIT_COLORS, GRAY, PRIMARY, TEXT
from mnist_ui.charts.figure import base_layout
from mnist_ui.wording import format_probability

Floats = NDArray[np.float32]
Colors = NDArray[np.uint8]

_FOR: Final = np.array([255, 150, 60], np.float32)
_AGAINST: Final = np.array([80, 160, 255], np.float32)
_INK: Final = np.array([255, 255, 255], np.float32)
_MARK: Final = (255, 150, 60)
_ENLARGED: Final = 280
_NUM_NAMED: Final = 4
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


def heat_picture(image: Floats, heat: Floats, largest: float) -> str:
    """Return a digit with what spoke for (orange) and against (blue) laid over it, as a picture."""
    return data_address(heat_colors(image, heat, largest))


def heat_colors(image: Floats, heat: Floats, largest: float) -> Colors:
    """Return the colours (H, W, 3) of an image (H, W) in [0, 1] under `heat`.

    The heat's colour is full at ± `largest`.
    """
    strength = np.clip(np.abs(heat) / (largest or 1.0), 0, 1)[..., None] ** 0.75 * 0.95
    ink = image[..., None]
    color = np.where(heat[..., None] >= 0, _FOR, _AGAINST) * (0.4 + 0.6 * ink)
    mixed = (1 - strength) * ink * 0.8 * _INK + strength * color
    return mixed.clip(0, 255).astype(np.uint8)


def map_picture(values: Floats, largest: float, unit: tuple[int, int] | None = None) -> str:
    """Return a feature map (H, W): white fires, blue is negative; with `unit` large and marked."""
    share = np.clip(values / (largest or 1.0), -1, 1)[..., None]
    colors = np.where(share >= 0, share * _INK, -share * _AGAINST).astype(np.uint8)
    if unit is None:
        return data_address(colors)
    row, column = unit
    return _marked(colors, (row, column, row, column))


def field_picture(image: Floats, box: tuple[int, int, int, int]) -> str:
    """Return the digit, large, with the pixels from `box` (top, left, bottom, right) outlined."""
    colors = (image[..., None] * _INK).astype(np.uint8)
    top, left, bottom, right = box
    outside = np.ones_like(image, bool)
    outside[top : bottom + 1, left : right + 1] = False
    colors[outside] //= 3
    return _marked(colors, box)


def _marked(colors: Colors, box: tuple[int, int, int, int]) -> str:
    """Enlarge a picture (H, W, 3) and outline some of its pixels."""
    scale = _ENLARGED // max(colors.shape[:2])
    picture = Image.fromarray(colors.repeat(scale, 0).repeat(scale, 1))
    top, left, bottom, right = (scale * edge for edge in box)
    corners = (left, top, right + scale - 1, bottom + scale - 1)
    ImageDraw.Draw(picture).rectangle(corners, outline=_MARK, width=3)
    return data_address(np.asarray(picture))


def evidence_html(title: str, pictures: Sequence[tuple[str, str]], words: str) -> str:
    """Return a card on one digit: pictures with their names, and what they say."""
    figures = "".join(
        f'<figure><img src="{address}" alt="{escape(title)}: {escape(name)}">'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for address, name in pictures
    )
    return (
        f'<section class="evidence"><h3>{escape(title)}</h3><div>{figures}</div>'
        f"<p>{escape(words)}</p></section>"
    )


def layers_html(views: Sequence[LayerView]) -> str:
    """Return the feature maps of each layer as a row of small pictures."""
    rows = "".join(
        f'<div><div class="name"><b>{escape(view.name)}</b><span>{_size(view)}</span></div>'
        f'<div class="maps" tabindex="0" role="group" aria-label="maps of {escape(view.name)}">'
        f"{_maps(view)}</div></div>"
        for view in views
    )
    return f'<div class="feature-maps">{rows}</div>'


def _size(view: LayerView) -> str:
    channels, rows, columns = view.maps.shape
    return f"{channels} of {rows} × {columns}"


def _maps(view: LayerView) -> str:
    largest = float(np.abs(view.maps).max())
    return "".join(
        f'<img src="{map_picture(values, largest)}" alt="map {number}" title="map {number}">'
        for number, values in enumerate(view.maps)
    )


def kernels_html(kernels: Floats) -> str:
    """Return the kernels (in, h, w) that make one map: orange adds, blue takes away."""
    largest = float(np.abs(kernels).max())
    paper = np.zeros(kernels.shape[1:], np.float32)
    pictures = "".join(
        f'<img src="{heat_picture(paper, kernel, largest)}" alt="from map {number}"'
        f' title="from map {number}">'
        for number, kernel in enumerate(kernels)
    )
    return f'<div class="strip kernels">{pictures}</div>'


def sweep_curves(
    amounts: Sequence[float],
    probabilities: Floats,
    current: float,
    *,
    answer: int,
    unit: str,
    knob: str,
) -> go.Figure:
    """Draw how the probabilities (N, 10) go over the amounts.

    The answer and the three other digits that become likeliest are named; `current` is marked.
    """
    figure = go.Figure(layout=base_layout(uirevision=knob))
    highest = probabilities.max(0)
    order = sorted(range(10), key=lambda digit: (digit != answer, -highest[digit]))
    for place, digit in enumerate(order):
        is_named = place < _NUM_NAMED
        figure.add_scatter(
            x=list(amounts),
            y=[float(100 * p) for p in probabilities[:, digit]],
            customdata=[format_probability(float(p)) for p in probabilities[:, digit]],
            name=str(digit),
            mode="lines",
            line={
                "color": DIGIT_COLORS[digit],
                "width": 2.5 if is_named else 1,
                "dash": _DASHES[digit % len(_DASHES)] if is_named else "solid",
            },
            opacity=1.0 if is_named else 0.4,
            showlegend=is_named,
            hoverinfo="all" if is_named else "skip",
            hovertemplate="%{customdata}" if is_named else None,
        )
    figure.add_vline(x=current, line={"color": TEXT, "width": 1.5, "dash": "dot"})
    figure.update_yaxes(range=[-3, 103], ticksuffix=" %", nticks=5)
    figure.update_xaxes(title={"text": unit, "standoff": 4})
    return figure


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
