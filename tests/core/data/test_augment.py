"""Augmentation: random, bounded, repeatable, and nothing at all when every knob is at zero."""

import pytest
import torch
from torch import Tensor

from mnist_core.data.augment import augment

ALL_KNOBS = {
    "rotation": 15.0,
    "shift": 2.0,
    "scale": 0.2,
    "shear": 15.0,
    "elastic": 1.0,
    "thickness": 1.0,
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bars(num_images: int = 64) -> Tensor:
    """An upright bar, 4 pixels wide and 12 high, in the middle of each image."""
    images = torch.zeros((num_images, 1, 28, 28), dtype=torch.uint8)
    images[:, :, 8:20, 12:16] = 255
    return images


def noise(num_images: int = 64) -> Tensor:
    return torch.randint(0, 256, (num_images, 1, 28, 28), dtype=torch.uint8, generator=generator(7))


def moments(images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Centre of mass (x, y) and spread (variance of x, of y, covariance), each (B,), pixels."""
    weights = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    centre_x, centre_y = (weights * x).sum((1, 2)), (weights * y).sum((1, 2))
    off_x, off_y = x - centre_x[:, None, None], y - centre_y[:, None, None]
    spread = (off_x * off_x, off_y * off_y, off_x * off_y)
    return centre_x, centre_y, *((weights * product).sum((1, 2)) for product in spread)


def test_with_every_knob_at_zero_pixels_are_only_scaled() -> None:
    images = noise()
    assert torch.equal(augment(images, generator()), images.float() / 255)


@pytest.mark.parametrize("knob", ALL_KNOBS)
def test_each_knob_alone_changes_images(knob: str) -> None:
    changed = augment(bars(), generator(), **{knob: ALL_KNOBS[knob]})
    assert not torch.allclose(changed, bars().float() / 255, atol=0.05)


@pytest.mark.parametrize("knob", ALL_KNOBS)
def test_each_image_gets_its_own_distortion(knob: str) -> None:
    first, second = augment(bars(2), generator(), **{knob: ALL_KNOBS[knob]})
    assert not torch.equal(first, second)


def test_the_same_generator_seed_gives_the_same_images_bit_for_bit() -> None:
    images = noise()
    once = augment(images, generator(3), **ALL_KNOBS)
    assert torch.equal(once, augment(images, generator(3), **ALL_KNOBS))
    assert not torch.equal(once, augment(images, generator(4), **ALL_KNOBS))


def test_only_the_given_generator_is_drawn_from() -> None:
    before = torch.get_rng_state()
    augment(noise(), generator(), **ALL_KNOBS)
    assert torch.equal(torch.get_rng_state(), before)


def test_values_stay_between_zero_and_one() -> None:
    white = torch.full((64, 1, 28, 28), 255, dtype=torch.uint8)
    for images in (noise(), bars(), white):
        augmented = augment(images, generator(), **ALL_KNOBS)
        assert augmented.dtype == torch.float32 and augmented.shape == images.shape
        assert augmented.min() >= 0 and augmented.max() <= 1


def test_the_images_given_are_not_changed() -> None:
    images = noise()
    augment(images, generator(), **ALL_KNOBS)
    assert torch.equal(images, noise())


def test_shift_moves_the_centre_of_mass_by_at_most_so_many_pixels_each_way() -> None:
    x, y, *_ = moments(augment(bars(200), generator(), shift=2.0))
    for moved in (x - 13.5, y - 13.5):
        assert moved.abs().max() <= 2.001
        assert moved.min() < -1.8 and moved.max() > 1.8
    assert torch.corrcoef(torch.stack([x, y]))[0, 1].abs() < 0.2


def test_rotation_turns_by_at_most_so_many_degrees_about_the_centre() -> None:
    x, y, xx, yy, xy = moments(augment(bars(200), generator(), rotation=20.0))
    angle = torch.rad2deg(0.5 * torch.atan2(2 * xy, yy - xx))
    assert angle.abs().max() < 20.5 and angle.min() < -18 and angle.max() > 18
    assert torch.allclose(x, torch.tensor(13.5), atol=0.01)
    assert torch.allclose(y, torch.tensor(13.5), atol=0.01)


def test_scale_stretches_width_and_height_each_by_at_most_its_share() -> None:
    *_, xx, yy, _ = moments(augment(bars(200), generator(), scale=0.2))
    height = (yy / (143 / 12)).sqrt()  # 12 rows of a bar have this variance
    assert 0.78 < height.min() < 0.83 and 1.17 < height.max() < 1.22
    width = (xx / xx.median()).sqrt()
    assert torch.corrcoef(torch.stack([width, height]))[0, 1].abs() < 0.2


def test_shear_slants_by_at_most_so_many_degrees_and_keeps_the_height() -> None:
    *_, yy, xy = moments(augment(bars(200), generator(), shear=20.0))
    slant = torch.rad2deg(torch.atan2(xy, yy))
    assert slant.abs().max() < 20.5 and slant.min() < -18 and slant.max() > 18
    assert torch.allclose(yy, torch.tensor(143 / 12), rtol=0.02)


@pytest.mark.parametrize("place", [5, 13, 22])
def test_elastic_moves_each_place_by_its_standard_deviation_in_pixels(place: int) -> None:
    dots = torch.zeros((500, 1, 28, 28), dtype=torch.uint8)
    dots[:, :, place - 1 : place + 2, place - 1 : place + 2] = 255
    x, y, *_ = moments(augment(dots, generator(), elastic=0.5))
    moved = torch.cat([x, y]) - place
    assert abs(moved.mean()) < 0.1
    assert 0.42 < moved.std() < 0.58


def test_elastic_bends_and_does_not_merely_shift() -> None:
    images = torch.zeros((200, 1, 28, 28), dtype=torch.uint8)
    images[:, :, 6:9, 6:9] = 255
    images[:, :, 6:9, 20:23] = 255
    bent = augment(images, generator(), elastic=1.0)
    left, right = bent.clone(), bent.clone()
    left[..., 14:] = 0
    right[..., :14] = 0
    _, height_left, *_ = moments(left)
    _, height_right, *_ = moments(right)
    assert (height_left - height_right).std() > 0.5


def test_thickness_makes_some_strokes_bolder_and_some_finer_but_moves_none() -> None:
    images = bars(200)
    augmented = augment(images, generator(), thickness=0.5)
    mass = augmented.sum((1, 2, 3)) / (images.float() / 255).sum((1, 2, 3))
    assert 0.4 < mass.min() < 0.75 and 1.3 < mass.max() < 1.9
    x, y, *_ = moments(augmented)
    assert torch.allclose(x, torch.tensor(13.5)) and torch.allclose(y, torch.tensor(13.5))
    assert torch.equal(augmented[:, :, :, 20:], torch.zeros(200, 1, 28, 8))
