"""Accuracy by size with one's own runs, and those of a class, among the known networks."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import plotly.graph_objects as go

from mnist_core.experiments.board import Standing
from mnist_core.experiments.entries import Entry
from mnist_ui.charts import compared
from mnist_ui.charts.colors import BLUE, ORANGE
from mnist_ui.charts.figure import error_height

_ROOM: Final = 0.15
"""At both ends of the axis of parameters, in powers of ten."""


def board_figure(
    known: Sequence[compared.Entry], own: Sequence[Entry], others: Sequence[Standing]
) -> go.Figure:
    """Draw the known networks, one's own entries and those of others on the board.

    What is less accurate than the axis reaches stands at its lower edge.
    """
    figure = compared.accuracy_by_parameters(known)
    low, high = figure.layout.xaxis.range
    every = [*own, *(standing.entry for standing in others)]
    places = [math.log10(max(entry.parameters, 1)) for entry in every]
    figure.update_xaxes(
        range=[min([low, *(p - _ROOM for p in places)]), max([high, *(p + _ROOM for p in places)])]
    )
    _add(figure, "on the board", BLUE, "square", [(row.nickname, row.entry) for row in others])
    _add(figure, "yours", ORANGE, "star", [("your run", entry) for entry in own])
    return figure


def _add(
    figure: go.Figure, name: str, color: str, symbol: str, named: Sequence[tuple[str, Entry]]
) -> None:
    if not named:
        return
    floor = figure.layout.yaxis.range[0]
    figure.add_scatter(
        x=[entry.parameters for _, entry in named],
        y=[max(error_height(entry.accuracy), floor) for _, entry in named],
        customdata=[
            # Plotly would follow what looks like a tag.
            f"{escape(who)}: {entry.accuracy:.2f} %, {entry.parameters:,} parameters"
            for who, entry in named
        ],
        name=name,
        mode="markers",
        marker={"color": color, "size": 12, "symbol": symbol},
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )


def describe(
    known: Sequence[compared.Entry], own: Sequence[Entry], others: Sequence[Standing]
) -> str:
    """Say in words what the picture shows."""
    told = [f"your run: {e.parameters:,} parameters, {e.accuracy:.2f} %" for e in own]
    told += [
        f"{row.nickname}: {row.entry.parameters:,} parameters, {row.entry.accuracy:.2f} %"
        for row in others
    ]
    return " ".join([compared.describe(known), f"{'; '.join(told)}." if told else ""]).strip()
