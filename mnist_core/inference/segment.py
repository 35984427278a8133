"""Which ink of a drawing belongs to which digit: connected parts, joined and put in order.

Whatever is read, shown or explained as a digit comes from here, so that all see the same ink. It
knows nothing of networks. H, W are a drawing's height and width in pixels; a box is (top, left,
bottom, right) in pixels, the last two excluded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mnist_core.data.preprocess import Bytes, Stages, full_range, grey_ink, stages_of_ink
from mnist_core.inference.reading import Box

_Mask = NDArray[np.bool_]
_Labels = NDArray[np.int32]

_FAINTEST_INK: Final = 26
"""Grey (of 255) from which a pixel is ink: `preprocess` draws a digit's outline there too."""

_MOST_CELLS: Final = 160
"""A drawing is looked at in cells so large that its longer side counts at most so many."""

_SPECK: Final = 0.2
"""What is shorter than this share of the largest part, and touches none, is a speck."""

_SHARED_COLUMNS: Final = 0.5
"""Parts that share this much of the narrower one's columns stand above each other."""

_SAME_SIZE: Final = 0.6
"""A part as tall as this share of the one above or below it is a digit of its own line."""

_NEAR: Final = 0.35
"""Parts of one digit are no farther apart, measured by the larger one's height."""

_WIDEST_DIGIT: Final = 1.6
"""A digit is no wider than so many times its height; wider ink is several that touch."""


_LEAST_INSIDE: Final = 0.05
"""What is shorter than this share of the loop around it is dirt."""

_MOST_INSIDE: Final = 1
"""Some write a zero with a dot in it; a loop around more than that is a face or a figure."""


@dataclass(frozen=True)
class Part:
    """The ink of one digit: its box in the drawing, and a picture of it alone, grey on black.

    `ink`: uint8 (h, w), from 0 to 255. `num_inside`: bits of ink that a loop of it goes around
    without touching them, the specks that were left out among them.
    """

    box: Box
    ink: Bytes
    num_inside: int = 0

    @property
    def stages(self) -> Stages:
        """How the ink becomes the 28×28 pixels that a network is given."""
        return stages_of_ink(self.ink)

    @property
    def is_too_wide(self) -> bool:
        """Whether this is several digits that touch each other."""
        top, left, bottom, right = self.box
        return right - left > _WIDEST_DIGIT * (bottom - top)

    @property
    def is_figure(self) -> bool:
        """Whether there is more within a loop of it than in any digit's: two eyes, say."""
        return self.num_inside > _MOST_INSIDE


def find_digits(drawing: Bytes) -> list[list[Part]]:
    """Return the digits of a drawing: lines from above, each from the left; [] if it is blank.

    `drawing`: uint8 (H, W), (H, W, 3) or (H, W, 4), light ink on dark. Connected ink is one part.
    Parts that lie within or above each other, or are a small bit beside a large one, are one
    digit; specks belong to none. Raises `ValueError` for another type or shape.
    """
    ink = grey_ink(drawing)
    return [] if ink is None else _digits_of(ink)


def find_one_digit(drawing: Bytes) -> Part | None:
    """Return a drawing's ink as that of one digit, without specks; None if it is blank.

    Where `find_digits` finds several, it is all of the ink, specks and all: there is no telling
    which of them is meant. Raises `ValueError` as `find_digits` does.
    """
    ink = grey_ink(drawing)
    if ink is None:
        return None
    parts = [part for line in _digits_of(ink) for part in line]
    if len(parts) == 1:
        return parts[0]
    tops, lefts, bottoms, rights = zip(*(part.box for part in parts), strict=True)
    return Part((min(tops), min(lefts), max(bottoms), max(rights)), ink)


def _digits_of(ink: Bytes) -> list[list[Part]]:
    """Return the digits of grey ink on black (H, W), not blank."""
    cell = max(1, -(-max(ink.shape) // _MOST_CELLS))
    mask = _in_cells(ink >= _FAINTEST_INK, cell)
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, structure=np.ones((3, 3)), output=labels)
    groups = _join(_drop_specks(_boxes(labels)))
    digits = [_cut_out(ink, labels, group, cell) for group in groups]
    return _in_lines(digits)


def _in_cells(mask: _Mask, cell: int) -> _Mask:
    """Return which cells of `cell`×`cell` pixels hold ink."""
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % cell), (0, -width % cell)))
    # Both ways at once takes three times as long.
    by_row: _Mask = np.logical_or.reduce(padded.reshape(-1, cell, padded.shape[1]), axis=1)
    return np.logical_or.reduce(by_row.reshape(len(by_row), -1, cell), axis=2)


