"""What all images have in common, whoever makes, distorts, learns from or explains them.

28×28 pixels, light ink on a dark ground. On disk and in data sets uint8; what a network takes is
(B, 1, 28, 28) float32 in [0, 1].
"""

from typing import Final

SIDE: Final = 28
"""Pixels of an image each way."""
