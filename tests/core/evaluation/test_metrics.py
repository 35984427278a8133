"""Values against published examples and against counting by hand."""

import numpy as np
import pytest

from mnist_core.evaluation.metrics import (
    calibration_error,
    compare_answers,
    mcnemar,
    most_confused,
    reliability,
    score_digits,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_the_interval_is_that_of_newcombes_examples(
    correct: int, total: int, low: float, high: float
) -> None:
    """Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I."""
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=0.005)


def test_all_right_is_no_certainty_and_never_more_than_everything() -> None:
    low, high = wilson_interval(10, 10)
    assert low == pytest.approx(72.25, abs=0.01)
    assert high == pytest.approx(100.0) and high <= 100.0


def _confusion(**cells: int) -> list[list[int]]:
    counts = [[0] * 10 for _ in range(10)]
    for cell, count in cells.items():
        counts[int(cell[1])][int(cell[2])] = count
    return counts


def test_precision_and_recall_are_not_swapped() -> None:
    scores = score_digits(_confusion(_44=6, _49=2, _94=4, _99=8))
    four = scores[4]
    assert four.num_images == 8
    assert four.recall == 6 / 8
    assert four.precision == 6 / 10
    assert four.f1 == pytest.approx(2 * (6 / 8) * (6 / 10) / (6 / 8 + 6 / 10))


def test_a_digit_that_is_neither_there_nor_named_has_no_score() -> None:
    scores = score_digits(_confusion(_44=6, _45=1))
    assert (scores[3].precision, scores[3].recall, scores[3].f1) == (None, None, None)
    assert (scores[5].precision, scores[5].recall, scores[5].f1) == (0.0, None, 0.0)


def test_a_pair_is_confused_in_both_directions_together() -> None:
    pairs = most_confused(_confusion(_44=90, _49=2, _94=4, _35=5), limit=5)
    assert [(p.first, p.second, p.forth, p.back) for p in pairs] == [(4, 9, 2, 4), (3, 5, 5, 0)]
    assert len(most_confused(_confusion(_49=2, _35=5), limit=1)) == 1


def test_the_calibration_error_is_the_weighted_distance_of_confidence_and_accuracy() -> None:
    confidences = np.array([0.85, 0.85, 0.85, 0.55], np.float32)
    is_right = np.array([True, True, False, True])
    bins = reliability(confidences, is_right, num_bins=10)
    assert [(b.lower, b.upper, b.num_images) for b in bins] == [(0.5, 0.6, 1), (0.8, 0.9, 3)]
    expected = 3 / 4 * abs(0.85 - 2 / 3) + 1 / 4 * abs(0.55 - 1)
    assert calibration_error(bins) == pytest.approx(expected)


def test_certainty_itself_belongs_to_the_last_bin_and_zero_to_the_first() -> None:
    bins = reliability(np.array([0.0, 1.0], np.float32), np.array([False, True]))
    assert [b.num_images for b in bins] == [1, 1]
    assert (bins[0].lower, bins[1].upper) == (0.0, 1.0)
    assert calibration_error(bins) == 0.0


def test_who_is_right_where_is_counted() -> None:
    first = np.array([1, 1, 1, 1, 0, 0, 0], bool)
    second = np.array([1, 0, 0, 0, 1, 1, 0], bool)
    counts = compare_answers(first, second)
    assert (counts.both, counts.only_first, counts.only_second, counts.neither) == (1, 3, 2, 1)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (5, 5, 1.0), (5, 15, 0.04139), (15, 5, 0.04139), (0, 6, 2 / 64), (1, 9, 0.02148)],
)
def test_mcnemars_p_is_the_binomial_tail_twice(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p, abs=1e-5)


def test_mcnemars_p_of_thousands_of_images_is_still_a_number() -> None:
    assert mcnemar(5_000, 5_000) == 1.0
    assert 0.0 <= mcnemar(10, 9_990) < 1e-100
