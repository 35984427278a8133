"""Drawings of no digit that the doubting network is never shown, to set and measure its limit by.

They are drawn on a canvas and go through the same `preprocess` as a person's drawing; what it
learns from (`mnist_core.doubt.shapes`) is drawn by other code, and of other kinds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.data.preprocess import Bytes, Floats, preprocess
from mnist_core.images import SIDE

Line = Sequence[tuple[float, float]]
"""Corners (x, y) of a stroke; a figure's strokes lie in the unit square, y downward."""

Figure = Sequence[Line]
Kind = Callable[[np.random.Generator], Bytes]

_CIRCLE: Final = np.stack(
    [function(np.linspace(0, 2 * math.pi, 40)) for function in (np.cos, np.sin)], axis=1
)
_CANVAS: Final = 140
"""Pixels of these drawings each way, half of the app's canvas: shapes are small in a digit too."""

_LETTERS: Final[Mapping[str, Figure]] = {
    "K": [[(0, 0), (0, 1)], [(0.8, 0), (0, 0.55)], [(0.25, 0.4), (0.85, 1)]],
    "R": [[(0, 1), (0, 0), (0.6, 0), (0.75, 0.25), (0.6, 0.5), (0, 0.5)], [(0.35, 0.5), (0.8, 1)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (0.85, 1)], [(0.85, 0), (0, 1)]],
}
_FIGURES: Final[Mapping[str, Figure]] = {
    "arrow": [[(0, 0.5), (1, 0.5)], [(0.65, 0.2), (1, 0.5), (0.65, 0.8)]],
    "house": [[(0, 1), (0, 0.4), (0.5, 0), (1, 0.4), (1, 1), (0, 1)], [(0, 0.4), (1, 0.4)]],
    "grid": [[(x, 0), (x, 1)] for x in (0.3, 0.7)] + [[(0, y), (1, y)] for y in (0.3, 0.7)],
    "envelope": [[(0, 0), (1, 0), (1, 0.7), (0, 0.7), (0, 0)], [(0, 0), (0.5, 0.4), (1, 0)]],
    "tree": [[(0.5, 0), (0.5, 1)]] + [[(0, y + 0.3), (0.5, y), (1, y + 0.3)] for y in (0.1, 0.4)],
}


def _draw(figure: Figure, random: np.random.Generator, shake: float = 0.03) -> Bytes:
    """Draw strokes with a round pen, somewhat turned, slanted, stretched and shaken."""
    angle, slant = random.normal(0, 0.1), random.normal(0, 0.12)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    stretch = np.diag([random.uniform(0.6, 1.0), 1.0]) @ np.array([[1, 0], [slant, 1]])
    lines = [np.array(line) + random.normal(0, shake, (len(line), 2)) for line in figure]
    lines = [line @ stretch @ turn for line in lines]
    points = np.concatenate(lines)
    width = random.uniform(6, 13)
    scale = (random.uniform(0.4, 0.85) * _CANVAS - width) / max(np.ptp(points, axis=0).max(), 1e-6)
    picture = Image.new("L", (2 * _CANVAS, 2 * _CANVAS))
    pen = ImageDraw.Draw(picture)
    for line in lines:
        corners = 2 * ((line - points.min(0)) * scale + width)
        pen.line([tuple(corner) for corner in corners.tolist()], fill=255, width=round(2 * width))
        for x, y in corners.tolist():
            pen.ellipse((x - width, y - width, x + width, y + width), fill=255)
    return np.asarray(picture.resize((_CANVAS, _CANVAS), Image.Resampling.BOX))


def _one_of(figures: Mapping[str, Figure]) -> Kind:
    names = list(figures)
    return lambda random: _draw(figures[names[int(random.integers(len(names)))]], random)


def _line(points: NDArray[np.float64]) -> Line:
    return [(x, y) for x, y in points.tolist()]


def _hatching(random: np.random.Generator) -> Bytes:
    """Back and forth over the same place, as one fills an area."""
    count = random.integers(6, 14)
    sides = np.where(np.arange(count) % 2, 1.0, 0.0) + random.normal(0, 0.1, count)
    heights = np.linspace(0, 1, count) + random.normal(0, 0.05, count)
    return _draw([_line(np.stack([sides, heights], axis=1))], random)


def _noise(random: np.random.Generator) -> Bytes:
    """Every pixel by chance, few of them or many."""
    return ((random.random((SIDE, SIDE)) < random.uniform(0.1, 0.6)) * 255).astype(np.uint8)


def _face(random: np.random.Generator) -> Bytes:
    """A circle with two eyes and a mouth."""
    eyes = [np.full((2, 2), (side, -0.35)) for side in (-0.35, 0.35)]
    mouth = _CIRCLE[3:18] * [0.55, random.uniform(0.3, 0.55)] + [0, 0.1]
    return _draw([_line(one) for one in (_CIRCLE, *eyes, mouth)], random, shake=0.0)


KINDS: Final[Mapping[str, Kind]] = {
    "letters": _one_of(_LETTERS),
    "figures": _one_of(_FIGURES),
    "hatching": _hatching,
    "face": _face,
    "noise": _noise,
}


def draw_unseen(num_each: int, *, seed: int) -> dict[str, Floats]:
    """Return images (num_each, 1, 28, 28) float32 in [0, 1] of each kind, as networks see them."""
    images: dict[str, Floats] = {}
    for name, kind in KINDS.items():
        random = np.random.default_rng([seed, *name.encode()])
        found: list[Floats] = []
        while len(found) < num_each:
            image = preprocess(kind(random))
            if image is not None:
                found.append(image)
        images[name] = np.stack(found)
    return images
