"""How a drawing becomes what the network sees, in four small pictures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.preprocess import Stages
from mnist_ui.charts.pictures import picture_address

_SIDE: Final = 84
"""Pixels of the first two pictures, which come in any size."""


def steps_html(drawing: NDArray[np.uint8] | None, stages: Stages | None) -> str:
    """Return four pictures: the drawing, cropped, fitted, centred; empty frames for a blank one."""
    if drawing is None or stages is None:
        pictures = [None] * 4
    else:
        grey = drawing if drawing.ndim == 2 else drawing[..., 0]
        pictures = [
            _shrunk(grey),
            _shrunk(_in_square(stages.cropped)),
            _in_square((stages.fitted * 255).round().astype(np.uint8)),
            (stages.centred * 255).round().astype(np.uint8),
        ]
    words = ("your drawing", "cropped", "fitted, 20 × 20", "centred, 28 × 28")
    return (
        '<div class="steps">'
        + "".join(_step(picture, what) for picture, what in zip(pictures, words, strict=True))
        + "</div>"
    )


def _step(picture: NDArray[np.uint8] | None, what: str) -> str:
    image = "" if picture is None else f'<img src="{picture_address(picture)}" alt="">'
    kind = what.partition(",")[0].replace("your ", "")
    return (
        f'<figure><div class="step {kind}{"" if image else " empty"}">{image}</div>'
        f"<figcaption>{what}</figcaption></figure>"
    )


def _in_square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put an image (h, w) in the middle of a black square of its longer side."""
    height, width = image.shape
    side = max(height, width)
    square = np.zeros((side, side), image.dtype)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return square


def _shrunk(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (_SIDE, _SIDE)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))
