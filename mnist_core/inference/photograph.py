"""From a picture one was given to its ink: photographs of paper, scans, screenshots, MNIST's own.

A picture made by a computer has one flat ground: its ink is what differs from it, untouched. On a
photograph light and shadow make the ground differ from place to place. It is estimated by a
closing (the black top-hat of mathematical morphology: Serra, "Image analysis and mathematical
morphology", 1982), which fills up lines and leaves the edges of shadows and sheets where they are.
What is darker than that ground is parted by Otsu's threshold ("A threshold selection method from
gray-level histograms", 1979). Noise sets the limit below which nothing counts, so that blank paper
stays blank.

It knows nothing of networks: numpy, scipy and Pillow only. H, W are a picture's height and width.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mnist_core.data.preprocess import Bytes
from mnist_core.inference.picture import LONGER_SIDE, open_picture

_FLAT: Final = 2
"""A ground of a computer's making differs no more than that from its own grey (of 255)."""

_WIDEST_LINE: Final = 0.15
"""What is wider than this share of a photograph's longer side is ground, not a pen's line."""

_FAINTEST: Final = 0.08
_NOISE: Final = 5.0
"""Ink is darker than its ground by that share at least, and by so many deviations of the noise."""

_LEAST_PAPER: Final = 64
_LEAST_BOARD: Final = 128
"""The ground counts as so light at least, or noise would stand out where it is darkest."""

_BESIDE: Final = 0.01
"""So far from a line, as a share of the longer side, is what lies beside it."""

_MOST_DARKER: Final = 0.1
"""Of what lies beside a line no larger share is darker than it is."""

_SPECK: Final = 0.02
"""What is shorter than this share of a photograph's longer side is dust or noise."""

_MARGIN: Final = 0.1

_Floats = NDArray[np.floating]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A picture one was given and the ink found in it.

    `picture`: uint8 (H, W, 3), upright. `ink`: uint8 (h, w), light on black, all of the picture or
    the part from `corner`, (top, left), that holds ink; all black where there is none.
    `is_evened`: whether light and shadow were taken out.
    """

    picture: Bytes
    ink: Bytes
    corner: tuple[int, int]
    is_evened: bool


def read_photograph(content: bytes, name: str = "The file") -> Photograph:
    """Find the ink of a picture file, dark on light or light on dark.

    `name` is what an error calls it. Raises `DataError` with the reason and the remedy.
    """
    picture = open_picture(content, name)
    grey = np.asarray(picture.convert("L"))
    ink = _flat_ink(grey)
    is_evened = ink is None
    if ink is None:
        ink = _paper_ink(grey)
    ink, corner = _look_closer(ink)
    return Photograph(picture=np.asarray(picture), ink=ink, corner=corner, is_evened=is_evened)


def _flat_ink(grey: Bytes) -> Bytes | None:
    """Return what differs from a flat ground, which the border tells; None where none is flat."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = int(np.median(border))
    darker = ground - np.minimum(grey, ground).astype(np.int16)
    lighter = np.maximum(grey, ground).astype(np.int16) - ground
    ink = darker if darker.sum() > lighter.sum() else lighter
    is_ground = np.abs(grey.astype(np.int16) - ground) <= _FLAT
    is_between = ~is_ground & (ink < 0.4 * ink.max())
    if is_ground.mean() < 0.4 or is_between.mean() > 0.2:
        return None
    return ink.astype(np.uint8)


def _paper_ink(grey: Bytes) -> Bytes:
    """Return the ink on unevenly lit ground, with soft edges; all black where there is none."""
    smooth = ndimage.gaussian_filter(grey.astype(np.float32), max(grey.shape) / LONGER_SIDE)
    dark = _find_lines(smooth, _LEAST_PAPER)
    light = _find_lines(255 - smooth, _LEAST_BOARD)
    return dark.ink if dark.likeness >= light.likeness else light.ink


@dataclass(frozen=True)
class _Lines:
    """Ink (H, W), and how much it is like a pen's lines: long, thin and strong."""

    ink: Bytes
    likeness: float


def _find_lines(grey: _Floats, least: float) -> _Lines:
    darker = _stands_out(grey, least)
    noise = 1.4826 * float(np.median(np.abs(darker)))
    faintest = max(_FAINTEST, _NOISE * noise)
    for _ in range(3):
        candidates = darker[darker > faintest]
        if candidates.size == 0:
            break
        limit = _otsu(candidates)
        is_ink, others = _sort_out(darker > limit, grey)
        if is_ink.any():
            return _Lines(_soften(darker, is_ink, limit), _likeness(darker, is_ink))
        darker = np.where(ndimage.binary_dilation(others, iterations=3), 0, darker)
    return _Lines(np.zeros(darker.shape, np.uint8), 0)


