from random import Random

import pytest

from mnist_core.networks.edit import (
    double,
    insert_after,
    insert_before,
    move,
    remove,
    step_channels,
    step_kernel,
    step_times,
    with_channels,
)
from mnist_core.networks.notation import NotationError, parse
from tests.core.networks.random_lines import damaged, random_line

_LINE = "16c5 p2 2*16c3 max"


def test_a_word_is_put_before_or_after_another() -> None:
    assert insert_before(_LINE, 1, "d") == "d 16c5 p2 2*16c3 max"
    assert insert_before(_LINE, 4, "d") == insert_after(_LINE, 3, "d") == "16c5 p2 2*16c3 d max"
    assert insert_before("", 1, "16c3") == insert_after("", 0, "16c3") == "16c3"


def test_a_word_moves_with_its_number_and_no_further_than_the_ends() -> None:
    assert move(_LINE, 3, -1) == "16c5 2*16c3 p2 max"
    assert move(_LINE, 1, 2) == "p2 2*16c3 16c5 max"
    assert move(_LINE, 1, -1) == move(_LINE, 4, 1) == _LINE


def test_a_word_is_doubled_and_its_number_goes_up_and_down() -> None:
    assert double("16c3 max", 1) == "2*16c3 max"
    assert double(_LINE, 3) == "16c5 p2 4*16c3 max"
    assert step_times(_LINE, 3, 1) == "16c5 p2 3*16c3 max"
    assert step_times(_LINE, 3, -1) == "16c5 p2 16c3 max"
    assert step_times("16c3 max", 1, -1) == "16c3 max"
    assert double("16c3 max", 2) == "16c3 max"


def test_a_word_is_removed_whole() -> None:
    assert remove(_LINE, 3) == "16c5 p2 max"
    assert remove("max", 1) == ""


@pytest.mark.parametrize(
    ("word", "by", "changed"),
    [
        *(("16c3", 1, "20c3"), ("16c3", -1, "12c3"), ("3c3", 1, "4c3"), ("4c3", -1, "3c3")),
        *(("10c3", 1, "12c3"), ("10c3", -1, "8c3"), ("1c3", -1, "1c3"), ("256C3", 1, "256C3")),
        *(("16c3", 3, "28c3"), ("2*16c3s2v", 1, "2*20c3s2v"), ("12c3g6", 1, "18c3g6")),
        *(("6c3g6", -1, "6c3g6"), ("16c3", 0, "16c3"), ("p2", 1, "p2"), ("d.1", 1, "d.1")),
    ],
)
def test_channels_go_up_and_down_in_sizes_that_fit_their_groups(
    word: str, by: int, changed: str
) -> None:
    assert step_channels(f"{word} max", 1, by) == f"{changed} max"


@pytest.mark.parametrize(
    ("word", "by", "changed"),
    [
        *(("16c3", 1, "16c5"), ("16c3", -1, "16c1"), ("16c1", -1, "16c1"), ("6C6s2v", 1, "6C8s2v")),
        *(("6c2", -1, "6c2"), ("6c27", 1, "6c27"), ("6c28", 1, "6c28"), ("max", 1, "max")),
    ],
)
def test_kernels_go_up_and_down_and_stay_odd_or_even(word: str, by: int, changed: str) -> None:
    assert step_kernel(word, 1, by) == changed


def test_other_words_stay_as_typed_even_wrong_ones() -> None:
    line = "016c5  p3 16c3v2 \t16c3s1"
    assert step_channels(line, 4, 1) == "016c5 p3 16c3v2 20c3"
    assert step_channels(line, 4, 0) == double(line, 2) == "016c5 p3 16c3v2 16c3s1"
    assert with_channels(line, 1, 7) == "7c5 p3 16c3v2 16c3s1"
    assert remove(line, 2) == "016c5 16c3v2 16c3s1"


@pytest.mark.parametrize("place", [-1, 0, 5, 10**9])
def test_a_place_that_is_none_changes_nothing(place: int) -> None:
    for changed in (
        insert_before(_LINE, place, "d"),
        remove(_LINE, place),
        move(_LINE, place, 1),
        double(_LINE, place),
        step_times(_LINE, place, 1),
        step_channels(_LINE, place, 1),
        step_kernel(_LINE, place, 1),
        with_channels(_LINE, place, 3),
    ):
        assert changed == _LINE


def test_any_line_may_be_edited_and_becomes_a_network_or_is_told_why_not() -> None:
    random = Random(0)
    num_networks = num_refused = 0
    for number in range(1_000):
        line = random_line(random)
        if number % 2:
            line = damaged(line, random)
        place, by = random.randint(-1, 12), random.choice([-1, 1])
        for changed in (
            insert_after(line, place, "16c3"),
            move(line, place, by),
            double(line, place),
            step_times(line, place, by),
            step_channels(line, place, by),
            step_kernel(line, place, by),
        ):
            try:
                parse(changed)
                num_networks += 1
            except NotationError:
                num_refused += 1
    assert num_networks > 1_000 and num_refused > 1_000


def test_tiny_can_be_made_from_nothing_with_buttons_only() -> None:
    line = insert_before("", 1, "max")
    line = insert_before(line, 1, "16c3")
    line = step_kernel(step_channels(line, 1, -2), 1, 1)
    line = insert_after(line, 1, "p2")
    line = step_channels(insert_after(line, 2, "16c3"), 3, -2)
    line = insert_after(insert_after(line, 3, "p2"), 4, "d")
    line = double(step_channels(insert_after(line, 5, "16c3"), 6, -1), 6)
    assert line == "8c5 p2 8c3 p2 d 2*12c3 max"
