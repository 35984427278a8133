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

import io
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from mnist_core.data.preprocess import Bytes
from mnist_core.errors import DataError

MOST_BYTES: Final = 15 * 1024 * 1024
"""Of one picture's file; a telephone's photograph has 3 to 8 million."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

LONGER_SIDE: Final = 1000
"""Larger pictures are shrunk to so many pixels."""

_MOST_PIXELS: Final = 12_500_000
"""A telephone's photograph; while it is decoded a pixel takes up to eight bytes."""

_MOST_PIXELS_OF_A_JPEG: Final = 64_000_000
"""A JPEG can be decoded at an eighth of its size, so large ones cost little."""

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
    picture = _open(content, name)
    grey = np.asarray(picture.convert("L"))
    ink = _flat_ink(grey)
    is_evened = ink is None
    if ink is None:
        ink = _paper_ink(grey)
    ink, corner = _look_closer(ink)
    return Photograph(picture=np.asarray(picture), ink=ink, corner=corner, is_evened=is_evened)


def _open(content: bytes, name: str) -> Image.Image:
    """Return the picture in colour, upright, no larger than is needed, and on a ground."""
    if len(content) > MOST_BYTES:
        raise DataError(
            f"{name} is too large: {len(content) / 1024**2:.0f} MB of at most"
            f" {MOST_BYTES // 1024**2}. Give a smaller picture, or cut out the digits."
        )
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as file:
            is_jpeg = file.format in ("JPEG", "MPO")
            most = _MOST_PIXELS_OF_A_JPEG if is_jpeg else _MOST_PIXELS
            if file.width * file.height > most:
                raise DataError(
                    f"{name} is too large: {file.width:,} × {file.height:,} pixels, and at most"
                    f" {most // 10**6} million are read. Give a smaller picture."
                )
            if is_jpeg:
                file.draft("RGB", (LONGER_SIDE, LONGER_SIDE))
            # Shrunk before all else: what is copied then is small.
            small = _shrunk(file)
        colour = _on_a_ground(ImageOps.exif_transpose(small))
    except Image.DecompressionBombError as error:
        raise DataError(f"{name} is too large; give a smaller picture.") from error
    except _DAMAGED as error:
        raise DataError(
            f"{name} is not a picture that can be read; give a PNG, JPEG or WebP, whole."
        ) from error
    return colour


def _shrunk(picture: Image.Image) -> Image.Image:
    """Return the picture no larger than is needed, in colour, grey, or colour with transparency."""
    if picture.has_transparency_data:
        small = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    else:
        small = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    if max(small.size) > LONGER_SIDE:
        small.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.BOX, reducing_gap=None)
    small.load()
    return small


_DAMAGED: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError, TypeError),
    *(OverflowError, Image.DecompressionBombWarning),
)
"""What Pillow raises on files that are cut off or were tampered with."""


def _on_a_ground(picture: Image.Image) -> Image.Image:
    """Lay what is transparent on white, or on black if the ink itself is light."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    opaque = np.asarray(rgba.getchannel("A"), np.float32)
    grey = np.asarray(rgba.convert("RGB").convert("L"), np.float32)
    is_light = (grey * opaque).sum() > 127 * opaque.sum()
    is_ink_alone = (opaque < 128).mean() > 0.3
    ground = Image.new("RGBA", rgba.size, "black" if is_light and is_ink_alone else "white")
    return Image.alpha_composite(ground, rgba).convert("RGB")


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
    dark = _find_lines(_stands_out(smooth, _LEAST_PAPER))
    light = _find_lines(_stands_out(255 - smooth, _LEAST_BOARD))
    return dark.ink if dark.likeness >= light.likeness else light.ink


@dataclass(frozen=True)
class _Lines:
    """Ink (H, W), and how much it is like a pen's lines: long, thin and strong."""

    ink: Bytes
    likeness: float


def _find_lines(darker: _Floats) -> _Lines:
    noise = 1.4826 * float(np.median(np.abs(darker)))
    faintest = max(_FAINTEST, _NOISE * noise)
    for _ in range(3):
        candidates = darker[darker > faintest]
        if candidates.size == 0:
            break
        limit = _otsu(candidates)
        is_ink, others = _sort_out(darker > limit)
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


def _sort_out(mask: _Mask) -> tuple[_Mask, _Mask]:
    """Part a mask into ink, and what cannot be: specks and what runs off the picture."""
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, structure=np.ones((3, 3)), output=labels)
    height, width = mask.shape
    kept = np.zeros(1 + int(labels.max()), np.bool_)
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        runs_off = (
            min(rows.start, columns.start) == 0 or rows.stop == height or columns.stop == width
        )
        kept[number] = longer >= _SPECK * max(mask.shape) and not runs_off
    is_ink = kept[labels]
    return is_ink, mask & ~is_ink


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
