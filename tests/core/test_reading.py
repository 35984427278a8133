"""Numbers: what is one digit stays one, what are several are read in order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from mnist_core.data.datasets import load_part
from mnist_core.data.preprocess import Bytes
from mnist_core.inference.reading import UNREAD
from mnist_core.predict import Predictor, read_number

Strokes = Sequence[Sequence[tuple[float, float]]]

_ZERO = [[(5, 0), (2, 1), (0, 5), (1, 9), (4, 10), (6, 8), (7, 4), (6, 1), (5, 0)]]
_ONE = [[(2, 0), (1, 10)]]
_TWO = [[(0, 2), (2, 0), (5, 1), (5, 4), (2, 8), (0, 10), (6, 10)]]
_FOUR = [[(3, 0), (0, 6), (6, 6)], [(5, 3), (4.6, 10)]]
_FIVE_WITH_ITS_BAR_APART = [
    [(1, 1.6), (0.6, 4.6), (4, 4.6), (5, 7), (4, 9.6), (0, 9.6)],
    [(1.6, 0), (6, 0)],
]
_SEVEN = [[(0, 0), (6, 0), (2, 10)]]
_DIGITS = {"0": _ZERO, "1": _ONE, "2": _TWO, "4": _FOUR, "7": _SEVEN}


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("seed")


def _draw(*placed: tuple[Strokes, float, float], unit: float = 7.0, width: int = 9) -> Bytes:
    """Draw strokes, `unit` pixels each, with their corner at the given x and y of 280×280."""
    picture = Image.new("L", (280, 280))
    pen = ImageDraw.Draw(picture)
    for strokes, left, top in placed:
        for stroke in strokes:
            points = [(left + unit * x, top + unit * y) for x, y in stroke]
            pen.line(points, fill=255, width=width)
            for x, y in points:
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return np.asarray(picture)


def _write(text: str, top: float = 100) -> Bytes:
    return _draw(*((_DIGITS[digit], 15 + 66 * at, top) for at, digit in enumerate(text)))


@pytest.mark.parametrize("text", ["42", "1024", "707"])
def test_a_number_is_read_from_the_left(predictor: Predictor, text: str) -> None:
    reading = read_number(predictor, _write(text))
    assert reading.text == text
    lefts = [digit.box[1] for digit in reading.digits]
    assert lefts == sorted(lefts)


def test_a_box_frames_its_own_ink(predictor: Predictor) -> None:
    drawing = _write("70")
    ink = drawing >= 128
    for digit in read_number(predictor, drawing).digits:
        top, left, bottom, right = digit.box
        inside = ink[top:bottom, left:right]
        assert inside[:3].any() and inside[-3:].any()
        assert inside[:, :3].any() and inside[:, -3:].any()
        ink[top:bottom, left:right] = False
    assert not ink.any()


def test_a_single_digit_is_read_as_the_predictor_reads_it(predictor: Predictor) -> None:
    drawing = _draw((_TWO, 60, 40), unit=18, width=20).copy()
    drawing[30:36, 250:256] = 255  # a stray tap of the brush
    (digit,) = read_number(predictor, drawing).digits
    alone = predictor.predict(drawing)
    assert alone is not None
    np.testing.assert_array_equal(digit.prediction.image, alone.image)
    np.testing.assert_array_equal(digit.prediction.probabilities, alone.probabilities)


def test_the_bar_of_a_five_belongs_to_it(predictor: Predictor) -> None:
    drawing = _draw((_FIVE_WITH_ITS_BAR_APART, 60, 40), unit=18, width=16)
    assert ndimage.label(drawing >= 128)[1] == 2, "the bar is to be apart"
    assert read_number(predictor, drawing).text == "5"


def test_a_speck_is_no_digit(predictor: Predictor) -> None:
    drawing = _draw((_SEVEN, 40, 60), unit=14, width=16).copy()
    drawing[30:36, 250:256] = 255
    assert read_number(predictor, drawing).text == "7"


def test_a_stroke_too_faint_to_be_a_drawing_is_no_trouble_beside_a_digit(
    predictor: Predictor,
) -> None:
    drawing = _draw((_SEVEN, 40, 60), unit=14, width=16).copy()
    drawing[60:200, 200:210] = 28
    assert read_number(predictor, drawing).text[0] == "7"


def test_two_lines_are_two_lines(predictor: Predictor) -> None:
    drawing = np.maximum(_write("42", top=30), _write("70", top=170))
    assert read_number(predictor, drawing).text == "42\n70"


def test_touching_digits_say_so(predictor: Predictor) -> None:
    drawing = _draw((_FOUR, 30, 100), (_TWO, 75, 100), (_SEVEN, 118, 100), width=12)
    reading = read_number(predictor, drawing)
    assert reading.text == UNREAD
    assert reading.digits[0].is_touching and reading.is_doubtful


@pytest.mark.parametrize("shape", [(280, 280), (280, 280, 3), (280, 280, 4)])
def test_a_blank_drawing_has_no_digits(predictor: Predictor, shape: tuple[int, ...]) -> None:
    reading = read_number(predictor, np.zeros(shape, np.uint8))
    assert (reading.digits, reading.text, reading.is_doubtful) == ((), "", False)


@pytest.mark.mnist
def test_numbers_of_mnist_digits_are_mostly_read_right(
    predictor: Predictor, mnist_dir: Path
) -> None:
    images, labels = load_part("mnist", "validation", data_dir=mnist_dir)
    right = 0
    for first in range(0, 150, 3):
        row = np.concatenate(list(images[first : first + 3, 0].numpy()), axis=1)
        text = "".join(str(int(digit)) for digit in labels[first : first + 3])
        right += read_number(predictor, np.pad(row, 12)).text == text
    assert right >= 44


def _face(num_eyes: int) -> np.ndarray:
    """A ring with so many dots in it."""
    y, x = np.mgrid[:280, :280]
    far = np.hypot(y - 140, x - 140)
    drawing = np.where((far > 85) & (far < 105), 255, 0).astype(np.uint8)
    for eye in range(num_eyes):
        drawing[np.hypot(y - 120, x - 110 - 60 * eye) < 10] = 255
    return drawing


def test_a_ring_with_two_eyes_is_no_sure_zero_and_one_with_a_dot_is() -> None:
    predictor = Predictor.load("record")
    plain, dotted, face = (read_number(predictor, _face(n)).digits for n in (0, 1, 2))
    assert [d.prediction.is_doubtful for d in (*plain, *dotted, *face)] == [False, False, True]
    found = predictor.predict(_face(2))
    assert found is not None and found.is_doubtful
