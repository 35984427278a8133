"""Digits in the styles people write them in, and drawings of no digit, from control points.

Code of its own, on purpose: nothing here is shared with what training edits, blends and draws
(`mnist_core.strokes`) or doubt is fitted on (`mnist_core.doubt.shapes`), so that
`benchmarks.drawn` measures on what no network was given. Figures lie in the unit square, x before
y, y downward; `on_canvas` writes them on the app's canvas.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.data.preprocess import Bytes

Points = NDArray[np.float64]
Figure = list[Points]
Drawer = Callable[[np.random.Generator], Figure]

CANVAS: Final = 280
_FINER: Final = 3
"""Each pixel is drawn as so many each way, so that edges are smooth."""


def on_canvas(strokes: Figure, random: np.random.Generator, width: float = 0.62) -> Bytes:
    """Write a figure somewhere on the canvas, leaning, turned, shaken: (280, 280) uint8.

    `width`: of the unit square for its height; digits are narrow.
    """
    lean, turn = math.tan(math.radians(random.uniform(-8, 20))), random.uniform(-0.1, 0.1)
    narrow = np.array([[width * random.uniform(0.75, 1.15), 0], [-lean, 1.0]])
    turned = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    shaking = random.uniform(0.003, 0.012)
    placed = [(_finer(stroke) - 0.5) @ narrow @ turned for stroke in strokes]
    placed = [stroke + random.normal(0, shaking, stroke.shape) for stroke in placed]
    points = np.concatenate(placed)
    size = random.uniform(110, 235)
    brush = random.uniform(10, 26) * (0.6 + 0.4 * size / 235)
    scale = (size - brush) / np.ptp(points, axis=0).max()
    room = CANVAS - np.ptp(points, axis=0) * scale - brush
    corner = random.uniform(0, 1, 2) * np.maximum(room, 1) + brush / 2
    picture = Image.new("L", (CANVAS * _FINER, CANVAS * _FINER))
    pen, radius = ImageDraw.Draw(picture), brush * _FINER / 2
    for stroke in placed:
        path = ((stroke - points.min(axis=0)) * scale + corner) * _FINER
        line = [(x, y) for x, y in path.tolist()]
        if len(line) > 1:
            pen.line(line, fill=255, width=max(1, round(brush * _FINER)))
        for x, y in line:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((CANVAS, CANVAS), Image.Resampling.BOX))


def _finer(stroke: Points) -> Points:
    if len(stroke) <= 3:  # straight lines stay straight
        return stroke
    here, there = np.linspace(0, 1, len(stroke)), np.linspace(0, 1, 2 * len(stroke))
    return np.stack([np.interp(there, here, stroke[:, axis]) for axis in (0, 1)], axis=1)


def smooth(*corners: Sequence[float]) -> Points:
    """Return a curve through the corners (Catmull and Rom, 1974)."""
    points = np.array(corners, np.float64)
    ends = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    parts: list[Points] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        bend = (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        parts.append(0.5 * (2 * b + (c - a) * t + bend))
    return np.concatenate([*parts, points[-1:]])


def straight(*corners: Sequence[float]) -> Points:
    return np.array(corners, np.float64)


def arc(x: float, y: float, wide: float, tall: float, start: float, end: float) -> Points:
    """Return part of an ellipse about (x, y), from `start` to `end` in degrees."""
    angles = np.radians(np.linspace(start, end, 40))
    return np.stack([x + wide * np.cos(angles), y + tall * np.sin(angles)], axis=1)


def _flagged_1(random: np.random.Generator) -> Figure:
    x, long, angle = random.uniform(0.5, 0.7), random.uniform(0.28, 0.6), random.uniform(25, 62)
    tip = (x - long * math.cos(math.radians(angle)), long * math.sin(math.radians(angle)))
    flag = straight(tip, (x, 0))
    if random.random() < 0.3:
        bow = ((tip[0] + x) / 2 + random.uniform(-0.03, 0.05), tip[1] / 2)
        flag = smooth(tip, bow, (x, 0))
    end = (x + random.uniform(-0.06, 0.06), 1)
    if random.random() < 0.2:
        return [flag, straight((x, 0), end)]
    return [np.concatenate([flag, straight(end)])]


def _footed_1(random: np.random.Generator) -> Figure:
    upright = [straight((0.5, 0), (0.5 + random.uniform(-0.04, 0.04), 1))]
    stem = _flagged_1(random) if random.random() < 0.7 else upright
    x, wide = float(stem[-1][-1, 0]), random.uniform(0.18, 0.36)
    left, right = random.uniform(0.8, 1.2, 2) * wide
    height = 1 + random.uniform(-0.03, 0.03, 2)
    return [*stem, straight((x - left, height[0]), (x + right, height[1]))]


def _barred_7(random: np.random.Generator) -> Figure:
    wide, foot = random.uniform(0.5, 0.75), random.uniform(0.08, 0.35)
    middle = ((wide + foot) / 2 + random.uniform(-0.06, 0.04), 0.5)
    top = straight((0, random.uniform(-0.02, 0.06)), (wide, 0))
    hook = straight((0, random.uniform(0.1, 0.2)))[: int(random.random() < 0.25)]
    stem = np.concatenate([hook, top, smooth((wide, 0), middle, (foot, 1))[1:]])
    y, half = random.uniform(0.4, 0.6), random.uniform(0.15, 0.3)
    x = wide + (foot - wide) * y
    tilt = random.uniform(-0.06, 0.05, 2)
    return [stem, straight((x - half, y + tilt[0]), (x + half, y + tilt[1]))]


def _open_4(random: np.random.Generator) -> Figure:
    x, bar, wide = random.uniform(0.5, 0.68), random.uniform(0.5, 0.68), random.uniform(0.8, 1.0)
    left = straight((random.uniform(0.1, 0.3), 0), (random.uniform(0, 0.06), bar))
    if random.random() < 0.6:
        start, middle, corner = random.uniform((0.02, 0, 0), (0.2, 0.1, 0.08))
        left = smooth((start, random.uniform(0, 0.08)), (middle, bar * 0.6), (corner, bar))
    down = straight(
        (x + random.uniform(-0.02, 0.08), random.uniform(0, 0.3)),
        (x + random.uniform(-0.05, 0.05), 1),
    )
    return [np.concatenate([left, straight((wide, bar + random.uniform(-0.05, 0.05)))]), down]


def _closed_4(random: np.random.Generator) -> Figure:
    x, bar, wide = random.uniform(0.55, 0.72), random.uniform(0.6, 0.74), random.uniform(0.85, 1.05)
    left, foot = random.uniform(-0.02, 0.06), x + random.uniform(-0.04, 0.03)
    if random.random() < 0.5:
        end = (wide, bar + random.uniform(-0.04, 0.04))
        stem = straight((x, random.uniform(0, 0.03)), (foot, 1))
        return [straight((x, 0), (left, bar), end), stem]
    return [straight((wide, bar), (left, bar + random.uniform(-0.03, 0.03)), (x, 0), (foot, 1))]


def _curled_9(random: np.random.Generator) -> Figure:
    wide, tall = random.uniform((0.2, 0.2), (0.32, 0.27))
    loop = arc(0.5, tall, wide, tall, -20, -380)
    x, y = loop[-1].tolist()
    tail = smooth(
        (x, y),
        (x + random.uniform(-0.03, 0.03), 0.6),
        (x - random.uniform(0.02, 0.12), 0.85),
        (0.5 - random.uniform(0, 0.1), 1),
        (0.5 - wide * random.uniform(0.8, 1.2), 1 - random.uniform(0.03, 0.1)),
        (0.5 - wide * random.uniform(1.0, 1.5), 1 - random.uniform(0.1, 0.24)),
    )
    return [np.concatenate([loop, tail[1:]])]


def _looped_2(random: np.random.Generator) -> Figure:
    r, loop = random.uniform(0.22, 0.3), random.uniform(0.07, 0.13)
    x = 0.45
    foot = x - r
    return [
        smooth(
            (x - r, random.uniform(0.14, 0.26)),
            (x - r * 0.3, random.uniform(0, 0.04)),
            (x + r * 0.8, 0.1),
            (x + r * 0.9, random.uniform(0.28, 0.38)),
            (x, 0.66),
            (x - r * random.uniform(0.8, 1), 0.93),
            (foot - loop, 1 - loop * 0.6),
            (foot - loop * 0.2, 1 - 2 * loop),
            (foot + loop * 1.4, 1 - loop),
            (x + r * 0.3, 1.0),
            (x + r * random.uniform(1, 1.6), random.uniform(0.92, 1)),
        )
    ]


def _slashed_0(random: np.random.Generator) -> Figure:
    wide, start = random.uniform(0.26, 0.42), random.uniform(-130, -60)
    ring = arc(0.5, 0.5, wide, 0.5, start, start - 360 + random.uniform(-20, 15))
    across, along, low = random.uniform((0.55, 0.55, 0.8), (1.25, 1.15, 1.0))
    ends = (0.5 - wide * across, 0.5 + 0.5 * along * low), (0.5 + wide * across, 0.5 - 0.5 * along)
    return [ring, straight(*ends)]


STYLES: Final[Mapping[str, tuple[int, Drawer]]] = {
    "flagged 1": (1, _flagged_1),
    "barred 7": (7, _barred_7),
    "open 4": (4, _open_4),
    "closed 4": (4, _closed_4),
    "curled 9": (9, _curled_9),
    "1 with a foot": (1, _footed_1),
    "2 with a loop": (2, _looped_2),
    "0 with a slash": (0, _slashed_0),
}
