"""Drawings of no digit as pen strokes, by chance: what the doubting network learns to refuse.

Letters, signs, boxes, stars, scribbles, faces' parts, and digits spoilt: two on each other, one
with strokes too many, one on its side or in the mirror where that is no digit. They are written by
the same pens as digits (`mnist_core.strokes.pen`), so that nothing but their shape tells them
apart. The many kinds matter more than their number: what was never shown is refused too
(Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure", 2019).

A shape is strokes (N, 2), x and y, y downward, in any unit.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from torch import Tensor

from mnist_core.doubt.figures import ANGULAR, CURVED, Corners
from mnist_core.strokes.files import MOST_STROKES
from mnist_core.strokes.pen import pack, write
from mnist_core.strokes.redrawn import HAND, Redrawn

Points = NDArray[np.float64]
Shape = list[Points]
Kind = Callable[[np.random.Generator], Shape]

_SPOILT: Final = 0.3
"""Share of the shapes that were digits."""

_ON_ITS_SIDE: Final = (2, 3, 4, 5, 7)
_IN_THE_MIRROR: Final = (3, 4, 6, 7, 9)
"""Digits that are none when turned by 90° or mirrored."""

_TURN: Final = 2 * math.pi
_HAND: Final = replace(HAND, rotation=12.0, aspect=0.4, proportion=0.2, bend=0.05)
"""As digits are written, but turned and stretched a little more, bent a little less."""


def draw_shapes(count: int, digits: Redrawn, *, seed: int) -> Tensor:
    """Draw `count` shapes, the same for a seed: (count, 1, 28, 28) uint8, light ink on dark.

    `digits` are spoilt for some of them.
    """
    random = np.random.default_rng(seed)
    shapes: list[list[NDArray[np.float32]]] = []
    while len(shapes) < count:
        if random.random() < _SPOILT:
            shape = _spoilt(digits, random)
        else:
            shape = KINDS[int(random.integers(len(KINDS)))](random)
        if len(shape) <= MOST_STROKES:
            shapes.append([stroke.astype(np.float32) for stroke in _fitted(shape)])
    return write(pack(shapes), torch.Generator().manual_seed(seed), _HAND)


def _fitted(shape: Sequence[NDArray[np.floating]]) -> Shape:
    """Return the strokes in ±1 about the middle."""
    points = np.concatenate(shape)
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-6)
    return [(stroke.astype(np.float64) - (low + high) / 2) / half for stroke in shape]


def _spoilt(digits: Redrawn, random: np.random.Generator) -> Shape:
    """Return what was a digit and is none any more."""
    while True:
        number = int(random.integers(len(digits)))
        digit = int(digits.labels[number])
        own = _fitted(digits.blend(number, random))
        way = random.random()
        if way < 0.35:
            other = digits.blend(int(random.integers(len(digits))), random)
            place, size = random.uniform(-1, 1, 2), random.uniform(0.4, 1)
            return own + [stroke * size + place for stroke in _fitted(other)]
        if way < 0.65:
            place, size = random.uniform(-0.6, 0.6, 2), random.uniform(0.4, 1)
            return own + [stroke * size + place for stroke in _fitted(_strokes(random))]
        if digit in _ON_ITS_SIDE and (way < 0.85 or digit not in _IN_THE_MIRROR):
            return [stroke @ _turn(random.choice([-1, 1]) * math.pi / 2) for stroke in own]
        if digit in _IN_THE_MIRROR:
            return [stroke * [-1, 1] for stroke in own]


def _turn(angle: float) -> Points:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _smooth(points: Points, count: int = 40) -> Points:
    """Return a smooth curve through the points; some may lie in one place."""
    steps = np.hypot(*np.diff(points, axis=0).T) + 1e-3
    along = np.concatenate([[0.0], steps.cumsum()])
    return CubicSpline(along, points)(np.linspace(0, along[-1], count))


def _radial(angles: Points, radius: Points) -> Points:
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def _one_of(figures: Mapping[str, Sequence[Corners]], *, curved: bool) -> Kind:
    names = list(figures)

    def drawn(random: np.random.Generator) -> Shape:
        shake = random.uniform(0.01, 0.05)
        strokes = [
            np.array(corners) + random.normal(0, shake, (len(corners), 2))
            for corners in figures[names[int(random.integers(len(names)))]]
        ]
        return [_smooth(one) if curved and len(one) > 2 else one for one in strokes]

    return drawn


def _strokes(random: np.random.Generator) -> Shape:
    """Some strokes anywhere, each bent or with corners; one alone is no straight line."""
    count = int(random.integers(1, 5))
    shape: Shape = []
    for _ in range(count):
        corners = int(random.integers(3 if count == 1 else 2, 9))
        middle, size = random.random(2), random.uniform(0.2, 1)
        spread = (random.random((corners, 2)) - 0.5) * [1, random.uniform(0.5, 1.5)]
        points = middle + size * spread
        shape.append(_smooth(points) if corners > 2 and random.random() < 0.6 else points)
    return shape


def _sticks(random: np.random.Generator) -> Shape:
    """Straight lines that begin on each other, as in letters, arrows and trees."""
    nodes = [random.random(2)]
    shape: Shape = []
    for _ in range(int(random.integers(3, 6))):
        start, end = nodes[int(random.integers(len(nodes)))], random.random(2)
        shape.append(np.stack([start, end]))
        nodes += [end, (start + end) / 2]
    return shape


def _polygon(random: np.random.Generator) -> Shape:
    count = int(random.integers(3, 9))
    even = np.linspace(0, _TURN, count, endpoint=False)
    angles = even + random.uniform(0, _TURN) + random.normal(0, 0.15, count)
    corners = _radial(angles, 1 + random.normal(0, 0.1, count))
    diagonal = [corners[[0, count // 2]]] if random.random() < 0.3 else []
    return [np.concatenate([corners, corners[:1]]), *diagonal]


def _rectangle(random: np.random.Generator) -> Shape:
    """A box whose ends do not quite meet, sometimes with something in it."""
    wide, high = random.uniform(0.5, 1.2, 2)
    corners = np.roll([[0, 0], [wide, 0], [wide, high], [0, high]], random.integers(4), axis=0)
    outline = np.concatenate([corners, corners[:1] + random.normal(0, 0.04, (1, 2))])
    outline = outline + random.normal(0, 0.02, (5, 2))
    inside: list[Shape] = [
        [np.array([[0, 0], [wide, high]])],
        [np.array([[0, 0], [wide, high]]), np.array([[wide, 0], [0, high]])],
        [np.array([[wide / 2, 0], [wide / 2, high]])],
        [outline * 0.5 + [0.25 * wide, 0.25 * high]],
    ]
    return [outline, *(inside[int(random.integers(4))] if random.random() < 0.5 else [])]


def _cuboid(random: np.random.Generator) -> Shape:
    wide, high = random.uniform((0.6, 0.5), (1, 1))
    aside, up = random.uniform(0.15, 0.4, 2) * [random.choice([-1, 1]), -1]
    front = np.array([[0, 0], [wide, 0], [wide, high], [0, high], [0, 0]])
    back = front + np.array([aside, up])
    if random.random() < 0.5:
        return [front, back, *(np.stack([front[i], back[i]]) for i in range(4))]
    return [front, np.stack([front[0], back[0], back[1], front[1]]), back[1:3]]


def _wave(random: np.random.Generator) -> Shape:
    along = np.linspace(0, 1, 60)
    phase = _TURN * random.uniform(1.5, 6) * along + random.uniform(0, _TURN)
    height = np.sin(phase) * random.uniform(0.1, 0.35)
    return [np.stack([along, height], axis=1) @ _turn(random.normal(0, 0.5))]


def _zigzag(random: np.random.Generator) -> Shape:
    count = int(random.integers(4, 10))
    across = np.linspace(0, random.uniform(0.6, 1.6), count)
    down = np.where(np.arange(count) % 2, random.uniform(0.4, 1), 0) + random.normal(0, 0.06, count)
    angle = random.choice([0, 0, math.pi / 2])
    return [np.stack([across, down], axis=1) @ _turn(angle)]


def _coil(random: np.random.Generator) -> Shape:
    """Round and round, outward or aside."""
    angles = np.linspace(0, _TURN * random.uniform(2.2, 6), 120)
    path = _radial(angles, np.linspace(random.uniform(0.05, 1), 1, 120))
    path = path * [1, random.uniform(0.7, 1.3)]
    path[:, 0] += random.uniform(0, 0.35) * angles
    return [path]


def _scribble(random: np.random.Generator) -> Shape:
    """A pen that wanders: a smoothed random walk of the direction."""
    count = int(random.integers(60, 220))
    turning = np.convolve(random.normal(0, random.uniform(0.4, 1), count + 9), np.ones(10) / 3)
    heading = np.cumsum(turning[9 : count + 9])
    return [np.cumsum(_radial(heading, np.ones(count)), axis=0)]


def _star(random: np.random.Generator) -> Shape:
    count = int(random.integers(4, 9))
    angles = np.linspace(0, _TURN, 2 * count + 1) + random.uniform(0, math.pi)
    return [_radial(angles, np.where(np.arange(2 * count + 1) % 2, random.uniform(0.25, 0.6), 1.0))]


def _blob(random: np.random.Generator) -> Shape:
    """A line that goes once round, with dents and bulges as no 0 has them."""
    angles = np.linspace(0, _TURN, 90)
    waves = (2, 3, int(random.integers(4, 7)))
    bulges = [
        random.uniform(0.12, 0.35) * np.cos(wave * angles + random.uniform(0, _TURN))
        for wave in waves
    ]
    return [_radial(angles, 1 + np.sum(bulges, axis=0))]


def _dots(random: np.random.Generator) -> Shape:
    return [np.stack([place, place]) for place in random.random((int(random.integers(3, 12)), 2))]


def _rings(random: np.random.Generator) -> Shape:
    """A circle with circles and bars in it."""
    angles = np.linspace(0, _TURN, 30)
    circle = _radial(angles, np.ones(30))
    shape = [circle * [1, random.uniform(0.8, 1.2)]]
    for _ in range(int(random.integers(1, 4))):
        place, size = random.uniform(-0.5, 0.5, 2), random.uniform(0.1, 0.5)
        level = np.array([[-1, 0], [1, random.normal(0, 0.2)]])
        inside = (circle, circle, level, level, level[:, ::-1])[int(random.integers(5))]
        shape.append(place + size * inside)
    return shape


_ANGULAR: Final = _one_of(ANGULAR, curved=False)
_ROUNDED: Final = _one_of(ANGULAR, curved=True)
_CURVED: Final = _one_of(CURVED, curved=True)

KINDS: Final[Sequence[Kind]] = (
    *(_ANGULAR, _ANGULAR, _ROUNDED, _CURVED, _CURVED),
    *(_strokes, _strokes, _sticks, _sticks),
    *(_rectangle, _rectangle, _rings, _rings),
    *(_polygon, _cuboid, _wave, _zigzag, _coil, _scribble, _star, _blob, _dots),
)
"""Kinds that vary most stand twice."""
