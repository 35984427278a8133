"""The network's answer as a person reads it: the digit, how sure it is, what it saw."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_ui.charts import format_probability

if TYPE_CHECKING:
    from mnist_core.predict import Prediction

_SURE: Final = 0.95
_UNSURE: Final = 0.6


def answer_html(prediction: "Prediction | None", *, waiting: str = "") -> str:
    """Return the answer's panel; without a prediction, an invitation or what is waited for."""
    if prediction is None:
        digit, words = "", waiting or "Draw a digit from 0 to 9."
        seen = '<div class="seen empty" aria-hidden="true"></div>'
    else:
        digit, words = (
            str(prediction.digit),
            certainty([float(p) for p in prediction.probabilities]),
        )
        picture = as_data_address(prediction.image)
        seen = f'<img class="seen" src="{picture}" alt="Your drawing as 28 by 28 pixels">'
    return (
        '<div class="answer"><div class="answer-digit" role="status" aria-live="polite">'
        f'<span class="digit" data-digit="{digit}">{digit or "?"}</span>'
        f'<span class="certainty">{words}</span></div>'
        f"<figure>{seen}<figcaption>what the network saw,<br>28 × 28 pixels</figcaption></figure>"
        "</div>"
    )


def certainty(probabilities: Sequence[float]) -> str:
    """Say how sure the network is of its likeliest digit, and what else it might be."""
    order = sorted(range(10), key=lambda digit: -probabilities[digit])
    first, second = order[0], order[1]
    share = format_probability(probabilities[first])
    if probabilities[first] >= _SURE:
        return f"Sure ({share})"
    if probabilities[first] >= _UNSURE:
        return f"Fairly sure ({share}). It could be a {second}."
    return f"Not sure ({share}). It could well be a {second}."


def as_data_address(image: NDArray[np.float32]) -> str:
    """Return an image (H, W) in [0, 1] as a PNG in a data: address."""
    grey = Image.fromarray((image * 255).round().astype(np.uint8))
    content = io.BytesIO()
    grey.save(content, format="PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
