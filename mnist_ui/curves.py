"""Curves made fit to be drawn: smoothed on all their points, then thinned to a chart's width."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

MAX_POINTS: Final = 300


def smooth(values: Sequence[float], weight: float = 0.95) -> list[float]:
    """Return the exponential moving average, freed of its start at zero.

    The first value is the first of `values`; `weight` in [0, 1) is the share of the past
    (Kingma and Ba, "Adam", 2015, section 3, on the bias of such averages).
    """
    smoothed: list[float] = []
    average, past = 0.0, 1.0
    for value in values:
        average = weight * average + (1 - weight) * value
        past *= weight
        smoothed.append(average / (1 - past))
    return smoothed


def thin(values: ArrayLike, *, keep: Collection[int] = (), limit: int = MAX_POINTS) -> list[int]:
    """Return the indices, in order, of the values worth drawing: `limit` at the most.

    Kept are the first and the last, those in `keep`, and the lowest and the highest of each of
    equally long buckets. A bucket's length is a power of two, so that a growing curve is thinned
    the same way from one look to the next. `keep` is kept even beyond the limit.
    """
    numbers = np.asarray(values, dtype=float)
    count = len(numbers)
    if count <= limit:
        return list(range(count))
    kept = {0, count - 1, *keep}
    length = 2
    while 2 * -(-count // length) + len(kept) > limit and length < count:
        length *= 2
    for start in range(0, count, length):
        bucket = numbers[start : start + length]
        kept |= {start + int(bucket.argmin()), start + int(bucket.argmax())}
    return sorted(kept)
