"""What the Data page draws: the balance of the digits, and pictures in a grid.

Pure functions; images are (N, 1, 28, 28) or (N, 28, 28), uint8 or float32 in [0, 1].
"""

from collections.abc import Sequence

import plotly.graph_objects as go
import torch
from torch import Tensor

from mnist_core.images import SIDE, data_address
from mnist_ui.charts.colors import BLUE, TEXT
from mnist_ui.charts.figure import base_layout


def class_balance(counts: Sequence[int], *, shown: str) -> go.Figure:
    """Draw how many images there are of each digit; `shown` names the images."""
    total = max(sum(counts), 1)
    figure = go.Figure(layout=base_layout(uirevision=shown))
    figure.add_bar(
        x=[str(digit) for digit in range(10)],
        y=list(counts),
        marker={"color": BLUE, "line_width": 0},
        text=[f"{100 * count / total:.1f} %" for count in counts],
        textposition="outside",
        textfont={"color": TEXT, "size": 11},
        cliponaxis=False,
        customdata=list(counts),
        hovertemplate="a %{x}: %{customdata:,} images<extra></extra>",
        width=0.7,
    )
    figure.update_layout(margin={"l": 8, "r": 8, "t": 18, "b": 8}, hovermode="closest")
    figure.update_xaxes(type="category", showgrid=False, fixedrange=True, tickfont_size=14)
    figure.update_yaxes(rangemode="tozero", nticks=4, fixedrange=True, tickformat=",")
    return figure


def grid_html(
    images: Tensor, captions: Sequence[str], titles: Sequence[str], *, size: str = ""
) -> str:
    """Return pictures side by side, each with a caption below and a title on hovering.

    `size` "large" gives fewer and larger ones.
    """
    figures = "".join(
        f'<figure title="{title}"><img src="{address}" alt="{title}">'
        f"<figcaption>{caption}</figcaption></figure>"
        for address, caption, title in zip(addresses(images), captions, titles, strict=True)
    )
    return f'<div class="digit-grid {size}">{figures}</div>'


def addresses(images: Tensor) -> list[str]:
    """Return each image as a PNG in a data: address."""
    return [data_address(image) for image in images.reshape(-1, SIDE, SIDE).numpy()]


def mean_images(images: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of each digit's images, (10, 28, 28) float32 in [0, 1]; black for none."""
    means = torch.zeros(10, SIDE, SIDE)
    for digit in range(10):
        own = images[labels == digit]
        if len(own):
            # Summed as whole numbers: 60,000 images as floats would take four times the room.
            means[digit] = own.sum(dim=(0, 1), dtype=torch.int64) / (255 * len(own))
    return means
