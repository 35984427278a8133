"""Neat digits as one draws them with a mouse, and drawings of no digit, for `benchmarks.drawn`.

As `benchmarks.handwriting`: from control points, by code that no network and no doubt was given.
The kinds that doubt is fitted on are those of `mnist_core.doubt.shapes`, drawn otherwise.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from benchmarks.handwriting import Drawer, Figure, Points, arc, smooth, straight

Corner = tuple[float, float]


def _shaken(random: np.random.Generator, *corners: Corner) -> Points:
    return smooth(*(np.array(corners) + random.normal(0, 0.015, (len(corners), 2))).tolist())


def _zero(random: np.random.Generator) -> Figure:
    return [arc(0.5, 0.5, random.uniform(0.28, 0.42), 0.5, -90, -450 + random.uniform(-10, 10))]


def _one(random: np.random.Generator) -> Figure:
    return [straight((0.5 + random.uniform(-0.05, 0.12), 0), (0.5, 1))]


def _two(random: np.random.Generator) -> Figure:
    bow = (0.15, 0.22), (0.3, 0.03), (0.55, 0), (0.78, 0.2), (0.7, 0.42), (0.4, 0.72), (0.1, 1)
    foot = straight((0.1, 1), (0.85, 1 + random.uniform(-0.04, 0.02)))
    return [np.concatenate([_shaken(random, *bow), foot])]


def _three(random: np.random.Generator) -> Figure:
    upper = (0.15, 0.12), (0.4, 0), (0.72, 0.12), (0.68, 0.36), (0.4, 0.48)
    lower = (0.4, 0.48), (0.72, 0.58), (0.78, 0.82), (0.5, 1), (0.12, 0.88)
    return [_shaken(random, *upper), _shaken(random, *lower)]


def _four(random: np.random.Generator) -> Figure:
    x, bar = random.uniform((0.55, 0.6), (0.72, 0.74))
    return [straight((x, 0), (0, bar), (0.95, bar)), straight((x, 0), (x, 1))]


def _five(random: np.random.Generator) -> Figure:
    belly = (0.2, 0.42), (0.5, 0.36), (0.78, 0.55), (0.74, 0.85), (0.45, 1), (0.12, 0.92)
    stem = straight((0.25, 0), (0.2, 0.42))
    top = straight((0.25, 0), (0.78, random.uniform(-0.02, 0.03)))
    return [np.concatenate([stem, _shaken(random, *belly)]), top]


def _six(random: np.random.Generator) -> Figure:
    stem = (0.65, 0), (0.35, 0.25), (0.2, 0.6), (0.3, 0.93)
    loop = (0.55, 1), (0.78, 0.8), (0.7, 0.58), (0.45, 0.52), (0.24, 0.68)
    return [_shaken(random, *stem, *loop)]


def _seven(random: np.random.Generator) -> Figure:
    top, foot = random.uniform((-0.02, 0.2), (0.03, 0.4))
    return [straight((0.05, 0), (0.75, top), (foot, 1))]


def _eight(random: np.random.Generator) -> Figure:
    down = (0.68, 0.12), (0.45, 0), (0.25, 0.15), (0.35, 0.38), (0.62, 0.6), (0.72, 0.85)
    up = (0.48, 1), (0.22, 0.85), (0.32, 0.6), (0.62, 0.38), (0.7, 0.15), (0.6, 0.04)
    return [_shaken(random, *down, *up)]


def _nine(random: np.random.Generator) -> Figure:
    head = arc(0.48, 0.26, 0.26, 0.26, -15, -375)
    tail = _shaken(random, (0.74, 0.3), (0.72, 0.65), (random.uniform(0.55, 0.7), 1))
    return [np.concatenate([head, tail])]


NEAT: Final[Sequence[Drawer]] = (
    *(_zero, _one, _two, _three, _four),
    *(_five, _six, _seven, _eight, _nine),
)
"""A drawer of each digit, at its place."""

_LETTERS: Final[Mapping[str, Sequence[Sequence[Corner]]]] = {
    "A": [[(0, 1), (0.3, 0.5), (0.5, 0), (0.7, 0.5), (1, 1)], [(0.15, 0.65), (0.85, 0.6)]],
    "E": [[(0.8, 0), (0.05, 0.02), (0, 0.5), (0.05, 1), (0.85, 1)], [(0, 0.5), (0.6, 0.48)]],
    "H": [[(0.05, 0), (0, 1)], [(0.85, 0), (0.85, 1)], [(0, 0.52), (0.85, 0.45)]],
    "K": [[(0, 0), (0, 1)], [(0.8, 0), (0.4, 0.4), (0.05, 0.5), (0.5, 0.7), (0.9, 1)]],
    "M": [[(0, 1), (0.1, 0), (0.45, 0.75), (0.85, 0), (1, 1)]],
    "R": [[(0, 1), (0, 0), (0.5, 0), (0.7, 0.25), (0.4, 0.5), (0, 0.5), (0.5, 0.75), (0.85, 1)]],
    "W": [[(0, 0), (0.2, 0.7), (0.3, 1), (0.5, 0.4), (0.7, 1), (0.85, 0.6), (1, 0)]],
    "X": [[(0, 0), (0.4, 0.5), (0.85, 1)], [(0.9, 0), (0.5, 0.5), (0, 1)]],
    "m": [[(0, 1), (0, 0.3), (0.2, 0.3), (0.4, 0.5), (0.4, 1)], [(0.4, 0.5), (0.7, 0.3), (1, 1)]],
    "k": [[(0, 0), (0, 1)], [(0.55, 0.4), (0.05, 0.7), (0.3, 0.75), (0.6, 1)]],
    "t": [[(0.4, 0), (0.4, 0.7), (0.5, 0.97), (0.75, 0.95)], [(0.1, 0.3), (0.75, 0.28)]],
    "w": [[(0, 0.3), (0.2, 0.9), (0.4, 0.9), (0.5, 0.4), (0.65, 0.9), (0.85, 0.9), (1, 0.3)]],
}


def _letter(random: np.random.Generator) -> Figure:
    name = list(_LETTERS)[int(random.integers(len(_LETTERS)))]
    return [_shaken(random, *line) for line in _LETTERS[name]]


def _scribble(random: np.random.Generator) -> Figure:
    """A pen that goes quickly from anywhere to anywhere."""
    return [smooth(*random.random((int(random.integers(8, 20)), 2)).tolist())]


def _loops(random: np.random.Generator) -> Figure:
    """Round and round while the hand moves aside, as one tries a pen."""
    angles = np.linspace(0, 2 * math.pi * random.uniform(3.5, 6), 160)
    aside = np.linspace(0, random.uniform(0.6, 1.6), 160)
    return [np.stack([aside + 0.25 * np.cos(angles), 0.5 + 0.4 * np.sin(angles)], axis=1)]


def _face(random: np.random.Generator) -> Figure:
    """A head that is not round, two eyes, a nose sometimes, a mouth glad or sad."""
    head = arc(0.5, 0.5, random.uniform(0.38, 0.5), 0.5, -90, 272)
    eyes = [arc(x, 0.36, 0.05, random.uniform(0.02, 0.07), 0, 360) for x in (0.33, 0.67)]
    nose = [straight((0.5, 0.42), (0.46, 0.58), (0.52, 0.58))] if random.random() < 0.5 else []
    glad = (20, 160) if random.random() < 0.5 else (200, 340)
    middle = 0.62 if glad[0] == 20 else 0.85
    return [head, *eyes, *nose, arc(0.5, middle, random.uniform(0.15, 0.25), 0.14, *glad)]


def _box(random: np.random.Generator) -> Figure:
    """A box that is open, closed or in three dimensions, its corners not quite met."""
    wide, high = random.uniform((0.6, 0.6), (1.1, 1.0))
    gap = random.uniform(-0.04, 0.05, 2)
    front = straight((0, gap[0]), (0, high), (wide, high), (wide, 0), (gap[1], 0))
    if random.random() < 0.5:
        return [front]
    deep = random.uniform(0.2, 0.35)
    lid = straight((0, 0), (deep, -deep), (wide + deep, -deep), (wide + deep, high - deep))
    return [front, np.concatenate([lid, straight((wide, high))])]


def _heart(random: np.random.Generator) -> Figure:
    tip, dip = random.uniform((0.95, 0.2), (1.05, 0.35))
    left = smooth((0.5, dip), (0.3, 0), (0.02, 0.2), (0.15, 0.6), (0.5, tip))
    return [left, left * [-1, 1] + [1, 0]]


def _person(random: np.random.Generator) -> Figure:
    arms = random.uniform(0.3, 0.55)
    return [
        arc(0.5, 0.13, 0.13, 0.13, -90, 270),
        straight((0.5, 0.26), (0.5, 0.65)),
        straight((0.2, arms), (0.5, 0.4), (0.8, arms)),
        straight((0.22, 1), (0.5, 0.65), (0.8, 1)),
    ]


def _flower(random: np.random.Generator) -> Figure:
    petals = int(random.integers(5, 9))
    angles = np.linspace(0, 2 * math.pi, 120)
    radius = 0.2 + 0.12 * np.cos(petals * angles)
    blossom = np.stack([0.5 + radius * np.cos(angles), 0.32 + radius * np.sin(angles)], axis=1)
    leaf = smooth((0.5, 0.85), (0.7, 0.65), (0.85, 0.7), (0.5, 0.9))
    return [blossom, straight((0.5, 0.6), (0.5, 1)), leaf]


NON_DIGITS: Final[Mapping[str, Drawer]] = {
    "letters": _letter,
    "scribbles": _scribble,
    "loops": _loops,
    "faces": _face,
    "boxes": _box,
    "hearts": _heart,
    "people": _person,
    "flowers": _flower,
}
