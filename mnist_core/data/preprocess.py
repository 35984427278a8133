"""From a drawing to what the networks know: 28×28 pixels, made as MNIST's were.

The digit is cropped to its ink, fitted into 20×20 keeping its shape, antialiased, and placed so
that its centre of mass is at the centre (LeCun et al., "Gradient-based learning applied to
document recognition", 1998, section III). It knows nothing of networks: numpy and Pillow only.

H, W are a drawing's height and width in pixels. Ink is light on a dark ground.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_core.images import SIDE

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BOX: Final = 20
_CENTRE: Final = 14
"""MNIST's centres of mass lie at pixel index 14.0 ± 0.3 of 28, counted from 0, each way."""

_FAINTEST_DRAWING: Final = 32
"""A drawing whose lightest pixel is not so much lighter than its ground (of 255) is blank."""

_FAINTEST_INK: Final = 0.1
"""Share of the full ink below which a pixel is no part of the digit's outline.

All of MNIST's digits but 16 in 60,000 are 20 pixels long by this measure, so they stay as they are.
"""

_SOFTNESS: Final = 0.5
"""Standard deviation, in pixels of the 20×20 box, of the blur that a drawing is given.

A brush on a screen has sharper edges than MNIST's scans. With it sixteen networks that saw only
MNIST read 96.8 % (mean) of 7,494 rendered pen strokes, without it 96.3 %; 0.4 to 0.7 are alike.
"""

_SMALLEST_DIGIT: Final = 0.11
"""Ink shorter than this share of the drawing's longer side is a stray tap of the brush."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """A drawing on its way, each step light ink on dark."""

    cropped: Bytes
    """(h, w): the ink's own rectangle of the drawing, in grey, the full range used."""
    fitted: Floats
    """(h, w) in [0, 1]: the longer side is 20 pixels."""
    centred: Floats
    """(28, 28) in [0, 1]: the fitted digit with its centre of mass in the middle."""


def preprocess(drawing: Bytes) -> Floats | None:
    """Bring a drawing to (1, 28, 28) float32 in [0, 1], or to None if it is blank.

    `drawing`: uint8 (H, W), (H, W, 3) or (H, W, 4), light ink of any colour on a dark ground;
    what is transparent is ground. Blank is also a drawing with nothing but a stray speck.
    Raises `ValueError` for another type or shape.
    """
    found = stages(drawing)
    return None if found is None else found.centred[None]


def stages(drawing: Bytes) -> Stages | None:
    """Return what `preprocess` makes of a drawing step by step; None if it is blank."""
    ink = grey_ink(drawing)
    return None if ink is None else stages_of_ink(ink)


def stages_of_ink(ink: Bytes) -> Stages:
    """Bring grey ink (h, w) uint8 of any size, black where there is none, to 28×28 step by step."""
    cropped = _crop(ink)
    fitted = _fit(cropped)
    return Stages(cropped=cropped, fitted=fitted, centred=_centre(fitted))


def grey_ink(drawing: Bytes) -> Bytes | None:
    """Return the drawing in grey (H, W), from 0 for its ground to 255; None if it is blank.

    `drawing` and what counts as blank: as for `preprocess`, and so is the `ValueError`.
    """
    is_picture = drawing.ndim == 2 or (drawing.ndim == 3 and drawing.shape[2] in (3, 4))
    if drawing.dtype != np.uint8 or not is_picture or drawing.size == 0:
        raise ValueError(
            "A drawing is a uint8 array (H, W), (H, W, 3) or (H, W, 4) with at least one pixel,"
            f" not {drawing.dtype} {drawing.shape}: scale to 0…255 and convert with"
            " .astype(numpy.uint8)."
        )
    if drawing.ndim == 2:
        grey = drawing
    else:
        # The largest of red, green and blue, so that blue ink weighs as much as white.
        grey = np.maximum(np.maximum(drawing[..., 0], drawing[..., 1]), drawing[..., 2])
        if drawing.shape[2] == 4:
            grey = (grey * drawing[..., 3].astype(np.uint16) // 255).astype(np.uint8)
    if int(grey.max()) - int(grey.min()) < _FAINTEST_DRAWING:
        return None
    ink = full_range(grey)
    is_a_speck = max(_crop(ink).shape) < _SMALLEST_DIGIT * max(ink.shape)
    return None if is_a_speck else ink


def full_range(grey: Bytes) -> Bytes:
    """Stretch greys, of which there are at least two, so that they go from 0 to 255."""
    darkest, lightest = int(grey.min()), int(grey.max())
    if (darkest, lightest) == (0, 255):
        return grey
    levels = (np.arange(256) - darkest) * 255 / (lightest - darkest)
    return levels.clip(0, 255).round().astype(np.uint8)[grey]


def _crop(ink: Bytes) -> Bytes:
    """Cut out the rectangle around the ink."""
    is_ink = ink >= _FAINTEST_INK * int(ink.max())
    rows, columns = (np.flatnonzero(is_ink.any(axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(cropped: Bytes) -> Floats:
    """Scale to a longer side of 20 pixels, with edges as soft as MNIST's."""
    if max(cropped.shape) > 4 * _BOX:
        cropped = (_scale(cropped, 4 * _BOX) * 255).round().astype(np.uint8)
    shrink = max(cropped.shape) / _BOX
    if shrink > 1:
        # What is hardly shrunk is soft by its own pixels: an MNIST digit stays as it is.
        radius = _SOFTNESS * math.sqrt(shrink**2 - 1)
        padded = Image.fromarray(np.pad(cropped, math.ceil(2 * radius)))
        cropped = _crop(np.asarray(padded.filter(ImageFilter.GaussianBlur(radius))))
    return _scale(cropped, _BOX)


def _scale(ink: Bytes, longer_side: int) -> Floats:
    """Scale grey ink, keeping its shape, to values in [0, 1] of which the largest is 1."""
    height, width = ink.shape
    scale = longer_side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Each output pixel is the mean of those it covers; an enlarged drawing has smooth edges.
    filter = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    # In floating point, so that no line is too thin to be left over.
    scaled = Image.fromarray(ink.astype(np.float32)).resize(size, filter)
    values = np.asarray(scaled, np.float32).clip(0, 255)
    return values / values.max()


def _centre(fitted: Floats) -> Floats:
    """Place on 28×28 by whole pixels, the centre of mass as near the middle as nothing is cut."""
    height, width = fitted.shape
    mass = fitted.sum()
    row = np.arange(height) @ fitted.sum(axis=1) / mass
    column = fitted.sum(axis=0) @ np.arange(width) / mass
    top = min(max(round(_CENTRE - row), 0), SIDE - height)
    left = min(max(round(_CENTRE - column), 0), SIDE - width)
    centred = np.zeros((SIDE, SIDE), np.float32)
    centred[top : top + height, left : left + width] = fitted
    return centred
