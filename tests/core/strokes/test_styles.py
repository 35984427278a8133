"""Edits of strokes: each adds or takes away what its name says, and spoils nothing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_core.strokes import styles
from mnist_core.strokes.styles import EDITS, Strokes, restyle

Stroke = NDArray[np.float32]


def stroke(*points: tuple[float, float], num_points: int = 40) -> Stroke:
    """A line through the points, at as many places as a tablet would report."""
    corners = np.array(points, np.float32)
    along = np.linspace(0, len(corners) - 1, num_points)
    columns = [np.interp(along, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)]
    return np.stack(columns, axis=1).astype(np.float32)


PLAIN_ONE = [stroke((0, 0), (5, 200))]
FLAGGED_ONE = [stroke((-60, 70), (0, 0), (5, 200))]
PLAIN_SEVEN = [stroke((0, 0), (100, 0), (30, 200))]
OPEN_FOUR = [stroke((0, 0), (-10, 110), (110, 110)), stroke((70, 10), (60, 200))]
TWO = [stroke((0, 40), (50, 0), (90, 50), (0, 200), (110, 195))]
NINE = [stroke((90, 20), (40, 0), (0, 60), (80, 70), (90, 20), (80, 200))]
angles = np.linspace(-np.pi / 2, -2.5 * np.pi, 50)
ZERO = [(np.stack([np.cos(angles), np.sin(angles)], axis=1) * [60, 100]).astype(np.float32)]

DRAWN: dict[int, Strokes] = {
    0: ZERO,
    1: PLAIN_ONE,
    2: TWO,
    4: OPEN_FOUR,
    7: PLAIN_SEVEN,
    9: NINE,
}


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_flag_comes_from_below_on_the_left_and_ends_at_the_top() -> None:
    for seed in range(20):
        flagged = np.concatenate(styles.add_flag(PLAIN_ONE, random(seed)))
        assert flagged[0, 0] < 0
        assert flagged[0, 1] > 10
        assert flagged[:, 1].max() == 200


def test_a_flag_is_taken_away_and_replaced_not_doubled() -> None:
    plain = styles.remove_flag(FLAGGED_ONE, random())[0]
    assert plain[:, 0].min() > -6
    for seed in range(20):
        first = styles.add_flag(FLAGGED_ONE, random(seed))[0]
        turns = np.flatnonzero(np.diff(np.sign(np.diff(first[:, 1]))))
        assert len(turns) <= 2


def test_a_foot_is_a_level_stroke_at_the_bottom_and_only_one() -> None:
    footed = styles.add_foot(PLAIN_ONE, random())
    assert len(footed) == 2
    assert np.ptp(footed[1][:, 0]) > np.ptp(footed[1][:, 1])
    assert abs(footed[1][:, 1].mean() - 200) < 30
    assert len(styles.add_foot(footed, random())) == 2
    assert len(styles.remove_foot(footed, random())) == 1


def test_a_bar_crosses_the_stem_of_a_seven() -> None:
    for seed in range(20):
        stem, bar = styles.add_bar(PLAIN_SEVEN, random(seed))
        crossed = stem[np.abs(stem[:, 1] - bar[:, 1].mean()).argmin(), 0]
        assert bar[:, 0].min() < crossed < bar[:, 0].max()
        assert len(styles.remove_bar([stem, bar], random())) == 1


def test_a_four_is_opened_and_closed_at_its_top_alone() -> None:
    starts: list[float] = []
    for seed in range(50):
        moved, upright = styles.open_or_close(OPEN_FOUR, random(seed))
        np.testing.assert_array_equal(upright, OPEN_FOUR[1])
        np.testing.assert_array_equal(moved[20:], OPEN_FOUR[0][20:])
        starts.append(float(moved[0, 0]))
    assert min(starts) < -10
    assert max(starts) > 60


def test_a_curled_nine_ends_further_left_than_it_did() -> None:
    for seed in range(20):
        assert styles.curl(NINE, random(seed))[0][-1, 0] < 80


def test_a_looped_two_goes_round_at_its_corner() -> None:
    looped = styles.add_loop(TWO, random())[0]
    assert len(looped) > len(TWO[0])
    corner = looped[(looped[:, 1] > 130) & (looped[:, 0] < 60)]
    ways = np.diff(corner, axis=0)
    turned = np.diff(np.unwrap(np.arctan2(ways[:, 1], ways[:, 0]))).sum()
    assert turned > np.pi


def test_a_slash_goes_up_to_the_right_through_a_zero() -> None:
    _, slash = styles.add_slash(ZERO, random())
    low, high = slash[slash[:, 1].argmax()], slash[slash[:, 1].argmin()]
    assert low[0] < 0 < high[0]


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_is_restyled_to_strokes_again_and_the_given_ones_are_left_alone(
    digit: int,
) -> None:
    given = DRAWN.get(digit, OPEN_FOUR)
    before = [one.copy() for one in given]
    for seed in range(100):
        for one in restyle(given, digit, random(seed), share=0.7):
            assert one.dtype == np.float32
            assert one.ndim == 2 and one.shape[1] == 2 and len(one) > 0
            assert np.isfinite(one).all()
    for one, kept in zip(given, before, strict=True):
        np.testing.assert_array_equal(one, kept)


@pytest.mark.parametrize("digit", EDITS)
def test_a_dot_and_two_dots_survive_every_edit(digit: int) -> None:
    dot = np.zeros((1, 2), np.float32)
    for strokes in ([dot], [dot, dot + 3]):
        for seed in range(20):
            assert all(len(one) for one in restyle(strokes, digit, random(seed), share=1.0))


def test_the_same_seed_restyles_alike_and_no_share_restyles_nothing() -> None:
    one = restyle(PLAIN_SEVEN, 7, random(3), share=0.5)
    other = restyle(PLAIN_SEVEN, 7, random(3), share=0.5)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert restyle(PLAIN_SEVEN, 7, random(), share=0.0) is PLAIN_SEVEN
