"""Digits that nobody here drew: the test images, one at a time."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.data.mnist import MNIST_FILES, mnist_is_present, mnist_raw_dir, read_idx
from mnist_core.data.small_set import read_small_set
from mnist_core.errors import DataError
from mnist_ui.components.drawing import PAD_SIDE, Drawing

_ALMOST_A_NINE = [(176, 150), (92, 150), (158, 48), (176, 60), (170, 236)]
"""A 4 that is closed at the top, as points of a stroke on a 280×280 canvas."""


@dataclass(frozen=True)
class Sample:
    """A test image, 28×28 bytes light on dark, with its label; `source` says whose it is."""

    pixels: bytes
    label: int
    source: str


def random_sample() -> Sample:
    """Return any of MNIST's test images, or of the small set's where MNIST is not here."""
    images, labels, source = test_images()
    number = int(np.random.default_rng().integers(len(images)))
    return Sample(images[number].tobytes(), int(labels[number]), source)


def test_images() -> tuple[NDArray[np.uint8], NDArray[np.uint8], str]:
    """Return images (N, 28, 28), labels (N,) and their name: MNIST's, else the small set's."""
    return _test_images(has_mnist=mnist_is_present())


@st.cache_resource(show_spinner=False)
def _test_images(*, has_mnist: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8], str]:
    if has_mnist:
        try:
            images, labels = (read_idx(mnist_raw_dir() / f.name, f) for f in MNIST_FILES[2:])
        except DataError:  # the Train page says what is wrong with it
            pass
        else:
            return images, labels, "MNIST"
    images, labels = read_small_set()[1]
    return images, labels, "the small set"


def default_drawing() -> Drawing:
    """Return a 4 that is almost a 9, uint8 (280, 280)."""
    picture = Image.new("L", (PAD_SIDE, PAD_SIDE))
    ImageDraw.Draw(picture).line(_ALMOST_A_NINE, fill=255, width=22, joint="curve")
    return np.asarray(picture)
