"""Pen strokes drawn straight into 28×28, as `preprocess` would leave a drawing of them.

A pure, batched function of tensors and a generator: no canvas is drawn and scaled down. A pixel's
ink is a function of its distance to the nearest stroke, so a thousand digits take some 0.2 s.

B digits of P points; S = P - 1 segments, each from a point to the next; G = 20 · 20 pixels of the
box into which a digit is fitted. x before y, y downward, in any unit.

Where a pixel lies along and across a segment is linear in the pixel's place, so all of it is one
matrix product, segments (B · S, 3) @ places (3, G). What a segment's pen makes of it (its own
width, a cap that is flat) is a factor in these numbers and costs nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mnist_core.images import SIDE

Strokes = Sequence[NDArray[np.floating]]
"""A digit as a pen wrote it: each stroke (N, 2), x and y, y downward, N at least 1."""

NUM_POINTS: Final = 48

_BOX: Final = 20
_CENTRE: Final = 14

_SOFTNESS: Final = 0.577
"""Standard deviation in pixels of a drawn edge: the blur of `preprocess` (0.5) and a pixel's own
breadth (the root of 1/12)."""

_FRINGE: Final = 0.68
"""Pixels by which softened ink reaches beyond the pen before it is too faint for the outline."""

_BATCH: Final = 32
"""Digits drawn at a time: few enough for their distances to stay in the cache."""

_NUM_WAVES: Final = 4
_NUM_TREMORS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Strokes as tensors, so that many digits can be bent and drawn at once.

    `points`: (B, P, 2) float32, evenly spaced along each stroke. `is_drawn`: (B, S) bool, whether
    the pen was down from a point to the next.
    """

    points: Tensor
    is_drawn: Tensor

    def __len__(self) -> int:
        return len(self.points)

    def select(self, index: Tensor) -> "Paths":
        """Return the digits at `index` (N,) int64."""
        return Paths(points=self.points[index], is_drawn=self.is_drawn[index])


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How differently hands and pens write; all at their defaults, a middling pen and no change.

    Each amount is uniform in ± the value, unless said otherwise.
    """

    rotation: float = 0.0
    """Degrees about the middle."""
    slant: float = 0.0
    """Degrees by which uprights lean."""
    aspect: float = 0.0
    """Natural logarithm of how much wider for its height."""
    proportion: float = 0.0
    """How far the middle moves up or down, and aside, as a share of half the digit's length: a 9
    gets a small head and a long tail. At most 0.5."""
    bend: float = 0.0
    """Smooth displacement: standard deviation as a share of half the digit's length."""
    tremor: float = 0.0
    """Unsteadiness along the stroke: standard deviation, the same share."""
    width: tuple[float, float] = (2.2, 2.2)
    """Least and greatest width of the pen in pixels of the 20×20 box, uniform in its logarithm."""
    pressure: float = 0.0
    """Share by which the pen's width swells and shrinks on its way."""
    flat: float = 0.0
    """Share of the pens that end square, not round."""


def pack(digits: Sequence[Strokes], num_points: int = NUM_POINTS) -> Paths:
    """Return digits' strokes as paths of `num_points` each, spaced evenly along each stroke.

    No digit has more than `num_points` / 2 strokes; a dot becomes two points in one place.
    """
    points = np.zeros((len(digits), num_points, 2), np.float32)
    is_drawn = np.zeros((len(digits), num_points - 1), bool)
    for number, strokes in enumerate(digits):
        _resample(strokes, points[number], is_drawn[number])
    return Paths(points=torch.from_numpy(points), is_drawn=torch.from_numpy(is_drawn))


def _resample(strokes: Strokes, points: NDArray[np.float32], is_drawn: NDArray[np.bool_]) -> None:
    assert 0 < 2 * len(strokes) <= len(points)
    steps = [np.hypot(*np.diff(stroke, axis=0).T) for stroke in strokes]
    lengths = np.array([step.sum() for step in steps])
    spare = len(points) - 2 * len(strokes)
    shares = lengths * spare / max(lengths.sum(), 1e-9)
    counts = 2 + np.floor(shares).astype(int)
    counts[lengths.argmax()] += len(points) - counts.sum()
    start = 0
    for stroke, step, length, count in zip(strokes, steps, lengths, counts.tolist(), strict=True):
        travelled = np.concatenate([[0.0], step.cumsum()])
        wanted = np.linspace(0.0, length, count)
        for axis in (0, 1):
            points[start : start + count, axis] = np.interp(wanted, travelled, stroke[:, axis])
        is_drawn[start : start + count - 1] = True
        start += count


