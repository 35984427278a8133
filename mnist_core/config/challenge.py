"""The challenge's conditions."""

from typing import Final

MAX_CHALLENGE_EPOCHS: Final = 19

MAX_CHALLENGE_PARAMETERS: Final = 19_999

CHALLENGE_ACCURACY: Final = 99.4
"""The challenge: fewer than 20 epochs, fewer than 20,000 parameters, at least 99.4 %."""