def _likeness(darker: _Floats, is_ink: _Mask) -> float:
    """Return the mean over all ink of its strength times its part's length in widths.

    Seen the wrong way round, light for dark, the ground between lines is what stands out, and
    that is neither long nor thin.
    """
    labels = np.zeros(is_ink.shape, np.int32)
    ndimage.label(is_ink, structure=np.ones((3, 3)), output=labels)
    core = np.asarray(ndimage.binary_erosion(is_ink), np.bool_)
    inside, edge = labels[is_ink], labels[is_ink & ~core]
    area = np.maximum(np.bincount(inside), 1)
    strength = np.bincount(inside, darker[is_ink])
    outline = np.bincount(edge, minlength=len(area))
    return float((strength * outline**2 / area).sum() / inside.size)


def _line_width(grey: NDArray[np.generic]) -> int:
    return max(3, round(_WIDEST_LINE * max(grey.shape)))


def _stands_out(grey: _Floats, least: float) -> _Floats:
    """Return by what share each pixel is darker than its ground, if it is part of a thin line.

    The ground is the picture closed by a square: whatever is narrower than the square is filled
    up, and the edges of what is wider, a shadow or the sheet itself, stay where they are.
    """
    side = _line_width(grey)
    calm = ndimage.gaussian_filter(grey, 2 * max(grey.shape) / LONGER_SIDE)
    # Padded, because closing forgets between its two steps what it saw beyond the border.
    padded = ndimage.grey_closing(np.pad(calm, side, mode="edge"), (side, side))
    ground = padded[side:-side, side:-side]
    darker = (ground - grey) / np.maximum(ground, least)
    return darker - np.median(darker)


def _otsu(values: _Floats) -> float:
    """Return the limit that parts values in [0, 1] into two classes most alike within."""
    counts, edges = np.histogram(values, bins=128)
    middles = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = total / below - (total[-1] - total) / above
    between = np.where(above > 0, below * above * apart**2, 0)
    return float(edges[1 + int(np.argmax(between))])


def _sort_out(mask: _Mask, grey: _Floats) -> tuple[_Mask, _Mask]:
    """Part a mask into ink, and what cannot be: specks, edges, and what runs off the picture."""
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, structure=np.ones((3, 3)), output=labels)
    height, width = mask.shape
    kept = np.zeros(1 + int(labels.max()), np.bool_)
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        runs_off = (
            min(rows.start, columns.start) == 0 or rows.stop == height or columns.stop == width
        )
        is_long = longer >= _SPECK * max(mask.shape) and not runs_off
        kept[number] = is_long and not _is_edge(labels, number, (rows, columns), grey)
    is_ink = kept[labels]
    return is_ink, mask & ~is_ink


def _is_edge(
    labels: NDArray[np.int32], number: int, place: tuple[slice, slice], grey: _Floats
) -> bool:
    """Whether the part is where two grounds meet, as a sheet and a desk: one is darker than it is.

    Of a pen's line both sides are lighter.
    """
    far = max(3, round(_BESIDE * max(grey.shape)))
    rows, columns = (slice(max(0, one.start - far), one.stop + far) for one in place)
    part, around = labels[rows, columns] == number, grey[rows, columns]
    beside = around[_grown(part, far) & ~_grown(labels[rows, columns] > 0, 2)]
    return beside.size > 0 and float((beside < around[part].mean()).mean()) > _MOST_DARKER


def _grown(mask: _Mask, steps: int) -> _Mask:
    return np.asarray(ndimage.binary_dilation(mask, iterations=steps), np.bool_)


def _soften(darker: _Floats, is_ink: _Mask, limit: float) -> Bytes:
    """Return the ink from 0 for half the limit to 255 where it is as dark as ink mostly is."""
    full = max(float(np.median(darker[is_ink])), 1.2 * limit)
    near = ndimage.binary_dilation(is_ink, iterations=2)
    soft = ((darker - 0.5 * limit) / (full - 0.5 * limit)).clip(0, 1)
    return np.where(near, 255 * soft, 0).round().astype(np.uint8)


def _look_closer(ink: Bytes) -> tuple[Bytes, tuple[int, int]]:
    """Cut out the part with the ink if it is small; also return its corner, (top, left)."""
    if not ink.any():
        return ink, (0, 0)
    is_ink = ink >= 0.25 * int(ink.max())
    rows, columns = (np.flatnonzero(is_ink.any(axis)) for axis in (1, 0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    if longer > max(ink.shape) / 2:
        return ink, (0, 0)
    margin = round(_MARGIN * longer) + 2
    top, left = max(0, int(rows[0]) - margin), max(0, int(columns[0]) - margin)
    return ink[top : rows[-1] + margin + 1, left : columns[-1] + margin + 1], (top, left)
