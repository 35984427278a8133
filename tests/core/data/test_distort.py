import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mnist_core.data.distort import Change, add_noise, apply, blur, draw_noise, move, thicken
from mnist_core.evaluation.robustness import DISTORTIONS


def _digit() -> NDArray[np.float32]:
    image = np.zeros((28, 28), np.float32)
    image[6:22, 12:15] = 1.0
    image[6:9, 9:19] = 0.6
    return image


def _changed(change: Change) -> NDArray[np.float32]:
    return apply(_digit(), [change])[0, 0].numpy()


def _dot(row: int, column: int) -> torch.Tensor:
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, row, column] = 1
    return image


def _lit(image: torch.Tensor) -> set[tuple[int, int]]:
    return {(int(r), int(c)) for r, c in (image[0, 0] > 0.5).nonzero()}


def test_no_change_leaves_the_image_as_it_is() -> None:
    assert np.allclose(_changed(Change()), _digit(), atol=1e-5)


def test_a_turn_by_90_degrees_is_clockwise_and_exact() -> None:
    assert np.allclose(_changed(Change(rotation=90)), np.rot90(_digit(), -1), atol=1e-5)
    assert _lit(move(_dot(2, 14), rotation=90)) == {(14, 25)}


def test_a_shift_moves_by_whole_pixels() -> None:
    moved = _changed(Change(right=3, down=-2))
    assert np.allclose(moved, np.roll(_digit(), (-2, 3), (0, 1)), atol=1e-5)


def test_a_digit_is_turned_before_it_is_moved() -> None:
    both = _changed(Change(rotation=90, right=3))
    assert np.allclose(both, np.roll(np.rot90(_digit(), -1), 3, 1), atol=1e-5)


def test_ink_grows_and_shrinks_with_thickness() -> None:
    sums = [_changed(Change(thickness=t)).sum() for t in (-2, -1.5, -1, -0.5, 0, 0.5, 1, 2)]
    assert sums == sorted(sums) and sums[0] < sums[-1] / 4
    assert (_changed(Change(thickness=1)) > 0.01).sum() == 18 * 5 + 5 * 7


def test_a_stroke_grows_on_each_side_and_thins_to_nothing() -> None:
    dot = _dot(14, 14)
    assert [float(thicken(dot, pixels).sum()) for pixels in (1, 2, 3, -1)] == [9, 25, 49, 0]
    assert thicken(dot, 0.5)[0, 0, 14, 13] == 0.5


def test_blur_spreads_the_ink_and_loses_none() -> None:
    blurred = _changed(Change(blur=1.5))
    assert blurred.sum() == pytest.approx(_digit().sum(), rel=1e-3)
    assert blurred.max() < 0.9


def test_noise_is_the_same_each_time_and_stays_in_range() -> None:
    noisy = _changed(Change(noise=0.5))
    assert (noisy == _changed(Change(noise=0.5))).all()
    assert noisy.min() >= 0 and noisy.max() <= 1
    assert np.abs(noisy - _digit()).mean() > 0.1


def test_noise_has_the_deviation_it_is_told() -> None:
    grey = torch.full((50, 1, 28, 28), 0.5)
    noisy = add_noise(grey, 0.1, draw_noise((50, 1, 28, 28), seed=1))
    assert float(noisy.std()) == pytest.approx(0.1, abs=0.005)


def test_many_changes_at_once_are_what_each_is_alone() -> None:
    changes = [Change(rotation=30, blur=1), Change(thickness=-0.7), Change(right=2, noise=0.2)]
    together = apply(_digit(), changes)
    for change, image in zip(changes, together, strict=True):
        assert torch.allclose(image, apply(_digit(), [change])[0], atol=1e-6)


def test_one_number_is_that_amount_for_every_image() -> None:
    images = torch.from_numpy(_digit()).expand(3, 1, 28, 28)
    amounts = torch.full((3,), 1.5)
    assert torch.equal(thicken(images, 1.5), thicken(images, amounts))
    assert torch.equal(blur(images, 1.5), blur(images, amounts))
    assert torch.equal(move(images, right=1.5), move(images, right=amounts))


@pytest.mark.parametrize("name", ["rotation", "thickness"])
def test_what_is_measured_is_what_one_is_shown(name: str) -> None:
    """Evaluate's curves and Explain's sliders distort an image alike."""
    images = torch.from_numpy(_digit()).expand(2, 1, 28, 28)
    for amount in DISTORTIONS[name].amounts:
        measured = DISTORTIONS[name].apply(images, amount)
        shown = apply(_digit(), [Change(**{name: amount})])
        assert torch.allclose(measured[:1], shown, atol=1e-6)
