"""The challenge: at least 99.4 % on MNIST, with fewer than 20 epochs and 20,000 parameters."""

from typing import Final

MAX_CHALLENGE_EPOCHS: Final = 19

MAX_CHALLENGE_PARAMETERS: Final = 19_999

CHALLENGE_ACCURACY: Final = 99.4
"""Percent of the 10,000 test images."""
