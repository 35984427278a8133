"""What is computed of a curve before anybody draws it. Standard library only."""

from collections.abc import Sequence


def smooth(values: Sequence[float], weight: float) -> list[float]:
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
