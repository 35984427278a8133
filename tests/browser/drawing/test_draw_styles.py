"""Everybody’s digits on the pad are read, and what is no digit is refused."""

import math

import pytest
from playwright.sync_api import expect

from tests.browser.app import Open

Points = list[tuple[int, int]]


def _circle(x: int, y: int, radius: int, start: int = 0, end: int = 360) -> Points:
    angles = [math.radians(angle) for angle in range(start, end + 1, 20)]
    return [(round(x + radius * math.cos(a)), round(y + radius * math.sin(a))) for a in angles]


_DIGITS: dict[str, tuple[str, list[Points]]] = {
    "flagged 1": ("1", [[(85, 125), (150, 45), (150, 235)]]),
    "barred 7": ("7", [[(75, 65), (195, 60), (125, 230)], [(105, 145), (190, 140)]]),
    "curled 9": (
        "9",
        [
            [
                *_circle(140, 95, 42, 0, 360),
                *[(184, 150), (178, 195), (155, 225), (125, 230), (98, 212)],
            ]
        ],
    ),
    "open 4": ("4", [[(95, 55), (85, 145), (195, 145)], [(165, 70), (160, 230)]]),
}
_NOT_DIGITS: dict[str, list[Points]] = {
    "A": [[(70, 225), (140, 50), (210, 225)], [(98, 160), (182, 160)]],
    "face": [
        _circle(140, 140, 90),
        *[_circle(105, 110, 8), _circle(175, 110, 8)],
        _circle(140, 145, 45, 20, 160),
    ],
    "box": [[(60, 70), (220, 70), (220, 210), (60, 210), (60, 70)]],
}


@pytest.mark.parametrize("name", _DIGITS)
def test_a_digit_in_another_style_is_read(visit: Open, name: str) -> None:
    digit, strokes = _DIGITS[name]
    tab = visit()
    tab.draw(*strokes)
    expect(tab.digit).to_have_text(digit)  # which is a question mark where it is not sure


@pytest.mark.parametrize("name", _NOT_DIGITS)
def test_what_is_no_digit_is_refused(visit: Open, name: str) -> None:
    tab = visit()
    tab.draw(*_NOT_DIGITS[name])
    expect(tab.page.get_by_text("Not sure: this may be no digit.")).to_be_visible()
    expect(tab.digit).to_have_text("?")
