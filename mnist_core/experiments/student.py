"""Student's t distribution, as far as an interval of a mean needs it, without loading scipy.

A light page shows intervals before anything large is loaded.
"""

import math
import statistics
from collections.abc import Sequence
from functools import cache
from typing import Final

_SHARE: Final = 0.95
_NUM_HALVINGS: Final = 60  # more than a double has digits


def interval_of_mean(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean, by Student's t; None for a single value."""
    count = len(values)
    if count < 2:
        return None
    mean = statistics.fmean(values)
    reach = within_95_percent(count - 1) * statistics.stdev(values) / math.sqrt(count)
    return mean - reach, mean + reach


@cache
def within_95_percent(freedom: int) -> float:
    """Return t such that 95 % of the distribution lie from -t to t; `freedom` is 1 or more."""
    low, high = 0.0, math.pi / 2
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _share(middle, freedom) < _SHARE else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _share(angle: float, freedom: int) -> float:
    """Return the share within ±t for t = √freedom · tan(angle).

    The finite sums of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for power in range(1 if is_odd else 0, freedom - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total
