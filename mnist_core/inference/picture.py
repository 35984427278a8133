"""Opens a picture file that one was given: bounded before it is decoded, upright, on a ground."""

import io
import struct
from typing import Final

import numpy as np
from PIL import Image, ImageOps

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


def open_picture(content: bytes, name: str) -> Image.Image:
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