def write(paths: Paths, generator: torch.Generator, hand: Hand) -> Tensor:
    """Draw each digit once, by another hand and with another pen: (B, 1, 28, 28) uint8."""
    bent = _bend(paths.points, generator, hand)
    low, high = (math.log(width) for width in hand.width)
    width = torch.exp(low + (high - low) * torch.rand(len(paths), generator=generator))
    is_flat = torch.rand(len(paths), generator=generator) < hand.flat
    swell = torch.ones(paths.is_drawn.shape)
    if hand.pressure:
        noise = torch.randn((len(paths), 3), generator=generator).mul_(hand.pressure / 3**0.5)
        swell = torch.exp(noise @ _tremors(paths.is_drawn.shape[1])[:3])
    crossing = torch.rand(len(paths), generator=generator)
    bent_paths = Paths(points=bent, is_drawn=paths.is_drawn)
    drawn = draw(bent_paths, width, is_flat=is_flat, swell=swell, crossing=crossing)
    return drawn.mul_(255).round_().to(torch.uint8)


def draw(
    paths: Paths,
    width: Tensor,
    *,
    is_flat: Tensor | None = None,
    swell: Tensor | None = None,
    crossing: Tensor | None = None,
) -> Tensor:
    """Draw each digit fitted into 20×20 and centred by mass: (B, 1, 28, 28) float32 in [0, 1].

    `width`: (B,) pixels of the box. `is_flat`: (B,) bool, pens that end square; else all are
    round. `swell`: (B, S), the pen's width on each segment as a multiple of `width`. `crossing`:
    (B,) in [0, 1]: the most ink of a drawing is white, and where a thin pen's lines cross there is
    more than along them; 0 is for a line alone, 1 for lines that cross at right angles.
    """
    flat = torch.zeros(len(paths), dtype=torch.bool) if is_flat is None else is_flat
    swell = torch.ones(paths.is_drawn.shape) if swell is None else swell
    crossing = torch.zeros(len(paths)) if crossing is None else crossing
    parts: list[Tensor] = []
    for start in range(0, len(paths), _BATCH):
        some = slice(start, start + _BATCH)
        part = Paths(points=paths.points[some], is_drawn=paths.is_drawn[some])
        fitted, size = _fit(part, width[some])
        distance = _distance(fitted, part.is_drawn, flat[some], swell[some])
        parts.append(_centre(_ink(distance, width[some], crossing[some]), size))
    return torch.cat(parts) if parts else torch.zeros((0, 1, SIDE, SIDE))


def _bend(points: Tensor, generator: torch.Generator, hand: Hand) -> Tensor:
    """Return the points (B, P, 2) as another hand would have set them, in units of half a digit."""
    low, high = points.amin(1, keepdim=True), points.amax(1, keepdim=True)
    half = (high - low).amax(2, keepdim=True).clamp(min=1e-6) / 2
    placed = (points - (low + high) / 2) / half
    angle, slant, aspect = torch.rand((3, len(points)), generator=generator) * 2 - 1
    angle = angle * math.radians(hand.rotation)
    slant = torch.tan(slant * math.radians(hand.slant))
    stretch = torch.exp(aspect * hand.aspect / 2)
    cos, sin = angle.cos(), angle.sin()
    # Points are rows: stretch, then slant (x grows with height), then turn.
    change = torch.stack(
        [
            torch.stack([stretch * cos, stretch * sin], 1),
            torch.stack([(slant * cos - sin) / stretch, (slant * sin + cos) / stretch], 1),
        ],
        1,
    )
    if hand.proportion:
        moved = torch.rand((len(points), 1, 2), generator=generator) * 2 - 1
        placed = placed + moved * hand.proportion * (1 - placed.square())
    if hand.bend:
        waves = _waves(placed)
        noise = torch.randn((len(points), waves.shape[2], 2), generator=generator)
        placed = placed + torch.bmm(waves, noise * hand.bend)
    if hand.tremor:
        noise = torch.randn((2, len(points), _NUM_TREMORS), generator=generator)
        shaken = (noise * hand.tremor / _NUM_TREMORS**0.5) @ _tremors(points.shape[1])
        placed = placed + shaken.permute(1, 2, 0)
    return torch.bmm(placed, change)


def _waves(placed: Tensor) -> Tensor:
    """Return smooth waves over the plane at points in ±1: (B, P, 15), weighted to variance one."""
    periods = torch.arange(_NUM_WAVES)
    angles = (placed.unsqueeze(3) + 1) * (torch.pi / 2) * periods  # (B, P, 2, 4)
    waves = angles.cos() * torch.exp(-0.1 * periods**2)  # long waves bend more than short
    planes = (waves[:, :, 0, :, None] * waves[:, :, 1, None, :]).flatten(2)[:, :, 1:]
    return planes / planes.square().sum(2, keepdim=True).sqrt().clamp(min=1e-6)


