"""Grey images as addresses that a page can show."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def as_data_address(image: NDArray[np.float32]) -> str:
    """Return an image (H, W) in [0, 1] as a PNG in a data: address."""
    return picture_address((image * 255).round().astype(np.uint8))


def picture_address(grey: NDArray[np.uint8]) -> str:
    """Return a grey image (H, W) uint8 as a PNG in a data: address."""
    content = io.BytesIO()
    Image.fromarray(grey).save(content, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
