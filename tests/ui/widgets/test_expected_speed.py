import pytest

from mnist_core.networks.named import describe
from mnist_ui.widgets.expected_speed import expected_speed

_LINE = "8c5 p2 24c3 max"


def test_a_network_that_was_trained_is_as_fast_as_it_was() -> None:
    assert expected_speed("tiny", {"tiny": 7000.0, "record": 2500.0}) == 7000.0


def test_a_new_line_is_held_against_the_network_with_the_most_similar_work() -> None:
    works = [describe(name).multiply_adds for name in (_LINE, "tiny", "record")]
    assert abs(works[0] - works[1]) < abs(works[0] - works[2])
    expected = 7000.0 * works[1] / works[0]
    assert expected_speed(_LINE, {"tiny": 7000.0, "record": 2500.0}) == pytest.approx(expected)


def test_where_nothing_was_trained_yet_the_guess_is_slow() -> None:
    assert expected_speed(_LINE, {}) == 2000.0
