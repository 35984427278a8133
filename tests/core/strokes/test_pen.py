"""Strokes drawn into 28×28: as `preprocess` leaves a drawing of them, bounded and repeatable."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.data.preprocess import preprocess
from mnist_core.strokes.pen import Hand, Paths, Strokes, draw, pack, write

angles = np.linspace(0, 2 * np.pi, 60)
RING = [np.stack([np.cos(angles), np.sin(angles)], axis=1) * [60, 100]]
SEVEN = [np.array([[0, 0], [110, 0], [40, 200]]), np.array([[30, 100], [105, 95]])]
LINE = [np.array([[0, 0], [0, 200]])]
DOT = [np.array([[5, 5]])]

WILD = Hand(
    rotation=20,
    slant=20,
    aspect=0.4,
    bend=0.15,
    tremor=0.05,
    width=(1.0, 4.0),
    pressure=0.3,
    flat=0.5,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def on_canvas(strokes: Strokes, brush: float) -> NDArray[np.float32]:
    """The strokes drawn in pixels with a round brush, as on the app's pad, and preprocessed."""
    picture = Image.new("L", (900, 900))
    pen, radius = ImageDraw.Draw(picture), 3 * brush / 2
    for stroke in strokes:
        places = [(x, y) for x, y in ((stroke + np.array([130, 110])) * 3).tolist()]
        if len(places) > 1:
            pen.line(places, fill=255, width=round(3 * brush))
        for x, y in places:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    found = preprocess(np.asarray(picture.resize((300, 300), Image.Resampling.BOX)))
    assert found is not None
    return found


@pytest.mark.parametrize("strokes", [RING, SEVEN, LINE])
@pytest.mark.parametrize("brush", [12.0, 20.0, 30.0])
def test_a_digit_looks_as_preprocess_leaves_it(strokes: Strokes, brush: float) -> None:
    by_pixels = torch.from_numpy(on_canvas(strokes, brush))
    width = torch.tensor([20 * brush / (200 + brush + 14)])
    crossing = torch.tensor([float(strokes is SEVEN)])
    by_strokes = draw(pack([strokes]), width, crossing=crossing)[0]
    # What is as well placed a pixel further on may be placed there.
    moves = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    differences = [(by_pixels - by_strokes.roll(move, (1, 2))).abs().mean() for move in moves]
    assert min(differences) < 0.03
    assert abs(float(by_pixels.sum() / by_strokes.sum()) - 1) < 0.2


@pytest.mark.parametrize("strokes", [RING, SEVEN, LINE, DOT])
def test_ink_is_a_share_and_lies_in_the_middle(strokes: Strokes) -> None:
    image = draw(pack([strokes]), torch.tensor([2.5]))[0, 0]
    assert image.min() >= 0
    assert image.max() == pytest.approx(1)
    places = torch.arange(28.0)
    for axis in (0, 1):
        assert abs(float(image.sum(axis) @ places / image.sum()) - 14) <= 0.51


def test_a_wider_pen_leaves_more_ink_in_the_same_box() -> None:
    images = draw(pack([RING] * 3), torch.tensor([1.0, 2.0, 3.5]))
    amounts = images.sum((1, 2, 3))
    assert amounts[0] < amounts[1] < amounts[2]
    for image in images[:, 0]:
        assert int((image.amax(1) >= 0.1).sum()) in (19, 20)


def test_a_flat_pen_ends_where_the_stroke_ends() -> None:
    paths = pack([SEVEN] * 2)
    round_pen, flat_pen = draw(
        paths, torch.tensor([3.0, 3.0]), is_flat=torch.tensor([False, True])
    ).sum((1, 2, 3))
    assert flat_pen < round_pen


def test_nothing_is_drawn_while_the_pen_is_up() -> None:
    apart = [np.array([[0, 0], [0, 200]]), np.array([[100, 0], [100, 200]])]
    image = draw(pack([apart]), torch.tensor([1.5]))[0, 0]
    assert image[:, 13:15].max() < 0.05


def test_paths_keep_the_ends_of_every_stroke() -> None:
    paths = pack([SEVEN, DOT])
    assert paths.points.shape == (2, 48, 2)
    assert paths.is_drawn.sum(1).tolist() == [46, 47]
    gap = int((~paths.is_drawn[0]).nonzero())
    found = paths.points[0][[0, gap, gap + 1, -1]].tolist()
    assert found == [[0, 0], [40, 200], [30, 100], [105, 95]]


def test_hands_differ_but_a_seed_repeats_them() -> None:
    paths = pack([SEVEN] * 40)
    first, second = write(paths, generator(), WILD), write(paths, generator(), WILD)
    assert torch.equal(first, second)
    assert first.dtype == torch.uint8
    assert first.shape == (40, 1, 28, 28)
    assert len(first.flatten(1).unique(dim=0)) == 40
    assert not torch.equal(first, write(paths, generator(1), WILD))


def test_the_wildest_hands_draw_digits_and_dots_into_the_image() -> None:
    images = write(pack([RING, SEVEN, LINE, DOT] * 50), generator(), WILD)
    assert (images.flatten(1).amax(1) > 150).all()


def test_selected_paths_are_those_asked_for() -> None:
    paths = pack([RING, SEVEN, LINE])
    some = paths.select(torch.tensor([2, 0]))
    assert isinstance(some, Paths)
    assert torch.equal(some.points[0], paths.points[2])
