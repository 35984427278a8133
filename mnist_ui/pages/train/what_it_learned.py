"""Figures of what a network has learned so far: confusion, kernels, a probe, and mistakes.

Pure functions from what an epoch tells to a Plotly figure or a piece of HTML.
"""

import base64
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mnist_core.runs.events import Epoch, Mistake
from mnist_ui.charts.colors import BLUE, GRAY, GREEN, ORANGE, PRIMARY
from mnist_ui.charts.figure import over_epochs, scale_to_epochs
from mnist_ui.charts.pictures import as_data_address

_NUM_NAMED: Final = 4
_NAMED_COLORS: Final = (PRIMARY, ORANGE, GREEN, BLUE)


def probe_by_epoch(epochs: Sequence[Epoch], *, num_epochs: int, run: str) -> go.Figure:
    """Draw how the ten probabilities of one drawing went; the four largest are named."""
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
                "color": _NAMED_COLORS[place] if is_named else GRAY,
                "width": 2.5 if is_named else 1,
            },
            marker={"size": 6, "symbol": ("circle", "diamond", "square", "cross")[place % 4]},
            opacity=1.0 if is_named else 0.5,
            showlegend=is_named,
            hovertemplate="%{y:.1f} %",
        )
    figure.update_yaxes(range=[-3, 103], ticksuffix=" %", nticks=5)
    scale_to_epochs(figure, len(told), num_epochs)
    return figure


def kernels_html(kernels: Sequence[Sequence[Sequence[float]]]) -> str:
    """Return the first layer's kernels as pictures: dark takes away, light adds."""
    largest = max((abs(w) for kernel in kernels for row in kernel for w in row), default=1.0) or 1.0
    pictures = [
        as_data_address((0.5 + 0.5 * np.asarray(kernel) / largest).astype(np.float32))
        for kernel in kernels
    ]
    return _strip(
        f'<img src="{picture}" alt="kernel {number}">' for number, picture in enumerate(pictures, 1)
    )


def mistakes_html(mistakes: Sequence[Mistake]) -> str:
    """Return the misread images with what they are and what they were taken for."""
    return _strip(
        f'<figure><img src="{as_data_address(mistake_pixels(m))}"'
        f' alt="a {m.truth} read as {m.answer}">'
        f"<figcaption>{m.truth}, read as <b>{m.answer}</b></figcaption></figure>"
        for m in mistakes
    )


def drawing_html(pixels: bytes) -> str:
    """Return a 28×28 drawing as a picture."""
    image = (np.frombuffer(pixels, np.uint8).reshape(28, 28) / 255).astype(np.float32)
    return _strip([f'<img src="{as_data_address(image)}" alt="the probe, 28 by 28 pixels">'])


def mistake_pixels(mistake: Mistake) -> NDArray[np.float32]:
    pixels = np.frombuffer(base64.b64decode(mistake.image), np.uint8)
    return (pixels.reshape(28, 28) / 255).astype(np.float32)


def _strip(pictures: Iterable[str]) -> str:
    return f'<div class="strip">{"".join(pictures)}</div>'
