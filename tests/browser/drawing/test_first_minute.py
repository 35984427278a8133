"""What a person meets first: a large pad that writes by itself until it is touched."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from mnist_core.strokes.files import read_strokes
from tests.browser.app import Open, Visit, serving

_SEVEN = [(80, 70), (200, 70), (130, 225)]
_FOUR = [[(40, 60), (40, 140), (120, 140)], [(95, 90), (95, 220)]]
_TWO = [(160, 100), (180, 70), (220, 70), (230, 110), (170, 210), (250, 210)]
_MOVING = {"reduced_motion": "no-preference"}
_NOT_SURE = "Not sure: this may be no digit."
_PAD = 280
_MEASURE = """() => {
  const page = document.querySelector("[data-testid=stMain]");
  const top = (name) => {
    const element = document.querySelector(`.st-key-${name}`);
    return element && Math.round(element.getBoundingClientRect().top + page.scrollTop);
  };
  window.heights = []; window.tops = []; window.ends = [];
  setInterval(() => {
    window.heights.push(page.scrollHeight);
    window.tops.push(top("loss"));
    window.ends.push(top("more_curves")); // the last of the run
  }, 50);
}"""
_BRUSH = 22


def _label(tab: Visit) -> Locator:
    return tab.page.get_by_text("A sample. Draw over it: yours takes its place.")


def test_the_pad_writes_by_itself_and_is_read_until_a_person_draws(visit: Open) -> None:
    tab = visit(**_MOVING)
    expect(_label(tab)).to_be_visible()
    expect(tab.digit).to_have_text(re.compile(r"\d"))
    expect(tab.page.locator(".note")).to_have_text("A sample, read as it is written.")
    tab.page.get_by_text("Was it right? Keep your drawing").click()
    tab.page.locator(".st-key-was_a_3 button").click()
    expect(tab.page.get_by_text("Draw one digit, then say what it was.")).to_be_visible()
    tab.draw(_SEVEN)
    expect(_label(tab)).to_be_hidden()
    expect(tab.page.locator(".note")).to_have_count(0)
    expect(tab.digit).to_have_text("7")
    tab.press("Undo")  # the one stroke there is
    expect(tab.digit).to_have_text("?")
    expect(tab.page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    expect(_label(tab)).to_be_hidden()


def test_a_key_ends_the_sample_too(visit: Open) -> None:
    tab = visit(**_MOVING)
    expect(_label(tab)).to_be_visible()
    tab.page.get_by_label("Square to draw a digit on").focus()
    tab.page.keyboard.press("ArrowUp")
    expect(_label(tab)).to_be_hidden()
    expect(tab.digit).to_have_text("?")


def test_a_sample_is_nobodys_drawing_on_another_page(visit: Open) -> None:
    tab = visit(**_MOVING)
    expect(tab.digit).to_have_text(re.compile(r"\d"))
    tab.page.get_by_role("link", name="Explain").click()
    expect(tab.page.get_by_text("Draw a digit on the Draw page")).to_be_visible()
    tab.page.get_by_role("link", name="Draw", exact=True).click()
    expect(_label(tab)).to_be_visible()


def test_nothing_moves_by_itself_for_who_asked_for_that(visit: Open) -> None:
    tab = visit()
    expect(tab.page.get_by_text("Draw a digit from 0 to 9.")).to_be_visible()
    tab.page.wait_for_timeout(1000)
    expect(_label(tab)).to_be_hidden()
    expect(tab.digit).to_have_text("?")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_each_sample_to_try_is_read_and_what_one_had_drawn_comes_back(
    visit: Open, motion: str
) -> None:
    tab = visit(reduced_motion=motion)
    tab.draw(_SEVEN)
    expect(tab.digit).to_have_text("7")
    for name, read in (("a 1 with a flag", "1"), ("42", "42"), ("a barred 7", "7")):
        tab.press(name)
        expect(_label(tab)).to_be_visible()
        expect(tab.digit).to_have_text(read)
    tab.press("a letter")
    expect(tab.page.get_by_text(_NOT_SURE)).to_be_visible()
    tab.press("Undo")
    expect(_label(tab)).to_be_hidden()
    expect(tab.digit).to_have_text("7")
    expect(tab.page.locator(".note")).to_have_count(0)


def test_a_reload_keeps_the_drawing_and_undo_goes_back_in_it(visit: Open) -> None:
    tab = visit(**_MOVING)
    tab.draw(_SEVEN, [(60, 250), (80, 250)])
    expect(tab.digit).to_have_text("7")
    tab.page.reload()
    tab.wait()
    expect(tab.digit).to_have_text("7")
    expect(_label(tab)).to_be_hidden()
    for _ in range(2):
        tab.press("Undo")
    expect(tab.digit).to_have_text("?")
    tab.page.reload()
    tab.wait()
    expect(tab.page.get_by_text("Draw a digit from 0 to 9.")).to_be_visible()
    expect(_label(tab)).to_be_hidden()


def test_the_first_touch_right_after_a_stroke_keeps_all_of_it(visit: Open, tmp_path: Path) -> None:
    with serving(tmp_path, MNIST_DRAWINGS_DIR=str(tmp_path / "drawings")) as server:
        tab = visit(at=server, viewport={"width": 1280, "height": 1400})
        expect(tab.page.get_by_text("Draw a digit from 0 to 9.")).to_be_visible(timeout=180_000)
        tab.page.get_by_text("Was it right? Keep your drawing").click()
        seven = tab.page.locator(".st-key-was_a_7 button")
        expect(seven).to_be_visible()
        tab.wait()
        tab.draw(_SEVEN)
        seven.dispatch_event("click")  # at once: no hand is as quick, nor a page as slow
        expect(tab.page.get_by_text("Kept as a 7.")).to_be_visible()
        (kept,) = read_strokes(next((tmp_path / "drawings").iterdir())).digits
        (stroke,) = kept.strokes
        (x0, y0), (x1, y1) = _SEVEN[0], _SEVEN[-1]
        assert (stroke[-1] - stroke[0]).tolist() == pytest.approx([x1 - x0, y1 - y0], abs=1)
        tab.check()
        tab.page.close()


def test_clear_puts_the_eraser_away(visit: Open) -> None:
    tab = visit()
    tab.draw(_SEVEN)
    tab.press("Eraser")
    tab.press("Clear")
    expect(tab.digit).to_have_text("?")
    tab.draw(_SEVEN)
    expect(tab.digit).to_have_text("7")


@pytest.mark.parametrize("is_live", [True, False])
def test_the_pad_is_large_and_its_frames_lie_on_the_digits_at_every_width(
    visit: Open, is_live: bool
) -> None:
    tab = visit(viewport={"width": 1280, "height": 900})
    if not is_live:
        tab.page.locator(".st-key-is_live label").first.click()
        expect(tab.page.locator("canvas.upper-canvas")).to_be_visible()
    tab.draw(*_FOUR, _TWO)
    expect(tab.digit).to_have_text("42")
    sides: dict[int, float] = {}
    for width in (390, 820, 1024, 1280):
        tab.page.set_viewport_size({"width": width, "height": 900})
        sides[width] = tab.pad_at_rest()["width"]
        _expect_frames_on_digits(tab)
    assert sides[390] > 340 and sides[1280] >= 400
    assert all(wider >= narrower for narrower, wider in pairwise(sides.values()))


def _expect_frames_on_digits(tab: Visit) -> None:
    """See that each frame is where its strokes are, to a fortieth of the pad."""
    pad = tab.pad_at_rest()
    scale = pad["width"] / _PAD
    frames = tab.page.locator(".st-key-drawn .frames i")
    expect(frames).to_have_count(2)
    for frame, points in zip(frames.all(), ([*_FOUR[0], *_FOUR[1]], _TWO), strict=True):
        box = frame.bounding_box()
        assert box is not None
        found = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        xs, ys = zip(*points, strict=True)
        ink = (
            min(xs) - _BRUSH / 2,
            min(ys) - _BRUSH / 2,
            max(xs) + _BRUSH / 2,
            max(ys) + _BRUSH / 2,
        )
        origin = (pad["x"], pad["y"]) * 2
        wanted = [start + scale * place for start, place in zip(origin, ink, strict=True)]
        assert found == pytest.approx(wanted, abs=pad["width"] / 40)


def test_a_run_is_seen_at_one_glance_and_nothing_shrinks_while_it_trains(visit: Open) -> None:
    tab = visit(
        "/train?recipe=tiny&dataset=digits&epochs=20&batch_size=16",
        viewport={"width": 1280, "height": 900},
    )
    tab.press("Train")
    loss, accuracy = tab.chart("loss"), tab.chart("accuracy")
    expect(loss).to_be_visible(timeout=60_000)
    tab.page.evaluate(_MEASURE)
    boxes = [one.bounding_box() for one in (accuracy, loss, tab.page.locator(".stProgress"))]
    left, right, progress = (box or pytest.fail("it is not shown") for box in boxes)
    assert left["x"] + left["width"] <= right["x"] and left["y"] == right["y"]
    assert max(box["y"] + box["height"] for box in (left, right, progress)) <= 900
    never = tab.page.locator(".before-after section").first
    expect(never).to_contain_text("The same network, never trained")
    expect(never).to_contain_text("Not sure")
    expect(tab.page.get_by_text("Now, after epoch 20")).to_be_visible(timeout=60_000)
    expect(tab.pill).to_have_text("finished", timeout=60_000)
    tab.wait()
    heights, tops, ends = tab.page.evaluate("[window.heights, window.tops, window.ends]")
    assert len(heights) > 10
    for measured in (heights, [end for end in ends if end is not None]):
        assert all(later >= earlier for earlier, later in pairwise(measured)), measured
    assert len(set(tops)) == 1, tops
