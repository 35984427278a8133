"""Curves thinned to a chart's width, after they were smoothed on all their points."""

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

MAX_POINTS: Final = 300


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