def _tremors(num_points: int) -> Tensor:
    """Return waves along the way of a pen: (8, P), of mean square one."""
    along = torch.linspace(0, torch.pi, num_points)
    return torch.cos(along * torch.arange(1, _NUM_TREMORS + 1)[:, None]) * 2**0.5


def _fit(paths: Paths, width: Tensor) -> tuple[Tensor, Tensor]:
    """Scale digits into the box; return their points (B, P, 2) and (B, 2) whole sizes in pixels."""
    low, high = paths.points.amin(1, keepdim=True), paths.points.amax(1, keepdim=True)
    extent = (high - low)[:, 0]
    border = width[:, None] + 2 * _FRINGE
    scale = (_BOX - border) / extent.amax(1, keepdim=True).clamp(min=1e-6)
    size = (extent * scale + border).round().clamp(max=_BOX)
    # Stretched to whole pixels, as a picture is that is scaled; a dot or a line stays as it is.
    stretched = torch.where(extent * scale > 1, (size - border) / extent.clamp(min=1e-6), scale)
    middle = (low + high) / 2
    return (paths.points - middle) * stretched[:, None] + size[:, None] / 2, size


def _distance(fitted: Tensor, is_drawn: Tensor, is_flat: Tensor, swell: Tensor) -> Tensor:
    """Return each pixel's distance to the nearest segment, in pixels: (B, 20, 20).

    Distances are divided by the pen's swelling; along a flat end they are quadrupled, so that the
    pen hardly reaches beyond it.
    """
    start, end = fitted[:, :-1], fitted[:, 1:]
    way = end - start
    length = way.square().sum(2).sqrt()
    unit = torch.where(length[..., None] > 1e-6, way / length.clamp(min=1e-6)[..., None], 0.0)
    unit[..., 0] = torch.where(length > 1e-6, unit[..., 0], 1.0)
    pen_up = F.pad(~is_drawn, (1, 1), value=True)
    is_end = (pen_up[:, :-2] | pen_up[:, 2:]) & is_flat[:, None]
    across_factor = 1 / swell
    along_factor = torch.where(is_end, 4.0, 1.0) / swell
    middle = (start + end) / 2
    normal = torch.stack([-unit[..., 1], unit[..., 0]], 2)
    along = torch.cat([unit, -(unit * middle).sum(2, keepdim=True)], 2) * along_factor[..., None]
    across = torch.cat([normal, -(normal * middle).sum(2, keepdim=True)], 2)
    across = across * across_factor[..., None]
    half = torch.where(is_drawn, length / 2, -1e3) * along_factor
    places = _places()
    beyond = (along @ places).abs_().sub_(half[..., None]).clamp_(min=0)
    squared = beyond.square_().add_((across @ places).square_())
    return squared.amin(1).sqrt_().unflatten(1, (_BOX, _BOX))


def _places() -> Tensor:
    """Return x, y and 1 at the centre of each pixel of the box: (3, G)."""
    centres = torch.arange(_BOX) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y, torch.ones_like(x)]).flatten(1)


def _ink(distance: Tensor, width: Tensor, crossing: Tensor) -> Tensor:
    """Return ink (B, 20, 20) in [0, 1]: lines with edges as soft as a scan's."""
    radius = width[:, None, None] / 2
    scale = 1 / (_SOFTNESS * 2**0.5)
    ink = torch.erf((radius - distance) * scale) + torch.erf((radius + distance) * scale)
    line = ink.amax((1, 2), keepdim=True).clamp(min=1e-6) / 2
    most = line.lerp(1 - (1 - line).square(), crossing[:, None, None])
    return ink / 2 / most


def _centre(ink: Tensor, size: Tensor) -> Tensor:
    """Place the box on 28×28 by whole pixels, as `preprocess` does: (B, 1, 28, 28)."""
    pixels = torch.arange(_BOX)
    is_inside_x = pixels < size[:, :1]
    is_inside_y = pixels < size[:, 1:]
    ink = ink * is_inside_y[:, :, None] * is_inside_x[:, None, :]
    mass = ink.sum((1, 2))
    column = (ink.sum(1) @ pixels.float()) / mass
    row = (ink.sum(2) @ pixels.float()) / mass
    left = torch.minimum((_CENTRE - column).round().clamp(min=0), SIDE - size[:, 0]).long()
    top = torch.minimum((_CENTRE - row).round().clamp(min=0), SIDE - size[:, 1]).long()
    padded = F.pad(ink, (SIDE, SIDE - _BOX, SIDE, SIDE - _BOX))
    reach = torch.arange(SIDE)
    rows = SIDE + reach - top[:, None]
    columns = SIDE + reach - left[:, None]
    number = torch.arange(len(ink))
    return padded[number[:, None, None], rows[:, :, None], columns[:, None, :]][:, None]
