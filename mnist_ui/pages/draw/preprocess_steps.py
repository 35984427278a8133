"""How a drawing becomes what the network sees, in four small pictures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.preprocess import Stages
from mnist_core.images import data_address

_SIDE: Final = 84
"""Pixels of the first two pictures, which come in any size."""

_STEPS: Final = {
    "drawing": "the drawing",
    "cropped": "cropped",
    "fitted": "fitted, 20 × 20",
    "centred": "centred, 28 × 28",
}


def preprocess_steps_html(drawing: NDArray[np.uint8] | None, stages: Stages | None) -> str:
    """Return four pictures: the drawing, cropped, fitted, centred; empty frames for a blank one.

    `stages` are those of the prediction that is shown: what was read of the drawing, which may
    be less than all its ink.
    """
    pictures: list[NDArray[np.uint8] | None] = [None] * len(_STEPS)
    if drawing is not None and stages is not None:
        grey = drawing if drawing.ndim == 2 else drawing[..., 0]
        pictures = [
            _shrunk(grey),
            _shrunk(_in_square(stages.cropped)),
            _in_square((stages.fitted * 255).round().astype(np.uint8)),
            (stages.centred * 255).round().astype(np.uint8),
        ]
    steps = zip(pictures, _STEPS.items(), strict=True)
    return f'<div class="steps">{"".join(_step(one, *step) for one, step in steps)}</div>'


def _step(picture: NDArray[np.uint8] | None, kind: str, words: str) -> str:
    image = "" if picture is None else f'<img src="{data_address(picture)}" alt="">'
    return (
        f'<figure><div class="step {kind}{"" if image else " empty"}">{image}</div>'
        f"<figcaption>{words}</figcaption></figure>"
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
