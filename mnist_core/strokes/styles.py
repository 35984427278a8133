"""What people do differently where they learned to write, as edits of pen strokes.

A flag or a foot of a 1, a bar of a 7, a 4 that is open or closed, the curl of a 9, the loop of a
2, the slash of a 0; and of every digit: strokes that end sooner or later, or stand apart.
An edit is for a digit that lacks what it adds; what it can't do it leaves as it was. It knows
nothing of pens, pixels and tensors. Strokes are (N, 2), x and y, y downward, in any unit.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float32]
Strokes = Sequence[Stroke]
Edit = Callable[[Strokes, np.random.Generator], Strokes]

_NEAR_END: Final = 0.12
"""Share of a digit's height within which a point counts as at its top or its bottom."""


def restyle(strokes: Strokes, digit: int, random: np.random.Generator, *, share: float) -> Strokes:
    """Return the digit as somebody else may write it; with the chance `share` each its own edit.

    The strokes given are left as they are.
    """
    for edit in EDITS.get(digit, ()):
        if random.random() < share:
            strokes = edit(strokes, random)
    if random.random() < share:
        strokes = _shift_strokes(strokes, random)
    if random.random() < share:
        strokes = _trim(strokes, random)
    return strokes


def add_flag(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Begin a 1 with an upstroke, short or long, as Europeans do; a flag it has is replaced."""
    strokes = remove_flag(strokes, random)
    first = strokes[0]
    height = _height(strokes)
    if _top(strokes) + _NEAR_END * height < first[0, 1]:
        return strokes
    length = random.uniform(0.2, 0.9) * height
    angle = math.radians(random.uniform(25, 65))
    tip = first[0] + _vector(-length * math.cos(angle), length * math.sin(angle))
    middle = (tip + first[0]) / 2 + random.normal(0, 0.03 * height, 2)
    flag = _curve(tip, middle, first[0])
    if random.random() < 0.2:
        return [_as_stroke(flag), *strokes]
    return [_as_stroke([*flag, *first[1:]]), *strokes[1:]]


def remove_flag(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Begin a 1 at its top."""
    first = strokes[0]
    top = int(first[:, 1].argmin())
    is_flag = first[0, 1] > first[top, 1] + _NEAR_END / 2 * _height(strokes)
    return [first[top:], *strokes[1:]] if is_flag and top < len(first) - 2 else strokes


def add_foot(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Stand a 1 of one stroke on a line."""
    last, height = strokes[-1], _height(strokes)
    if len(strokes) > 1 and np.ptp(last[:, 1]) < 0.3 * height:
        return strokes  # it has one
    left, right = random.uniform(0.1, 0.38, 2) * height
    lift, tilt = random.normal(0, 0.025, 2) * height
    foot = last[last[:, 1].argmax()] + np.array([[-left, lift + tilt], [right, lift - tilt]])
    return [*strokes, _as_stroke(foot)]


def remove_foot(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Take the line away on which a 1 stands."""
    is_foot = len(strokes) > 1 and np.ptp(strokes[-1][:, 1]) < 0.3 * _height(strokes)
    return strokes[:-1] if is_foot else strokes


def add_bar(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Cross the stem of a 7 that is one stroke, or change the bar it has."""
    strokes = remove_bar(strokes, random)
    if len(strokes) > 1:
        return strokes
    height, stem = _height(strokes), strokes[0]
    level = _top(strokes) + random.uniform(0.35, 0.65) * height
    crossed = stem[_last_at(stem, level)]
    left, right = random.uniform(0.12, 0.32, 2) * height
    tilt = random.uniform(-0.06, 0.09) * height
    return [*strokes, _as_stroke(crossed + np.array([[-left, tilt], [right, -tilt]]))]


def remove_bar(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Take the bar of a 7 away: a short last stroke in the middle."""
    if len(strokes) != 2:
        return strokes
    height, last = _height(strokes), strokes[1]
    middle = (float(last[:, 1].mean()) - _top(strokes)) / height
    is_bar = np.ptp(last[:, 1]) < 0.35 * height and 0.25 < middle < 0.8
    return strokes[:1] if is_bar else strokes


def open_or_close(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Lead the two upper ends of a 4 of two strokes together, or apart."""
    if len(strokes) != 2:
        return strokes
    first, second = strokes
    gap = second[second[:, 1].argmin()] - first[0]
    corner = int(first[:, 0].argmin())
    if corner < 2 or np.hypot(*gap) > 0.8 * _height(strokes):
        return strokes
    # The start goes all the way, the corner stays where it is.
    along = np.linspace(1, 0, corner + 1)[:, None]
    moved = first.copy()
    moved[: corner + 1] += (along * gap * random.uniform(-0.5, 1.05)).astype(np.float32)
    return [moved, second]


def lengthen_or_shorten(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Let the left stroke of a 4 rise higher, and the upright begin lower or end sooner."""
    if len(strokes) != 2:
        return strokes
    first, second = strokes
    height, corner = _height(strokes), int(first[:, 0].argmin())
    if corner < 2 or np.ptp(second[:, 1]) < 0.4 * height:
        return strokes
    rise, lean = random.uniform(-0.1, 0.45) * height, random.uniform(-0.1, 0.3) * height
    moved = first.copy()
    along = np.linspace(1, 0, corner + 1, dtype=np.float32)[:, None]
    moved[: corner + 1] += along * _vector(lean, -rise)
    level = second[:, 1].min() + random.uniform(0, 0.35) * height
    end = max(second[:, 1].max() - random.uniform(0, 0.2) * height, first[-1, 1] + 0.1 * height)
    kept = second[(second[:, 1] >= level) & (second[:, 1] <= end)]
    return [moved, kept if len(kept) > 2 else second]


def curl(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Let the tail of a 9 swing out to the left, and up again."""
    last, height = strokes[-1], _height(strokes)
    if last[-1, 1] < _top(strokes) + (1 - _NEAR_END) * height or len(last) < 4:
        return strokes
    cut = max(3, int(len(last) * random.uniform(0.85, 1.0)))
    way = last[cut - 1] - last[max(0, cut - 4)]
    heading = math.atan2(way[1], way[0])
    upward = math.radians(260) - heading % (2 * math.pi)  # no further, or it is an 8
    turn = max(0.0, min(math.radians(random.uniform(50, 200)), upward))
    hook = _arc(last[cut - 1], heading, turn, random.uniform(0.2, 0.8) * height)
    return [*strokes[:-1], _as_stroke([*last[:cut], *hook])]


def add_loop(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Go round once where a 2 turns to its foot."""
    first, height = strokes[0], _height(strokes)
    below = np.flatnonzero(first[:, 1] > _top(strokes) + 0.6 * height)
    if len(strokes) > 1 or len(below) < 6:
        return strokes
    corner = int(below[0] + first[below[0] :, 0].argmin())
    if not 4 < corner < len(first) - 4:
        return strokes
    come, go = first[corner] - first[corner - 4], first[corner + 3] - first[corner]
    heading = math.atan2(come[1], come[0])
    turn = (math.atan2(go[1], go[0]) - heading) % (2 * math.pi)
    if not math.pi * 0.8 < turn < math.pi * 1.8:
        return strokes  # this one is round there, or looped already
    loop = _arc(first[corner], heading, turn, random.uniform(0.25, 0.7) * height)
    rest = first[corner + 1 :] + (loop[-1] - first[corner])
    return [_as_stroke([*first[: corner + 1], *loop, *rest])]


def add_slash(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Strike a 0 of one stroke through, from below on the left to above on the right.

    It becomes narrower or wider, too: that is where a slashed 0 is taken for an 8.
    """
    if len(strokes) > 1:
        return strokes
    ring = strokes[0] * _vector(random.uniform(0.55, 1.15), 1)
    low, high = ring.min(axis=0), ring.max(axis=0)
    half = (high - low) / 2 * random.uniform(0.5, 1.3, 2)
    middle = (low + high) / 2 + random.normal(0, 0.04, 2) * (high - low)
    ends = middle + np.array([[-1, 1], [1, -1]]) * half
    return [ring, _as_stroke(ends if random.random() < 0.5 else ends[::-1])]


EDITS: Final[Mapping[int, tuple[Edit, ...]]] = {
    0: (add_slash,),
    1: (remove_foot, remove_flag, add_flag, add_foot),
    2: (add_loop,),
    4: (lengthen_or_shorten, open_or_close),
    7: (remove_bar, add_bar),
    9: (curl,),
}
"""The edits of each digit in the order in which they are tried."""


def _shift_strokes(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Move the later strokes a little against the first."""
    moves = random.normal(0, 0.04 * _height(strokes), (len(strokes), 2)).astype(np.float32)
    moves[0] = 0
    return [stroke + move for stroke, move in zip(strokes, moves, strict=True)]


def _trim(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Begin a little later and end a little sooner."""
    start, end = random.uniform(0, 0.07, 2)
    first = strokes[0]
    cut = int(start * len(first))
    strokes = [first[cut:], *strokes[1:]]
    last = strokes[-1]
    return [*strokes[:-1], last[: len(last) - int(end * len(last))]]


def _arc(start: Stroke, heading: float, turn: float, length: float) -> Stroke:
    """Return points of a bend that begins at `start` with this heading, in radians from x to y."""
    count = 12
    headings = heading + turn * (np.arange(count) + 0.5) / count
    steps = np.stack([np.cos(headings), np.sin(headings)], axis=1) * (length / count)
    return start + steps.cumsum(axis=0).astype(np.float32)


def _curve(start: Stroke, through: Stroke, end: Stroke) -> Stroke:
    """Return points of a bend from `start` to `end`, both included (a quadratic one)."""
    along = np.linspace(0, 1, 7, dtype=np.float32)[:, None]
    handle = 2 * through - (start + end) / 2
    points = (1 - along) ** 2 * start + 2 * along * (1 - along) * handle + along**2 * end
    return points.astype(np.float32)


def _last_at(stroke: Stroke, level: float) -> int:
    """Return the last point that is not below `level`."""
    above = np.flatnonzero(stroke[:, 1] <= level)
    return int(above[-1]) if len(above) else 0


def _top(strokes: Strokes) -> float:
    return float(min(stroke[:, 1].min() for stroke in strokes))


def _height(strokes: Strokes) -> float:
    return max(1e-6, float(max(stroke[:, 1].max() for stroke in strokes)) - _top(strokes))


def _vector(x: float, y: float) -> Stroke:
    return np.array([x, y], np.float32)


def _as_stroke(points: Sequence[NDArray[np.floating]] | NDArray[np.floating]) -> Stroke:
    return np.asarray(points, np.float32)
