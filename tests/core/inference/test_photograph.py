"""Pictures as people have them: their ink is found, or an error says what to do."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_core.data.datasets import load_part
from mnist_core.data.preprocess import Bytes
from mnist_core.errors import DataError
from mnist_core.inference.photograph import Photograph, read_photograph
from mnist_core.inference.picture import LONGER_SIDE, MOST_BYTES
from mnist_core.predict import Predictor, read_number, read_picture

_FOUR = [[(0, 0), (0, 80), (85, 80)], [(60, 30), (60, 160)]]
_TWO = [[(0, 30), (20, 3), (55, 3), (68, 40), (5, 155), (85, 155)]]
_SIZE = 800, 600


def written(
    size: tuple[int, int] = _SIZE, place: tuple[int, int] = (270, 200), width: int = 16
) -> Bytes:
    """42 in white on black, uint8 (H, W); a digit is about 160 pixels tall."""
    picture = Image.new("L", size)
    pen = ImageDraw.Draw(picture)
    for strokes, left in ((_FOUR, place[0]), (_TWO, place[0] + 130)):
        for stroke in strokes:
            line = [(left + x, place[1] + y) for x, y in stroke]
            pen.line(line, fill=255, width=width, joint="curve")
            for x, y in line:
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return np.asarray(picture)


def photographed(
    ink: Bytes,
    *,
    paper: float = 220,
    strength: float = 0.7,
    shadow: float = 0.0,
    tilt: float = 4,
    noise: float = 4,
) -> Bytes:
    """Ink on a sheet in light that falls off to the right, with a shadow over its lower part."""
    height, width = ink.shape
    turned = Image.fromarray(ink).rotate(tilt, Image.Resampling.BICUBIC)
    share = np.asarray(turned.filter(ImageFilter.GaussianBlur(1)), np.float32) / 255
    y, x = np.mgrid[0:height, 0:width]
    light = (1.05 - 0.5 * x / width) * (1 - shadow / (1 + np.exp(-(y + 0.2 * x - 350) / 12)))
    grey = paper * (1 - strength * share) * light
    return (
        (grey + np.random.default_rng(0).normal(0, noise, grey.shape)).clip(0, 255).astype(np.uint8)
    )


def encoded(picture: Bytes, kind: str = "JPEG", **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, kind, **options)
    return content.getvalue()


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("seed")


def _text(predictor: Predictor, photograph: Photograph) -> str:
    return read_number(predictor, photograph.ink).text


@pytest.mark.parametrize(
    "picture",
    [
        photographed(written()),
        photographed(written(), shadow=0.5),
        photographed(written(width=9), strength=0.3, noise=2),
        photographed(written(), paper=60, strength=-1.8, tilt=-5),
        photographed(written((1600, 1200), (300, 800)), shadow=0.4),
    ],
    ids=["gradient", "shadow", "pencil", "blackboard", "far away"],
)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_number_on_a_photograph_is_read(predictor: Predictor, picture: Bytes, kind: str) -> None:
    found = read_photograph(encoded(picture, kind))
    assert found.is_evened
    assert max(found.picture.shape) <= LONGER_SIDE
    assert _text(predictor, found) == "42"


def test_pale_ruled_lines_are_no_ink(predictor: Predictor) -> None:
    ruled = photographed(written()).astype(np.float32)
    ruled[40::90] *= 0.85
    ruled[41::90] *= 0.85
    assert _text(predictor, read_photograph(encoded(ruled.astype(np.uint8)))) == "42"


@pytest.mark.parametrize("tilt", [-6, -3, 3, 6])
@pytest.mark.parametrize("shadow", [0.0, 0.3, 0.6])
def test_the_edges_of_a_crooked_sheet_are_no_ink(
    predictor: Predictor, tilt: float, shadow: float
) -> None:
    desk = Image.new("L", (1100, 800), 60)
    sheet = Image.fromarray(photographed(written(width=8), tilt=0, noise=0))
    mask = Image.new("L", sheet.size, 255)
    turned, shape = (
        one.rotate(tilt, Image.Resampling.BICUBIC, expand=True) for one in (sheet, mask)
    )
    desk.paste(turned, (120, 60), shape)
    grey = np.asarray(desk.filter(ImageFilter.GaussianBlur(2)), np.float32)
    y, x = np.mgrid[0:800, 0:1100]
    grey = grey * (1 - shadow / (1 + np.exp(-(y - 0.3 * x - 250) / 12)))
    noise = np.random.default_rng(0).normal(0, 4, grey.shape)
    picture = (grey + noise).clip(0, 255).astype(np.uint8)
    assert _text(predictor, read_photograph(encoded(picture))) == "42"


def test_a_sheet_on_a_dark_desk_is_read_and_the_desk_is_not(predictor: Predictor) -> None:
    sheet = photographed(written(), shadow=0.3)
    desk = np.full((800, 1100), 50, np.uint8) + np.random.default_rng(1).integers(
        0, 6, (800, 1100), np.uint8
    )
    desk[100:700, 150:950] = sheet
    assert _text(predictor, read_photograph(encoded(desk))) == "42"


@pytest.mark.parametrize("shadow", [0.0, 0.5])
def test_blank_paper_has_no_digits(predictor: Predictor, shadow: float) -> None:
    blank = photographed(np.zeros((600, 800), np.uint8), shadow=shadow)
    found = read_photograph(encoded(blank))
    assert not found.ink.any()
    assert _text(predictor, found) == ""


def test_a_box_lies_on_its_digit_in_the_picture(predictor: Predictor) -> None:
    ink = written((1600, 1200), (900, 800))
    found = read_photograph(encoded(photographed(ink, tilt=0)))
    assert found.corner != (0, 0), "little ink in a large picture is cut out"
    scale = found.picture.shape[0] / ink.shape[0]
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    boxes = np.array([digit.box for digit in read_number(predictor, found.ink).digits])
    top, left = found.corner
    assert boxes[:, 0].min() + top == pytest.approx(rows[0] * scale, abs=8)
    assert boxes[:, 2].max() + top == pytest.approx(rows[-1] * scale, abs=8)
    assert boxes[:, 1].min() + left == pytest.approx(columns[0] * scale, abs=8)
    assert boxes[:, 3].max() + left == pytest.approx(columns[-1] * scale, abs=8)


def test_a_telephone_held_upright_is_turned_back(predictor: Predictor) -> None:
    sideways = np.rot90(photographed(written()))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees, clockwise
    found = read_photograph(encoded(np.ascontiguousarray(sideways), exif=exif))
    assert found.picture.shape[:2] == _SIZE[::-1]
    assert _text(predictor, found) == "42"


def _images() -> Sequence[Bytes]:
    return [image[0] for image in load_part("digits", "test")[0].numpy()]


def test_pictures_of_a_computers_making_keep_every_grey() -> None:
    for image in [*_images()[:50], written((280, 280), (20, 60), width=20)]:
        for picture in (image, 255 - image):
            found = read_photograph(encoded(picture, "PNG"))
            assert not found.is_evened
            np.testing.assert_array_equal(found.ink, image)


@pytest.mark.mnist
def test_mnists_own_images_keep_every_grey(mnist_dir: Path) -> None:
    images, _ = load_part("mnist", "test", data_dir=mnist_dir)
    for image in images[:200, 0].numpy():
        np.testing.assert_array_equal(read_photograph(encoded(image, "PNG")).ink, image)


@pytest.mark.parametrize("level", [0, 255])
def test_transparent_pictures_are_read_whether_their_ink_is_dark_or_light(
    predictor: Predictor, level: int
) -> None:
    ink = written((280, 280), (20, 60))
    rgba = np.dstack([np.full_like(ink, level)] * 3 + [ink])
    np.testing.assert_array_equal(read_photograph(encoded(rgba, "PNG")).ink, ink)


def test_what_is_no_picture_is_refused_with_the_remedy() -> None:
    whole = encoded(photographed(written()))
    for content in (b"", b"not a picture", b"%PDF-1.7", whole[:2000], whole[: len(whole) // 2]):
        with pytest.raises(DataError, match=r"note\.png is not a picture.*PNG"):
            read_photograph(content, "note.png")


def test_formats_that_nobody_needs_are_not_opened() -> None:
    with pytest.raises(DataError, match="PNG, JPEG or WebP"):
        read_photograph(encoded(written(), "TIFF"))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "JPEG", "WEBP"])
def test_damaged_bytes_never_end_in_another_error(kind: str) -> None:
    content = bytearray(encoded(written((120, 90), (0, 0)), kind))
    random = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 4):
            damaged[place] = int(random.integers(256))
        with contextlib.suppress(DataError):
            read_photograph(bytes(damaged))


def test_what_is_too_large_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(DataError, match="15"):
        read_photograph(b"\xff" * (MOST_BYTES + 1))
    bomb = io.BytesIO()
    Image.new("1", (20_000, 9_000)).save(bomb, "PNG")
    with pytest.raises(DataError, match="too large"):
        read_photograph(bomb.getvalue())
    many = io.BytesIO()
    Image.new("L", (5_000, 4_000)).save(many, "PNG")
    with pytest.raises(DataError, match=r"5,000 × 4,000 pixels"):
        read_photograph(many.getvalue())


def test_a_large_photograph_of_a_telephone_is_read(predictor: Predictor) -> None:
    small = Image.fromarray(photographed(written()))
    content = io.BytesIO()
    small.resize((6000, 4500), Image.Resampling.BILINEAR).save(content, "JPEG")
    assert _text(predictor, read_photograph(content.getvalue())) == "42"


def test_the_command_line_reads_a_photograph_too(predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "42.jpg"
    path.write_bytes(encoded(photographed(written(), shadow=0.4)))
    assert read_number(predictor, read_picture(path)).text == "42"
    with pytest.raises(DataError, match="cannot be read"):
        read_picture(tmp_path)
