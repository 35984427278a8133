"""Drawings that are no digits, made in code: letters, scribbles, figures, noise.

They go through the same `preprocess` as a person's drawing. `CHOOSING` are the kinds that doubt is
fitted on; `HELD_OUT` are others, to measure whether it also knows what it has never met as no
digit.
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
    "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.62), (0.8, 0.62)]],
    "E": [[(0.9, 0), (0, 0), (0, 1), (0.9, 1)], [(0, 0.5), (0.75, 0.5)]],
    "F": [[(0.9, 0), (0, 0), (0, 1)], [(0, 0.5), (0.7, 0.5)]],
    "H": [[(0, 0), (0, 1)], [(0.9, 0), (0.9, 1)], [(0, 0.5), (0.9, 0.5)]],
    "K": [[(0, 0), (0, 1)], [(0.8, 0), (0, 0.55)], [(0.25, 0.4), (0.85, 1)]],
    "M": [[(0, 1), (0.05, 0), (0.5, 0.7), (0.95, 0), (1, 1)]],
    "N": [[(0, 1), (0, 0), (0.85, 1), (0.85, 0)]],
    "R": [[(0, 1), (0, 0), (0.6, 0), (0.75, 0.25), (0.6, 0.5), (0, 0.5)], [(0.35, 0.5), (0.8, 1)]],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "V": [[(0, 0), (0.45, 1), (0.9, 0)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (0.85, 1)], [(0.85, 0), (0, 1)]],
    "Y": [[(0, 0), (0.45, 0.5), (0.9, 0)], [(0.45, 0.5), (0.45, 1)]],
}
_FIGURES: Final[Mapping[str, Figure]] = {
    "arrow": [[(0, 0.5), (1, 0.5)], [(0.65, 0.2), (1, 0.5), (0.65, 0.8)]],
    "house": [[(0, 1), (0, 0.4), (0.5, 0), (1, 0.4), (1, 1), (0, 1)], [(0, 0.4), (1, 0.4)]],
    "grid": [[(x, 0), (x, 1)] for x in (0.3, 0.7)] + [[(0, y), (1, y)] for y in (0.3, 0.7)],
    "envelope": [[(0, 0), (1, 0), (1, 0.7), (0, 0.7), (0, 0)], [(0, 0), (0.5, 0.4), (1, 0)]],
    "tree": [[(0.5, 0), (0.5, 1)]] + [[(0, y + 0.3), (0.5, y), (1, y + 0.3)] for y in (0.1, 0.4)],
}
_UNSEEN_LETTERS: Final = ("K", "R", "W", "X")


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


def _one_of(figures: Mapping[str, Figure], names: Sequence[str]) -> Kind:
    return lambda random: _draw(figures[names[int(random.integers(len(names)))]], random)


def _line(points: NDArray[np.float64]) -> Line:
    return [(x, y) for x, y in points.tolist()]


def _scribble(random: np.random.Generator) -> Bytes:
    """A pen that wanders: a smoothed random walk of the direction."""
    steps = random.integers(110, 220)
    turning = np.convolve(random.normal(0, random.uniform(0.4, 1.0), steps + 9), np.ones(10) / 3)
    direction = np.cumsum(turning[9 : steps + 9])
    path = np.cumsum(np.stack([np.cos(direction), np.sin(direction)], axis=1), axis=0)
    return _draw([_line(path / np.ptp(path, axis=0).max())], random, shake=0.0)


def _tangle(random: np.random.Generator) -> Bytes:
    """Straight lines from corner to corner, anywhere, sometimes back to the first."""
    corners = random.random((random.integers(6, 14), 2))
    if random.random() < 0.5:
        corners = np.concatenate([corners, corners[:1]])
    return _draw([_line(corners)], random, shake=0.0)


def _hatching(random: np.random.Generator) -> Bytes:
    """Back and forth over the same place, as one fills an area."""
    count = random.integers(6, 14)
    sides = np.where(np.arange(count) % 2, 1.0, 0.0) + random.normal(0, 0.1, count)
    heights = np.linspace(0, 1, count) + random.normal(0, 0.05, count)
    return _draw([_line(np.stack([sides, heights], axis=1))], random)


def _zigzag(random: np.random.Generator) -> Bytes:
    count = random.integers(5, 9)
    across = np.linspace(0, 1.4, count)
    down = np.where(np.arange(count) % 2, random.uniform(0.4, 1.0), 0.0)
    return _draw([_line(np.stack([across, down], axis=1))], random)


def _closed_curve(random: np.random.Generator) -> Bytes:
    """A line that goes once round and meets itself, with dents and bulges as no 0 has them."""
    angles = np.linspace(0, 2 * math.pi, 90)
    waves = [
        random.uniform(0.1, 0.3) * np.cos(count * angles + random.uniform(0, 2 * math.pi))
        for count in (2, 3, 5)
    ]
    radius = 1 + np.sum(waves, axis=0)
    return _draw([_line((radius * [np.cos(angles), np.sin(angles)]).T)], random, shake=0.0)


def _star(random: np.random.Generator) -> Bytes:
    """A star or, where the inner corners lie far out, a polygon."""
    count, inner = random.integers(5, 9), random.uniform(0.3, 0.6)
    angles = np.linspace(0, 2 * math.pi, 2 * count + 1) + random.uniform(0, math.pi)
    radius = np.where(np.arange(2 * count + 1) % 2, inner, 1.0)
    return _draw([_line((radius * [np.cos(angles), np.sin(angles)]).T)], random)


def _triangle(random: np.random.Generator) -> Bytes:
    return _draw([[(0, 1), (0.5, random.uniform(-0.1, 0.3)), (1, 1), (0, 1)]], random, 0.08)


def _cross(random: np.random.Generator) -> Bytes:
    height = random.uniform(0.3, 0.7)
    return _draw([[(0, height), (1, height)], [(0.5, 0), (0.5, 1)]], random)


def _spiral(random: np.random.Generator) -> Bytes:
    angles = np.linspace(0, random.uniform(2.2, 3.5) * 2 * math.pi, 120) * random.choice([-1, 1])
    radius = np.linspace(0.05, 1, 120)
    return _draw([_line((radius * [np.cos(angles), np.sin(angles)]).T)], random, shake=0.0)


def _blots(random: np.random.Generator) -> Bytes:
    """Noise in large grains: grey squares here and there."""
    grains = random.integers(4, 11)
    noise = random.random((grains, grains)) < random.uniform(0.25, 0.7)
    picture = Image.fromarray((noise * random.integers(128, 256, noise.shape)).astype(np.uint8))
    return np.asarray(picture.resize((_CANVAS, _CANVAS), Image.Resampling.BICUBIC))


def _noise(random: np.random.Generator) -> Bytes:
    """Every pixel by chance, few of them or many."""
    return ((random.random((SIDE, SIDE)) < random.uniform(0.1, 0.6)) * 255).astype(np.uint8)


def _dots(random: np.random.Generator) -> Bytes:
    points = random.random((random.integers(4, 12), 2))
    return _draw([[(x, y), (x, y)] for x, y in points.tolist()], random, shake=0.0)


def _rings(random: np.random.Generator) -> Bytes:
    """A circle with something in it: a smaller one, or a bar."""
    inside = [_CIRCLE * 0.45] if random.random() < 0.5 else [np.array([[-1.0, 0.0], [1.0, 0.0]])]
    return _draw([_line(one) for one in (_CIRCLE, *inside)], random, shake=0.0)


def _face(random: np.random.Generator) -> Bytes:
    """A circle with two eyes and a mouth."""
    eyes = [np.full((2, 2), (side, -0.35)) for side in (-0.35, 0.35)]
    mouth = _CIRCLE[3:18] * [0.55, random.uniform(0.3, 0.55)] + [0, 0.1]
    return _draw([_line(one) for one in (_CIRCLE, *eyes, mouth)], random, shake=0.0)


def _box(random: np.random.Generator) -> Bytes:
    """A rectangle, sometimes with a diagonal."""
    tall = random.uniform(0.6, 1.0)
    outline = [(0.0, 0.0), (1.0, 0.0), (1.0, tall), (0.0, tall), (0.0, 0.0)]
    return _draw([outline, *([[(0.0, 0.0), (1.0, tall)]] * int(random.integers(2)))], random)


CHOOSING: Final[Mapping[str, Kind]] = {
    "letters": _one_of(_LETTERS, [name for name in _LETTERS if name not in _UNSEEN_LETTERS]),
    "scribble": _scribble,
    "tangle": _tangle,
    "zigzag": _zigzag,
    "star": _star,
    "cross": _cross,
    "spiral": _spiral,
    "triangle": _triangle,
    "rings": _rings,
    "blots": _blots,
    "box": _box,
    "dots": _dots,
    "closed curve": _closed_curve,
}
HELD_OUT: Final[Mapping[str, Kind]] = {
    "other letters": _one_of(_LETTERS, _UNSEEN_LETTERS),
    "figures": _one_of(_FIGURES, list(_FIGURES)),
    "hatching": _hatching,
    "face": _face,
    "noise": _noise,
}


def draw_non_digits(kinds: Mapping[str, Kind], num_each: int, *, seed: int) -> dict[str, Floats]:
    """Return images (num_each, 1, 28, 28) float32 in [0, 1] of each kind, as networks see them."""
    images: dict[str, Floats] = {}
    for name, kind in kinds.items():
        random = np.random.default_rng([seed, *name.encode()])
        found: list[Floats] = []
        while len(found) < num_each:
            image = preprocess(kind(random))
            if image is not None:
                found.append(image)
        images[name] = np.stack(found)
    return images


def redraw(images: Bytes, *, seed: int) -> Floats:
    """Return images (N, 1, 28, 28) as if they had been drawn: enlarged, sharpened, preprocessed.

    Light ink on dark, uint8, becomes float32 in [0, 1]; what is left blank is left out.
    """
    random = np.random.default_rng(seed)
    found: list[Floats] = []
    for image in images[:, 0]:
        large = Image.fromarray(image).resize((_CANVAS, _CANVAS), Image.Resampling.BICUBIC)
        ink = (np.asarray(large) >= random.integers(90, 170)) * np.uint8(255)
        drawn = preprocess(ink)
        if drawn is not None:
            found.append(drawn)
    return np.stack(found)
