"""The live pad's drawings: what a browser sends, what is made of it, and what is remembered."""

import base64
from typing import Any

import numpy as np
import pytest

from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint
from mnist_ui.components.drawing import Memory, Picture, Stroke, parse_marks, render
from mnist_ui.components.fabric import mark_to_object, object_to_mark
from mnist_ui.components.pad import _take  # pyright: ignore[reportPrivateUsage]
from mnist_ui.widgets.samples import random_sample

_SEVEN = Stroke((80, 70, 200, 70, 130, 225), 22)
_SPECKLED = Picture(bytes(range(256)) * 3 + bytes(16))


def test_a_stroke_is_drawn_as_wide_as_its_pen_and_a_tap_is_a_dot() -> None:
    assert (render([Stroke((40, 140, 240, 140), 20)])[:, 140] > 0).sum() in (20, 21)
    dot = render([Stroke((100, 50), 20)])
    rows, columns = np.nonzero(dot)
    assert (rows.mean().round(), columns.mean().round()) == (50, 100)
    assert np.ptp(rows) == np.ptp(columns) == 20


def test_a_drawing_of_points_is_read_as_its_digit() -> None:
    prediction = Predictor.load(find_checkpoint("seed")).predict(render([_SEVEN]))
    assert prediction is not None and prediction.digit == 7


def test_the_eraser_takes_ink_away_but_only_where_and_after_it_was_used() -> None:
    line = Stroke((40, 140, 240, 140), 20)
    eraser = Stroke((140, 100, 140, 180), 30, is_eraser=True)
    assert render([line, eraser])[140, 140] == 0
    assert render([line, eraser])[140, 60] == 255
    assert render([eraser, line])[140, 140] == 255


def test_a_picture_lies_over_what_was_drawn_before_it() -> None:
    picture = Picture(bytes(784))
    assert not render([_SEVEN, picture]).any()
    assert (render([picture, _SEVEN]) == render([_SEVEN])).all()


@pytest.mark.parametrize("mark", [_SEVEN, Stroke((1, 2), 8, is_eraser=True), _SPECKLED])
def test_marks_come_back_from_the_browser_as_they_went(mark: Stroke | Picture) -> None:
    assert parse_marks([mark.to_json()]) == [mark]


@pytest.mark.parametrize("mark", [_SEVEN, Stroke((1, 2), 8, is_eraser=True)])
def test_a_stroke_goes_to_the_drawable_canvas_and_back_unchanged(mark: Stroke) -> None:
    there = object_to_mark(mark_to_object(mark))
    assert isinstance(there, Stroke)
    assert there.points[: len(mark.points)] == mark.points
    assert (render([there]) == render([mark])).all()


def test_a_picture_goes_to_the_drawable_canvas_and_back_much_as_it_was() -> None:
    sample = Picture(random_sample().pixels)
    back = object_to_mark(mark_to_object(sample))
    assert isinstance(back, Picture)
    before, after = (np.frombuffer(p.pixels, np.uint8).astype(int) for p in (sample, back))
    assert np.abs(before - after).mean() < 12


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {"points": [1, 2]},
        [7],
        [{"points": [1, 2, 3], "width": 9, "isEraser": False}],
        [{"points": [], "width": 9, "isEraser": False}],
        [{"points": [1, 10**9], "width": 9, "isEraser": False}],
        [{"points": [1, 0.5], "width": 9, "isEraser": False}],
        [{"points": [1, 2], "width": 10_000, "isEraser": False}],
        [{"points": [1, 2] * 30_000, "width": 9, "isEraser": False}],
        [{"picture": "%%%"}],
        [{"picture": base64.b64encode(b"GIF89a").decode()}],
    ],
    ids=str,
)
def test_what_no_pad_of_ours_sends_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError):
        parse_marks(sent)


def test_a_drawing_is_forgotten_with_its_last_mark() -> None:
    memory = Memory()
    memory.take([_SEVEN])
    assert memory.image is not None and memory.image.shape == (280, 280)
    memory.take([])
    assert memory.image is None


def test_each_beginning_has_a_number_of_its_own() -> None:
    memory = Memory()
    memory.begin_with([_SEVEN])
    first = memory.revision
    memory.begin_with([])
    assert memory.revision != first
    assert memory.image is None and memory.start == []


def test_what_was_told_on_an_older_beginning_is_answered_and_not_kept() -> None:
    memory = Memory()
    memory.begin_with([_SEVEN])
    _take(memory, {"marks": [], "revision": memory.revision - 1, "number": 7})
    assert (memory.marks, memory.num_told) == ([_SEVEN], 7)


@pytest.mark.parametrize("number", [None, "8", 8.0, True, -1, 10**400])
def test_a_number_that_no_pad_has_is_left_out(number: object) -> None:
    memory = Memory(num_told=7)
    _take(memory, {"marks": [_SEVEN.to_json()], "revision": 0, "number": number})
    assert (memory.marks, memory.num_told) == ([_SEVEN], 7)
