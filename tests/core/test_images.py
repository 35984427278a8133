import base64
import io

import numpy as np
import pytest
from PIL import Image

from mnist_core.images import data_address


def _shown(address: str) -> Image.Image:
    content = base64.b64decode(address.partition(";base64,")[2], validate=True)
    return Image.open(io.BytesIO(content))


def test_a_picture_in_whole_numbers_and_in_shares_has_the_same_address() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert data_address(grey) == data_address((grey / 255).astype(np.float32))
    assert np.array_equal(np.asarray(_shown(data_address(grey))), grey)


def test_a_photograph_is_sent_smaller_as_a_jpeg() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
    address = data_address(picture, quality=80)
    assert address.startswith("data:image/jpeg;") and _shown(address).size == (40, 60)
    assert len(address) < len(data_address(picture))


@pytest.mark.parametrize("shape", [(28, 28), (3, 5), (4, 4, 3)])
def test_a_page_gets_a_png_of_any_size_in_grey_or_in_colours(shape: tuple[int, ...]) -> None:
    picture = _shown(data_address(np.zeros(shape, np.float32)))
    assert (picture.format, picture.size) == ("PNG", (shape[1], shape[0]))
