"""Numbers that say how good a classifier is and how sure one may be of that.

Pure functions of counts and probabilities: no torch, no files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Counts = Sequence[Sequence[int]]
"""A confusion matrix, (10, 10); rows are the truth."""

_Z_95: Final = 1.959963984540054
"""The standard normal's 97.5 % point."""


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy of `correct` out of `total`, in percent.

    Wilson's score interval ("Probable inference, the law of succession, and statistical
    inference", 1927): unlike the textbook's ± it holds near 0 and 100 %, where digits are.
    """
    assert 0 <= correct <= total and total > 0
    share, z2 = correct / total, _Z_95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    spread = share * (1 - share) / total + z2 / (4 * total**2)
    half = _Z_95 * math.sqrt(spread) / (1 + z2 / total)
    return 100 * max(centre - half, 0.0), 100 * min(centre + half, 1.0)


@dataclass(frozen=True, kw_only=True)
class DigitScore:
    """How well one digit is read; each share is in [0, 1], None where there is nothing to divide.

    `precision`: of the images read as this digit, the share that are. `recall`: of the
    `num_images` images of this digit, the share that are read so. `f1`: their harmonic mean.
    """

    digit: int
    num_images: int
    precision: float | None
    recall: float | None
    f1: float | None


def score_digits(confusion: Counts) -> list[DigitScore]:
    """Return precision, recall and F1 of each digit."""
    scores: list[DigitScore] = []
    for digit, row in enumerate(confusion):
        right, there, named = row[digit], sum(row), sum(other[digit] for other in confusion)
        scores.append(
            DigitScore(
                digit=digit,
                num_images=there,
                precision=right / named if named else None,
                recall=right / there if there else None,
                f1=2 * right / (there + named) if there + named else None,
            )
        )
    return scores


@dataclass(frozen=True, kw_only=True)
class ConfusedPair:
    """Two digits that are taken for each other: `forth` times the first was read as the second."""

    first: int
    second: int
    forth: int
    back: int

    @property
    def count(self) -> int:
        return self.forth + self.back


def most_confused(confusion: Counts, *, limit: int) -> list[ConfusedPair]:
    """Return up to `limit` pairs of digits that are confused at all, the worst first."""
    pairs = [
        ConfusedPair(first=i, second=j, forth=confusion[i][j], back=confusion[j][i])
        for i in range(len(confusion))
        for j in range(i + 1, len(confusion))
    ]
    found = [pair for pair in pairs if pair.count]
    return sorted(found, key=lambda pair: -pair.count)[:limit]


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """The answers whose confidence lies in (lower, upper]: their mean, and how many are right."""

    lower: float
    upper: float
    num_images: int
    confidence: float
    accuracy: float


def reliability(
    confidences: NDArray[np.float32], is_right: NDArray[np.bool_], *, num_bins: int = 15
) -> list[ReliabilityBin]:
    """Sort answers by confidence into bins of equal width; empty bins are left out.

    `confidences`: (N,) each answer's probability, in [0, 1]; `is_right`: (N,). Fifteen bins as in
    Guo et al., "On calibration of modern neural networks", 2017.
    """
    places = np.clip(np.ceil(confidences * num_bins).astype(int) - 1, 0, num_bins - 1)
    return [
        ReliabilityBin(
            lower=place / num_bins,
            upper=(place + 1) / num_bins,
            num_images=int(own.sum()),
            confidence=float(confidences[own].mean(dtype=np.float64)),
            accuracy=float(is_right[own].mean()),
        )
        for place in range(num_bins)
        if (own := places == place).any()
    ]


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error in [0, 1] (Guo et al., 2017).

    It is the mean distance between a bin's confidence and its accuracy, weighted by its images.
    """
    total = sum(one.num_images for one in bins)
    return sum(one.num_images * abs(one.confidence - one.accuracy) for one in bins) / max(total, 1)


@dataclass(frozen=True, kw_only=True)
class PairedCounts:
    """Two networks on the same images: how often both, one or none is right."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def p(self) -> float:
        return mcnemar(self.only_first, self.only_second)


def compare_answers(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> PairedCounts:
    """Count who is right where; `first` and `second`: (N,) whether each answer is right."""
    return PairedCounts(
        both=int((first & second).sum()),
        only_first=int((first & ~second).sum()),
        only_second=int((~first & second).sum()),
        neither=int((~first & ~second).sum()),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return McNemar's two-sided p, exact: how likely is so uneven a split by chance alone?

    Images that both or none get right say nothing of who is better. Were the networks equally
    good, each of the others would fall to either with probability 1/2, so their split is
    binomial (McNemar, 1947; recommended for classifiers by Dietterich, "Approximate statistical
    tests for comparing supervised classification learning algorithms", 1998).
    """
    from scipy.special import bdtr  # here: it takes longer to load than this module's rest

    fewer, num = min(only_first, only_second), only_first + only_second
    return min(1.0, 2 * float(bdtr(fewer, num, 0.5)))
