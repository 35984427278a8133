"""MNIST test images whose given label people found wrong.

Source: Northcutt, Athalye and Mueller, "Pervasive label errors in test sets destabilize machine
learning benchmarks", 2021; votes from `mturk/mnist_mturk.json` of github.com/cleanlab/label-errors.
A method named 100 suspects of the 10,000; five people looked at each and were asked whether they
saw the given label, the guessed one, or neither. These are the 15 in which fewer than three saw
the given one. People err too: it is doubt, not proof.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LabelError:
    """A doubtful label: the image's `index` in the test set, and how five people voted."""

    index: int
    given: int
    guessed: int
    votes_given: int
    votes_guessed: int
    votes_neither: int

    @property
    def corrected(self) -> int | None:
        """The digit that at least three of five saw; None where they agreed on none."""
        return self.guessed if self.votes_guessed >= 3 else None


LABEL_ERRORS: Final = {
    found.index: found
    for found in (
        LabelError(947, 8, 9, 0, 5, 0),
        LabelError(1621, 0, 6, 2, 3, 0),
        LabelError(1901, 9, 4, 2, 3, 0),
        LabelError(2130, 4, 9, 2, 2, 1),
        LabelError(2462, 2, 0, 0, 4, 1),
        LabelError(2597, 5, 3, 0, 4, 1),
        LabelError(2654, 6, 1, 0, 2, 3),
        LabelError(3520, 6, 4, 2, 0, 3),
        LabelError(3558, 5, 0, 1, 4, 0),
        LabelError(5937, 5, 3, 1, 3, 1),
        LabelError(6651, 0, 6, 0, 5, 0),
        LabelError(6783, 1, 6, 2, 3, 0),
        LabelError(8527, 4, 9, 2, 2, 1),
        LabelError(9679, 6, 3, 2, 0, 3),
        LabelError(9729, 5, 6, 2, 3, 0),
    )
}
"""By the image's index in MNIST's test set."""
