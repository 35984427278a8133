"""What all images have in common, whoever makes, distorts, learns from, explains or shows them.

28×28 pixels, light ink on a dark ground. On disk and in data sets uint8; what a network takes is
(B, 1, 28, 28) float32 in [0, 1].
"""

import base64
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE: Final = 28
"""Pixels of an image each way."""


def as_image(pixels: bytes) -> NDArray[np.uint8]:
    """Return 28×28 bytes as the image (28, 28) that they are."""
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def data_address(picture: NDArray[np.uint8] | NDArray[np.float32], *, quality: int = 0) -> str:
    """Return a picture as a data: address, which a page shows without fetching anything.

    `picture`: (H, W) grey or (H, W, 3) in colours, uint8 or float32 in [0, 1]. It becomes a PNG,
    or with a `quality` (1 to 95) a JPEG, far smaller for a photograph.
    """
    pixels = picture if picture.dtype == np.uint8 else (picture * 255).round().astype(np.uint8)
    content = io.BytesIO()
    image, kind = Image.fromarray(pixels), "jpeg" if quality else "png"
    if quality:
        image.save(content, format=kind, quality=quality)
    else:
        image.save(content, format=kind, compress_level=1)
    return f"data:image/{kind};base64," + base64.b64encode(content.getvalue()).decode()
