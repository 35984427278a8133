"""What a visitor has drawn, whichever pad was used: strokes, and the picture they make.

Both pads keep their drawing here, so that it is still there when a person comes back from
another page or changes from one pad to the other.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.images import SIDE

PAD_SIDE: Final = 280
"""Width and height of a pad, in the pixels that a stroke's points count."""

_NUM_PIXELS: Final = SIDE * SIDE
_MOST_NUMBERS: Final = 40_000
_MOST_STROKES: Final = 20
"""A digit of more is none (`mnist_core.strokes.files`)."""

_FARTHEST: Final = 2 * PAD_SIDE
_WIDEST: Final = 100

Drawing = NDArray[np.uint8]


@dataclass(frozen=True)
class Stroke:
    """One line of a round pen or eraser; `points` are x, y, x, y, … in pixels of the pad."""

    points: tuple[int, ...]
    width: int
    is_eraser: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"points": list(self.points), "width": self.width, "isEraser": self.is_eraser}


@dataclass(frozen=True)
class Picture:
    """A grey image of 28×28 bytes laid over the whole pad, light on dark."""

    pixels: bytes

    def to_json(self) -> dict[str, Any]:
        return {"picture": base64.b64encode(self.pixels).decode()}

    def enlarged(self) -> Image.Image:
        """Return it as large as the pad, as smooth as the browser shows it."""
        small = Image.frombytes("L", (SIDE, SIDE), self.pixels)
        return small.resize((PAD_SIDE, PAD_SIDE), Image.Resampling.BILINEAR)


Mark = Stroke | Picture


@dataclass
class Memory:
    """A visitor's drawing, and what the pad was last told to begin with.

    `revision` counts these beginnings: what a browser sends says on which one it was drawn.
    `num_told`: how often the pad has told of a change, the last time included. `sample`, uint8
    (280, 280): what the pad writes by itself, in place of a drawing. It is shown and read, and
    nothing else: no part of the drawing, not kept, not explained.
    """

    marks: list[Mark] = field(default_factory=list)
    image: Drawing | None = None
    start: list[Mark] = field(default_factory=list)
    revision: int = 0
    num_told: int = 0
    sample: Drawing | None = None

    def begin_with(self, marks: Sequence[Mark]) -> None:
        """Let the pad show these marks; the next revision makes it look at them."""
        self.start = list(marks)
        self.revision += 1
        self.sample = None
        self.take(marks)

    def take(self, marks: Sequence[Mark], image: Drawing | None = None) -> None:
        """Keep what was drawn, with its picture where the browser has made one."""
        if image is None and list(marks) == self.marks:
            return
        self.marks = list(marks)
        self.image = (render(marks) if image is None else image) if marks else None


def recall(key: str) -> Memory:
    """Return the memory of the pad of that key; it lasts as long as the visit."""
    return st.session_state.setdefault(f"{key}_memory", Memory())


def last_drawing(key: str) -> Drawing | None:
    """Return what the visitor drew last, uint8 (280, 280) or (280, 280, 4), or None."""
    return recall(key).image


def pen_strokes(key: str) -> list[list[tuple[int, int]]] | None:
    """Return the points of each stroke of the pad of that key; None where not a pen alone drew."""
    marks = recall(key).marks
    strokes = [mark for mark in marks if isinstance(mark, Stroke) and not mark.is_eraser]
    if not strokes or len(strokes) < len(marks) or len(strokes) > _MOST_STROKES:
        return None
    return [list(zip(one.points[::2], one.points[1::2], strict=True)) for one in strokes]


def render(marks: Sequence[Mark]) -> Drawing:
    """Draw the marks in their order, white on black; return uint8 (280, 280)."""
    picture = Image.new("L", (PAD_SIDE, PAD_SIDE))
    pen = ImageDraw.Draw(picture)
    for mark in marks:
        if isinstance(mark, Picture):
            picture.paste(mark.enlarged())
        else:
            _draw(pen, mark)
    return np.asarray(picture)


def _draw(pen: ImageDraw.ImageDraw, stroke: Stroke) -> None:
    fill, radius = 0 if stroke.is_eraser else 255, stroke.width / 2
    points = list(zip(stroke.points[::2], stroke.points[1::2], strict=True))
    if len(points) > 1:
        pen.line(points, fill=fill, width=stroke.width)
    for x, y in points:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def parse_marks(sent: Any) -> list[Mark]:
    """Read marks as a browser sends them. Raises `ValueError` for anything else."""
    if not isinstance(sent, list):
        raise ValueError("marks are a list")
    marks: list[Mark] = []
    num_left = _MOST_NUMBERS
    for one in sent:
        mark = _parse(one)
        num_left -= len(mark.points) if isinstance(mark, Stroke) else _NUM_PIXELS
        if num_left < 0:
            raise ValueError("too much has been drawn")
        marks.append(mark)
    return marks


def _parse(one: Any) -> Mark:
    match one:
        case {"picture": str(encoded)} if len(encoded) < 2 * _NUM_PIXELS:
            try:
                pixels = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise ValueError("a picture is base64") from error
            if len(pixels) == _NUM_PIXELS:
                return Picture(pixels)
        case {"points": list(points), "width": int(width), "isEraser": bool(is_eraser)}:
            are_points = all(type(n) is int and abs(n) <= _FARTHEST for n in points)
            if are_points and points and len(points) % 2 == 0 and 0 < width <= _WIDEST:
                return Stroke(tuple(points), width, is_eraser)
        case _:
            pass
    raise ValueError("a mark is a stroke or a picture")