@dataclass(frozen=True)
class _Piece:
    """Connected parts that belong together: their labels and their common box, in cells."""

    labels: tuple[int, ...]
    box: Box

    @property
    def height(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def width(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def size(self) -> int:
        return max(self.height, self.width)

    def joined(self, other: "_Piece") -> "_Piece":
        low = map(min, self.box[:2], other.box[:2])
        high = map(max, self.box[2:], other.box[2:])
        top, left, bottom, right = (*low, *high)
        return _Piece(self.labels + other.labels, (top, left, bottom, right))


def _boxes(labels: _Labels) -> list[_Piece]:
    return [
        _Piece((number,), (rows.start, columns.start, rows.stop, columns.stop))
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1)
    ]


def _drop_specks(pieces: Sequence[_Piece]) -> list[_Piece]:
    largest = max((piece.size for piece in pieces), default=0)
    return [piece for piece in pieces if piece.size >= _SPECK * largest]


def _join(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Join what belongs together, the largest pieces first, until nothing does."""
    digits: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: -piece.size):
        current = piece
        while (found := next((d for d in digits if _belong(d, current)), None)) is not None:
            digits.remove(found)
            current = found.joined(current)
        digits.append(current)
    return digits


def _belong(one: _Piece, other: _Piece) -> bool:
    """Whether two pieces are of one digit."""
    columns = _overlap(one.box[1::2], other.box[1::2])
    rows = _overlap(one.box[0::2], other.box[0::2])
    large, small = (one, other) if one.size >= other.size else (other, one)
    if columns >= _SHARED_COLUMNS * min(one.width, other.width):
        is_of_same_line = rows > 0 or small.height < _SAME_SIZE * large.height
        return is_of_same_line and -rows <= _NEAR * large.height
    return False


def _overlap(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how much two spans overlap; what lies between them is negative."""
    return min(one[1], other[1]) - max(one[0], other[0])


def _cut_out(ink: Bytes, labels: _Labels, piece: _Piece, cell: int) -> Part:
    top, left, bottom, right = (cell * edge for edge in piece.box)
    bottom, right = min(bottom, ink.shape[0]), min(right, ink.shape[1])
    found = labels[slice(*piece.box[0::2]), slice(*piece.box[1::2])]
    is_own = np.isin(found, piece.labels)
    alone = ink[top:bottom, left:right]
    if not (is_own | (found == 0)).all():
        # Other ink goes, with its faint edges. Without any, the digit's own edges stay as well.
        mask = is_own.repeat(cell, axis=0).repeat(cell, axis=1)[: bottom - top, : right - left]
        alone = np.where(mask, alone, 0).astype(np.uint8)
    picture = full_range(np.pad(alone, 1))
    return Part((top, left, bottom, right), picture, _count_inside(found, is_own))


def _count_inside(found: _Labels, is_own: _Mask) -> int:
    """Return how many bits of ink lie in the holes of the largest of a digit's own parts."""
    sizes = np.bincount(found[is_own])
    largest = int(sizes.argmax())
    others = {int(label) for label in np.unique(found)} - {0, largest}
    if not others:
        return 0
    loop = found == largest
    holes = ndimage.binary_fill_holes(loop) & ~loop
    least = _LEAST_INSIDE * max(found.shape)
    boxes = ndimage.find_objects(found)
    return sum(
        bool(holes[found == label].all())
        and max(span.stop - span.start for span in boxes[label - 1]) >= least
        for label in others
    )


def _in_lines(digits: Sequence[Part]) -> list[list[Part]]:
    """Sort into lines from above, each from the left."""
    lines: list[list[Part]] = []
    for digit in sorted(digits, key=lambda digit: digit.box[0] + digit.box[2]):
        middle = (digit.box[0] + digit.box[2]) / 2
        if lines and middle < max(above.box[2] for above in lines[-1]):
            lines[-1].append(digit)
        else:
            lines.append([digit])
    return [sorted(line, key=lambda digit: digit.box[1]) for line in lines]
