"""Marks as objects of Fabric.js, the language of streamlit-drawable-canvas, and back."""

import base64
import io
from typing import Any, Final

import numpy as np
from PIL import Image

from mnist_core.images import SIDE, data_address
from mnist_ui.components.drawing import Mark, Picture, Stroke

PEN: Final = "#FFFFFF"
ERASER: Final = "#000000"
"""The canvas has no eraser of its own: it is a pen in the ground's colour."""


MADE_UP: Final = (KeyError, TypeError, ValueError, IndexError, OverflowError, OSError)

_LARGEST_SIDE: Final = 1_120
"""A picture of the pad has a quarter of it; one of some kilobytes can be millions wide."""


def mark_to_object(mark: Mark) -> dict[str, Any]:
    """Return a mark as the object that the canvas draws."""
    if isinstance(mark, Picture):
        return {
            "type": "Image",
            "src": data_address(np.asarray(mark.enlarged())),
            "originX": "left",
            "originY": "top",
            "left": 0,
            "top": 0,
        }
    pairs = list(zip(mark.points[::2], mark.points[1::2], strict=True))
    (x, y), *others = pairs
    return {
        "type": "Path",
        "path": [["M", x, y], *(["L", *place] for place in others or [(x, y)])],
        "stroke": ERASER if mark.is_eraser else PEN,
        "strokeWidth": mark.width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
    }


def object_to_mark(one: dict[str, Any]) -> Mark:
    """Return an object of the canvas as a mark; curves become lines between their ends.

    Raises one of `MADE_UP` for what no canvas sends.
    """
    if one["type"] == "Image":
        content = base64.b64decode(one["src"].partition(",")[2])
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.width > _LARGEST_SIDE or picture.height > _LARGEST_SIDE:
                raise ValueError(f"{picture.size} is no picture of the pad")
            return Picture(
                picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
            )
    numbers = (round(number) for command in one["path"] for number in command[-2:])
    is_eraser = str(one["stroke"]).upper() == ERASER
    return Stroke(tuple(numbers), round(one["strokeWidth"]), is_eraser)
