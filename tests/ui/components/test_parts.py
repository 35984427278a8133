"""The buttons of a line's parts: what each press makes of the line."""

from collections.abc import Iterable
from typing import Any

import pytest

from mnist_core.networks.named import LINES
from mnist_core.networks.words import Token, read_word
from mnist_ui.components.parts import rewrite, say_word


def _pressed(line: str, *presses: tuple[str, int, str]) -> str:
    for action, place, word in presses:
        line = rewrite(line, {"action": action, "place": place, "word": word, "line": line})
    return line


def _appended(words: Iterable[str]) -> list[tuple[str, int, str]]:
    return [("append", 0, word) for word in words]


def test_tiny_is_built_from_nothing_with_buttons_alone() -> None:
    line = _pressed("", *_appended(["8c3", "p2", "8c3", "p2", "d", "8c3", "max"]))
    assert _pressed(line, ("larger", 1, ""), ("more", 6, ""), ("double", 6, "")) == LINES["tiny"]


def test_what_is_added_at_the_end_stands_before_the_end_word() -> None:
    assert _pressed("8c3 max", *_appended(["p2"])) == "8c3 p2 max"
    assert _pressed("8c3 max", *_appended(["mean"])) == "8c3 mean"


def test_parts_are_added_beside_moved_and_removed() -> None:
    assert _pressed("8c3 max", ("before", 1, "p2")) == "p2 8c3 max"
    assert _pressed("8c3 max", ("after", 1, "d")) == "8c3 d max"
    assert _pressed("8c3 d max", ("earlier", 2, "")) == "d 8c3 max"
    assert _pressed("8c3 d max", ("later", 1, "")) == "d 8c3 max"
    assert _pressed("8c3 d max", ("remove", 2, "")) == "8c3 max"


def test_a_step_pressed_on_the_line_before_still_counts_but_a_move_does_not() -> None:
    before, now = "8c3 d max", "12c3 d max"
    press = {"place": 1, "word": "", "line": before}
    assert rewrite(now, {**press, "action": "more"}) == "16c3 d max"
    assert rewrite(now, {**press, "action": "remove"}) == now


@pytest.mark.parametrize(
    "press",
    [
        {},
        {"action": "remove"},
        {"action": "remove", "place": "1", "line": "8c3 max"},
        {"action": "after", "place": 1, "word": "<b>", "line": "8c3 max"},
        {"action": "append", "place": 0, "word": ["8c3"]},
        {"action": ["more"], "place": 1},
        {"action": "more", "place": 10**30},
        {"action": "remove", "place": True, "line": "8c3 d max"},
    ],
    ids=str,
)
def test_a_press_that_no_button_makes_changes_nothing(press: dict[str, Any]) -> None:
    assert rewrite("8c3 max", press) == "8c3 max"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("16c5", "16 channels, 5×5, batch norm, ReLU"),
        ("1C3v", "bare 1 channel, 3×3, no padding"),
        ("2*16c6s2g4", "2 times: 16 channels, 6×6, strides of 2, 4 groups, batch norm, ReLU"),
        ("16c3x3", "16 channels, 3×3, used 3 times, batch norm, ReLU"),
        ("d.1", "dropout at 0.1"),
        ("d", "dropout at the recipe’s rate"),
        ("R", "ReLU"),
        ("a2", "mean of 2×2: half as high and wide"),
        ("b2", "blurred maximum of 2×2: half as high and wide"),
        ("max", "greatest value of each channel, then ten answers"),
    ],
)
def test_a_word_is_said_in_words(text: str, said: str) -> None:
    assert say_word(read_word(Token(text, 1, 0, 0))) == said
