"""The Draw page without a mouse: with a finger on a phone, and with the keys alone."""

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.app import Open, Visit, on_page
from tests.browser.drawing.pads import SEVEN, Points, seen, square, turn_live_off

_PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("is_live", [True, False])
def test_a_finger_draws_on_a_narrow_screen(visit: Open, is_live: bool) -> None:
    tab = visit(**_PHONE)
    if not is_live:
        turn_live_off(tab)
    square(tab).scroll_into_view_if_needed()
    box = square(tab).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    _touch(tab, SEVEN)
    expect(tab.digit).to_have_text("7")


def test_a_finger_may_begin_in_the_corner_where_the_canvas_hides_a_toolbar(visit: Open) -> None:
    tab = visit(**_PHONE)
    turn_live_off(tab)
    square(tab).scroll_into_view_if_needed()
    _touch(tab, [(270, 8), (120, 230)])
    expect(seen(tab)).to_be_visible()


def _touch(tab: Visit, stroke: Points) -> None:
    box = square(tab).bounding_box()
    assert box is not None
    touch = tab.page.context.new_cdp_session(tab.page)
    for kind, places in (
        ("touchStart", stroke[:1]),
        *(("touchMove", [place]) for place in _between(stroke)),
        ("touchEnd", []),
    ):
        points = [dict(zip("xy", on_page(box, place), strict=True)) for place in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _between(points: Points) -> Iterable[tuple[int, int]]:
    for (x0, y0), (x1, y1) in pairwise(points):
        for i in range(1, 11):
            yield x0 + (x1 - x0) * i // 10, y0 + (y1 - y0) * i // 10


def test_a_seven_drawn_with_the_keys_is_read_and_erased(visit: Open) -> None:
    tab = visit()
    square(tab).focus()
    keys = tab.page.keyboard
    keys.press("ArrowUp")
    expect(tab.page.locator(".pad-cursor")).to_be_visible()
    _press(tab, "ArrowLeft", 6)
    _press(tab, "ArrowUp", 6)
    _press(tab, "Shift+ArrowRight", 12)
    for _ in range(8):
        keys.press("Shift+ArrowDown")
        keys.press("Shift+ArrowDown")
        keys.press("Shift+ArrowLeft")
    expect(tab.digit).to_have_text("7")
    expect(tab.page.locator(".pad-spoken")).to_have_text(re.compile("ink"))
    keys.press("Backspace")
    expect(tab.page.locator(".pad-spoken")).to_have_text(re.compile("empty"))
    keys.press("Control+z")
    keys.press("Control+z")
    expect(tab.digit).to_have_text("?")
    keys.press("Space")
    expect(tab.page.get_by_role("button", name="Clear", exact=True)).to_be_enabled()


def _press(tab: Visit, key: str, times: int) -> None:
    for _ in range(times):
        tab.page.keyboard.press(key)
