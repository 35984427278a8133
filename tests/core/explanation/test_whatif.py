import math

import numpy as np
import pytest
import torch
from torch import Tensor

from mnist_core.data.distort import Change
from mnist_core.explanation.whatif import (
    probabilities,
    smallest_rotation,
    smallest_shift,
    sweep,
)
from mnist_core.models import build_model


class _InkAtTheRight:
    """Says 1 if more than half of a full pixel's ink is from column 20 on, else 0."""

    def __call__(self, images: Tensor) -> Tensor:
        logits = torch.full((len(images), 10), -9.0)
        logits[:, 0] = 0.5
        logits[:, 1] = images[:, 0, :, 20:].sum((1, 2))
        return logits.softmax(1)


def _digit() -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    image = np.zeros((28, 28), np.float32)
    image[6:22, 12:15] = 1.0
    image[6:9, 9:19] = 0.6
    return image


def test_a_sweep_moves_one_knob_and_keeps_the_others() -> None:
    model, base = build_model("seed").eval(), Change(rotation=20, blur=0.5)

    def read(images: Tensor) -> Tensor:
        return model(images).softmax(1)

    found = sweep(read, _digit(), base, "blur", [0.0, 2.0])
    assert np.allclose(found[1], probabilities(read, _digit(), [Change(rotation=20, blur=2)])[0])
    assert found.sum(1) == pytest.approx([1, 1], abs=1e-5)


def test_the_smallest_shift_is_found_to_a_tenth_of_a_pixel_and_its_way() -> None:
    image = np.zeros((28, 28), np.float32)
    image[14, 10] = 1.0
    flip = smallest_shift(_InkAtTheRight(), image)
    assert flip is not None and flip.digit == 1
    assert flip.change.right == pytest.approx(9.6, abs=0.11)
    assert flip.change.down == pytest.approx(0, abs=1e-6)


def test_the_smallest_rotation_knows_either_way() -> None:
    image = np.zeros((28, 28), np.float32)
    image[3:6, 13:15] = 1.0  # above the centre: a quarter turn clockwise brings it to the right
    flip = smallest_rotation(_InkAtTheRight(), image, clockwise=True)
    assert flip is not None and 0 < flip.change.rotation < math.degrees(math.asin(6.5 / 8))
    before = Change(rotation=flip.change.rotation - 0.1)
    assert probabilities(_InkAtTheRight(), image, [before, flip.change]).argmax(1).tolist() == [
        0,
        1,
    ]
    assert smallest_rotation(_InkAtTheRight(), image, clockwise=False) is None


def test_ink_pushed_out_of_the_image_does_not_count_as_a_shift() -> None:
    def ink_at_all(images: Tensor) -> Tensor:
        logits = torch.full((len(images), 10), -9.0)
        logits[:, 0], logits[:, 1] = images.sum((1, 2, 3)), 0.8 * float(_digit().sum())
        return logits.softmax(1)

    assert smallest_shift(ink_at_all, _digit()) is None
