from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.data.datasets import load_part
from mnist_core.data.preprocess import preprocess
from mnist_core.errors import DataError
from mnist_core.predict import Predictor, read_picture


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("seed")


def _seven(size: int = 280, width: int = 20) -> Image.Image:
    picture = Image.new("L", (size, size))
    points = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
    line = [(x * size, y * size) for x, y in points]
    ImageDraw.Draw(picture).line(line, fill=255, width=width, joint="curve")
    return picture


def test_a_drawn_seven_is_read(predictor: Predictor) -> None:
    found = predictor.predict(np.asarray(_seven()))
    assert found is not None and found.digit == 7
    assert found.image.shape == (28, 28) and found.image.dtype == np.float32
    assert found.probabilities.shape == (10,) and found.probabilities.dtype == np.float32
    assert found.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert found.probabilities.argmax() == 7


@pytest.mark.parametrize("size", [280, 301])
def test_a_stray_tap_beside_a_seven_is_not_what_the_network_sees(
    predictor: Predictor, size: int
) -> None:
    alone = _seven().resize((size, size), Image.Resampling.BICUBIC)  # the larger has soft edges
    tapped = alone.copy()
    ImageDraw.Draw(tapped).circle((250, 40), 5, fill=255)
    assert not np.array_equal(preprocess(np.asarray(tapped)), preprocess(np.asarray(alone)))
    found, expected = predictor.predict(np.asarray(tapped)), predictor.predict(np.asarray(alone))
    assert found is not None and expected is not None
    np.testing.assert_array_equal(found.image, expected.image)
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    np.testing.assert_array_equal(found.stages.cropped, expected.stages.cropped)
    assert found.stages.centred is found.image


def test_a_clean_digit_is_read_as_all_of_its_ink(predictor: Predictor) -> None:
    images, _ = load_part("digits", "test")
    for image in images[:50, 0].numpy():
        found = predictor.predict(image)
        assert found is not None
        np.testing.assert_array_equal(found.image[None], preprocess(image))


def test_several_digits_are_predicted_as_if_they_were_one(predictor: Predictor) -> None:
    two = np.concatenate([np.asarray(_seven(140, 12))] * 2, axis=1)
    found = predictor.predict(two)
    assert found is not None and found.is_doubtful
    np.testing.assert_array_equal(found.image[None], preprocess(two))


def test_a_blank_canvas_has_no_prediction(predictor: Predictor) -> None:
    assert predictor.predict(np.zeros((280, 280, 4), np.uint8)) is None
    black = np.zeros((280, 280, 4), np.uint8)
    black[..., 3] = 255
    assert predictor.predict(black) is None


def test_grey_colour_and_transparent_canvases_give_one_answer(predictor: Predictor) -> None:
    grey = np.asarray(_seven())
    on_black = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    transparent = np.dstack([np.full_like(grey, 255)] * 3 + [grey])
    answers = [predictor.predict(d) for d in (grey, on_black[..., :3], on_black, transparent)]
    first = answers[0]
    assert first is not None
    for answer in answers:
        assert answer is not None
        np.testing.assert_allclose(answer.probabilities, first.probabilities, atol=1e-5)


def test_where_a_digit_is_drawn_makes_no_difference(predictor: Predictor) -> None:
    canvas = np.zeros((400, 400), np.uint8)
    canvas[110:390, 5:285] = np.asarray(_seven())
    found, centred = predictor.predict(canvas), predictor.predict(np.asarray(_seven()))
    assert found is not None and centred is not None
    np.testing.assert_array_equal(found.image, centred.image)


def test_a_drawing_of_the_wrong_type_is_refused(predictor: Predictor) -> None:
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((28, 28), np.float32))  # pyright: ignore[reportArgumentType]


def test_black_on_white_paper_reads_as_white_on_black(predictor: Predictor, tmp_path: Path) -> None:
    light, dark = tmp_path / "light.png", tmp_path / "dark.png"
    _seven().save(dark)
    Image.eval(_seven(), lambda value: 255 - value).save(light)
    answers = [predictor.predict(read_picture(path)) for path in (light, dark)]
    assert [answer.digit for answer in answers if answer] == [7, 7]


def test_a_transparent_picture_with_dark_ink_is_read(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    picture = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    picture.putalpha(_seven())
    picture.save(path)
    found = predictor.predict(read_picture(path))
    assert found is not None and found.digit == 7


def test_a_file_that_is_no_picture_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "note.png"
    path.write_text("not a picture")
    with pytest.raises(DataError, match=r"note\.png is not a picture.*PNG"):
        read_picture(path)
    with pytest.raises(DataError, match="does not exist"):
        read_picture(tmp_path / "nowhere.png")


def test_the_embedded_digits_are_read_mostly_right_though_never_seen(predictor: Predictor) -> None:
    images, labels = load_part("digits", "test")
    answers = [predictor.predict(image[0].numpy()) for image in images]
    right = sum(
        a is not None and a.digit == label for a, label in zip(answers, labels, strict=True)
    )
    assert right > 0.8 * len(labels)


def test_a_clear_digit_is_not_doubtful_and_a_scribble_is(predictor: Predictor) -> None:
    scribble = Image.new("L", (280, 280))
    corners = [
        (60, 60),
        (220, 80),
        (70, 130),
        (210, 200),
        (90, 220),
        (200, 60),
        (150, 240),
        (60, 60),
    ]
    ImageDraw.Draw(scribble).line(corners, fill=255, width=16, joint="curve")
    seven, other = (predictor.predict(np.asarray(one)) for one in (_seven(), scribble))
    assert seven is not None and other is not None
    assert not seven.is_doubtful
    assert other.is_doubtful
