"""The network's answer as a person reads it: the digit, how sure it is, and what it saw."""

from collections.abc import Iterable
from html import escape

from mnist_core.images import data_address
from mnist_core.inference.reading import Prediction, ReadDigit, Reading
from mnist_ui.wording import certainty, format_probability


def answer_html(
    reading: Reading | None,
    *,
    waiting: str = "",
    note: str = "",
    who: str = "",
    is_asked: bool = True,
) -> str:
    """Return the answer's panel; without anything read, an invitation or what is waited for.

    `note` is what else is known of the drawing, `who` names the network if there are two. What
    nobody asked for (not `is_asked`) is not read out to who cannot see it.
    """
    digits = () if reading is None else reading.digits
    if not digits:
        shown, words = "", waiting or "Draw a digit from 0 to 9."
    elif len(digits) == 1:
        shown, words = _single(digits[0].prediction)
    else:
        assert reading is not None
        shown, words = reading.text, _several(reading)
    return (
        f'<div class="verdict" role="status" aria-live="{"polite" if is_asked else "off"}">'
        f'<span class="digit" data-digit="{escape(shown)}">{escape(shown) or "?"}</span><div>'
        + (f'<span class="who">{escape(who)}</span>' if who else "")
        + f'<span class="certainty">{words}</span>'
        + (f'<span class="note">{escape(note)}</span>' if note else "")
        + "</div></div>"
    )


def _single(prediction: Prediction) -> tuple[str, str]:
    words = certainty([float(p) for p in prediction.probabilities])
    if not prediction.is_doubtful:
        return str(prediction.digit), words
    share = format_probability(float(prediction.probabilities[prediction.digit]))
    return "", f"Not sure: this may be no digit. If it is one, then a {prediction.digit} ({share})."


def _several(reading: Reading) -> str:
    if any(digit.is_touching for digit in reading.digits):
        return "Some digits touch each other: leave a gap between them."
    doubtful = [digit.text for digit in reading.digits if digit.prediction.is_doubtful]
    if doubtful:
        return f"{len(reading.digits)} digits. Not sure: {', '.join(doubtful)} may be no digit."
    return f"{len(reading.digits)} digits, each read by itself."


def on_pad_html(reading: Reading | None) -> str:
    """Return the answer in small, for a corner of the pad: on a phone the panel is out of sight.

    It says nothing that the panel does not, so it is for the eyes alone.
    """
    digits = () if reading is None else reading.digits
    if reading is None or not digits:
        return ""
    is_doubtful = any(digit.prediction.is_doubtful for digit in digits)
    words = "?" if is_doubtful and len(digits) == 1 else reading.text
    return f'<span class="on-pad" aria-hidden="true">{escape(words)}</span>'


def bars_html(prediction: Prediction | None) -> str:
    """Return ten bars, the likeliest highlighted; all empty without a prediction.

    Made without Plotly, which takes longer to draw ten bars than all the rest of an answer.
    """
    if prediction is None:
        values, best = [0.0] * 10, None
        words = "How likely each digit is: empty until something is drawn."
    else:
        values, best = [float(p) for p in prediction.probabilities], prediction.digit
        shares = ", ".join(f"{digit}: {100 * value:.1f} %" for digit, value in enumerate(values))
        words = f"How likely the network finds each digit. {shares}."
    rows = "".join(
        f'<div{" class=best" if digit == best else ""} style="--share:{value:.5f}"'
        f' title="{digit}: {100 * value:.4f} %"><b>{digit}</b><i></i>'
        f"<span>{format_probability(value) if value >= 0.001 else ''}</span></div>"
        for digit, value in enumerate(values)
    )
    return f'<div class="bars" role="img" aria-label="{words}">{rows}</div>'


def digits_html(reading: Reading) -> str:
    """Return each digit of a number as the network saw it, with its answer below."""
    figures = ""
    for digit in reading.digits:
        prediction = digit.prediction
        share = format_probability(float(prediction.probabilities[prediction.digit]))
        doubt = " doubtful" if prediction.is_doubtful else ""
        figures += (
            f'<figure class="read{doubt}"><img src="{data_address(prediction.image)}" alt="">'
            f"<figcaption><b>{digit.text}</b> {share}</figcaption></figure>"
        )
    return f'<div class="reads">{figures}</div>'


def frames_html(
    digits: Iterable[ReadDigit], size: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> str:
    """Return a frame around each digit, to lie over a picture of `size` (height, width).

    `corner` (top, left) is where in that picture the drawing lies that was read.
    """
    frames = ""
    for digit in digits:
        top, left, bottom, right = digit.box
        doubt = ' class="doubtful"' if digit.prediction.is_doubtful else ""
        places = {
            "top": (corner[0] + top) / size[0],
            "left": (corner[1] + left) / size[1],
            "height": (bottom - top) / size[0],
            "width": (right - left) / size[1],
        }
        style = ";".join(f"{name}:{100 * share:.2f}%" for name, share in places.items())
        frames += f'<i{doubt} style="{style}"></i>'
    return f'<div class="frames" aria-hidden="true">{frames}</div>'
