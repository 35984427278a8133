"""The confusion matrix as a figure."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mnist_ui.charts.colors import TEXT
from mnist_ui.charts.figure import base_layout


def confusion_matrix(counts: Sequence[Sequence[int]], *, run: str) -> go.Figure:
    """Draw which digit was taken for which; the right ones are left pale, so that errors show."""
    digits = [str(digit) for digit in range(10)]
    errors = [[0 if i == j else n for j, n in enumerate(row)] for i, row in enumerate(counts)]
    figure = go.Figure(layout=base_layout(uirevision=run))
    figure.add_heatmap(
        z=[[np.sqrt(n) for n in row] for row in errors],
        x=digits,
        y=digits,
        text=[[f"{n:,}" if n else "" for n in row] for row in counts],
        customdata=counts,
        texttemplate="%{text}",
        textfont={"size": 11, "color": TEXT},
        colorscale=[[0, "rgba(200,89,15,0)"], [1, "rgba(200,89,15,0.75)"]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="a %{y} read as %{x}: %{customdata:,}<extra></extra>",
    )
    figure.update_layout(hovermode="closest", margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(title={"text": "read as", "standoff": 4}, type="category", showgrid=False)
    figure.update_yaxes(
        title={"text": "truth", "standoff": 4},
        type="category",
        autorange="reversed",
        showgrid=False,
    )
    return figure
