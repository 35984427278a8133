"""From drawing to 28×28: place, size, colour and canvas don't matter, and blank stays blank."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.data.preprocess import preprocess, stages, stages_of_ink

Array = np.ndarray[Any, np.dtype[Any]]

SEVEN = [(0.0, 0.0), (0.6, 0.0), (0.2, 1.0)]
"""A stroke in a unit box, x before y."""


def draw(
    *, left: int = 80, top: int = 60, size: int = 150, brush: int = 20, canvas: int = 280
) -> Array:
    """A seven on a black canvas, grey (canvas, canvas) uint8."""
    picture = Image.new("L", (canvas, canvas))
    pen = ImageDraw.Draw(picture)
    points = [(left + x * size, top + y * size) for x, y in SEVEN]
    pen.line(points, fill=255, width=brush)
    for x, y in points:
        pen.circle((x, y), brush / 2, fill=255)
    return np.array(picture)


def image_of(drawing: Array) -> Array:
    image = preprocess(drawing)
    assert image is not None
    return image


def centre_of_mass(image: Array) -> tuple[float, float]:
    mass = image.sum()
    rows, columns = image.sum(axis=1), image.sum(axis=0)
    return rows @ np.arange(len(rows)) / mass, columns @ np.arange(len(columns)) / mass


def longer_side(image: Array) -> int:
    rows, columns = (np.flatnonzero((image >= 0.1).any(axis)) for axis in (1, 0))
    return max(np.ptp(rows), np.ptp(columns)) + 1


def test_a_digit_in_a_corner_and_in_the_middle_give_the_same_image() -> None:
    in_corner = image_of(draw(left=12, top=11))
    assert np.array_equal(in_corner, image_of(draw(left=85, top=70)))
    assert np.array_equal(in_corner, image_of(draw(left=150, top=115)))


@pytest.mark.parametrize("size", [60, 110, 240])
@pytest.mark.parametrize("brush", [4, 12, 28])
def test_large_or_small_thick_or_thin_the_image_is_made_like_mnist(size: int, brush: int) -> None:
    image = image_of(draw(left=30, top=20, size=size, brush=brush))
    assert image.shape == (1, 28, 28) and image.dtype == np.float32
    assert image.min() == 0 and image.max() == 1
    assert longer_side(image[0]) in (19, 20)
    assert np.abs(np.array(centre_of_mass(image[0])) - 14).max() <= 0.5


def test_size_alone_changes_next_to_nothing() -> None:
    small = image_of(draw(left=20, top=20, size=90, brush=12))
    large = image_of(draw(left=20, top=20, size=180, brush=24))
    assert np.abs(small - large).max() < 0.25 and np.abs(small - large).mean() < 0.01


def test_a_larger_canvas_and_one_that_is_not_square_change_nothing() -> None:
    drawing = draw(left=20, top=20)
    assert np.array_equal(image_of(drawing), image_of(np.pad(drawing, ((0, 200), (50, 0)))))


def test_shape_is_kept() -> None:
    line = np.zeros((280, 280), np.uint8)
    line[40:240, 130:150] = 255  # 200 high and 20 wide: 20 by 2
    columns = image_of(line)[0].max(axis=0)
    assert longer_side(image_of(line)[0]) == 20
    assert 2 <= np.count_nonzero(columns > 0.3) <= 3


def test_the_ends_of_a_stroke_are_as_soft_as_its_sides() -> None:
    line = np.zeros((280, 280), np.uint8)
    line[40:240, 130:170] = 255
    image = image_of(line)[0]
    along, across = image.max(axis=1), image.max(axis=0)
    for edge in (along[along > 0][0], along[along > 0][-1], across[across > 0][0]):
        assert 0.1 < edge < 0.8


def test_grey_colour_and_alpha_canvases_give_the_same_image() -> None:
    grey = draw()
    colour = np.stack([grey] * 3, axis=2)
    opaque = np.dstack([colour, np.full_like(grey, 255)])
    on_nothing = np.dstack([np.full_like(colour, 255), grey])  # white everywhere, but seen by alpha
    blue = np.dstack([0 * grey, 0 * grey, grey])
    for drawing in (colour, opaque, on_nothing, blue):
        assert np.array_equal(image_of(grey), image_of(drawing))


def test_grey_ink_on_a_ground_that_is_not_quite_black_gives_nearly_the_same_image() -> None:
    ink = draw().astype(float) / 255
    faded = (20 + 120 * ink).round().astype(np.uint8)
    assert np.abs(image_of(draw()) - image_of(faded)).max() < 0.02


@pytest.mark.parametrize("shape", [(280, 280), (280, 280, 3), (280, 280, 4), (1, 1)])
@pytest.mark.parametrize("level", [0, 30, 255])
def test_a_canvas_of_one_colour_is_blank(shape: tuple[int, ...], level: int) -> None:
    assert preprocess(np.full(shape, level, np.uint8)) is None


def test_ink_that_is_almost_transparent_is_blank() -> None:
    grey = draw()
    white = np.full((280, 280, 3), 255, np.uint8)
    assert preprocess(np.dstack([white, grey // 16])) is None
    assert preprocess(np.dstack([white, grey // 2])) is not None


@pytest.mark.parametrize("diameter", [1, 6, 28])
def test_a_tap_of_the_brush_is_no_digit(diameter: int) -> None:
    picture = Image.new("L", (280, 280))
    ImageDraw.Draw(picture).circle((200, 50), diameter / 2, fill=255)
    assert preprocess(np.array(picture)) is None


def test_nothing_is_cut_when_the_mass_is_all_at_one_end() -> None:
    club = np.zeros((280, 280), np.uint8)
    club[40:240, 138:142] = 255
    club[190:240, 90:190] = 255
    found = stages(club)
    assert found is not None
    assert found.centred.sum() == pytest.approx(found.fitted.sum())


def test_a_hairline_on_a_huge_canvas_is_still_seen() -> None:
    picture = Image.new("L", (3000, 3000))
    ImageDraw.Draw(picture).line([(100, 100), (2800, 150), (600, 2900)], fill=255, width=1)
    image = image_of(np.array(picture))
    assert np.isfinite(image).all() and image.max() == 1
    assert np.count_nonzero(image > 0.3) > 20


def test_two_dots_far_apart_on_a_huge_canvas_do_not_fade_to_nothing() -> None:
    drawing = np.zeros((3000, 3000), np.uint8)
    drawing[100, 100] = drawing[2900, 2900] = 255
    image = image_of(drawing)
    assert np.isfinite(image).all() and np.count_nonzero(image > 0.5) >= 2


def test_an_image_made_like_mnist_stays_as_it_is() -> None:
    once = (image_of(draw())[0] * 255).round().astype(np.uint8)
    again = image_of(once)[0] * 255
    assert np.abs(again - once).max() <= 1


def test_an_image_a_little_larger_than_mnist_is_hardly_blurred() -> None:
    small = np.zeros((28, 28), np.uint8)
    small[3:25, 12:15] = 255  # 22 high
    columns = image_of(small)[0].max(axis=0)
    assert columns[columns > 0].min() > 0.9


def test_stages_end_in_what_preprocess_returns() -> None:
    found = stages(draw())
    assert found is not None
    assert max(found.fitted.shape) == 20
    assert found.cropped.shape[0] > found.cropped.shape[1] > 20
    assert np.array_equal(found.centred, image_of(draw())[0])


def test_tiny_images_are_enlarged_to_the_same_box() -> None:
    seven = np.zeros((8, 8), np.uint8)
    seven[0, 2:6] = 255
    seven[1:, 5] = 200
    image = stages_of_ink(seven).centred
    assert image.shape == (28, 28) and image.min() == 0 and image.max() == 1
    assert longer_side(image) == 20


def test_the_drawing_is_not_changed() -> None:
    drawing = draw()
    preprocess(drawing)
    assert np.array_equal(drawing, draw())


@pytest.mark.parametrize(
    "drawing",
    [
        np.zeros((280, 280), np.float32),
        np.zeros((280, 280), bool),
        np.zeros((280, 280, 2), np.uint8),
        np.zeros((1, 1, 28, 28), np.uint8),
        np.zeros((0, 280), np.uint8),
        np.zeros(784, np.uint8),
    ],
)
def test_another_type_or_shape_is_refused_with_the_remedy(drawing: Array) -> None:
    with pytest.raises(ValueError, match="uint8 array") as caught:
        preprocess(drawing)
    assert str(drawing.shape) in str(caught.value) and "astype" in str(caught.value)
