"""“What if”: sliders that change the image, the answer to it, and how little is enough."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from mnist_core.explanation.whatif import (
    Change,
    Flip,
    apply,
    probabilities,
    smallest_rotation,
    smallest_shift,
    sweep,
)
from mnist_core.images import data_address
from mnist_ui.components.plot import plot
from mnist_ui.pages.explain.charts import probability_bars, sweep_curves
from mnist_ui.pages.explain.subject import Subject
from mnist_ui.wording import certainty


@dataclass(frozen=True, kw_only=True)
class _Slider:
    label: str
    low: float
    high: float
    step: float
    unit: str


_SLIDERS: Final = {
    "rotation": _Slider(label="Turn", low=-180, high=180, step=1, unit="degrees clockwise"),
    "right": _Slider(label="Move right", low=-10, high=10, step=0.5, unit="pixels to the right"),
    "down": _Slider(label="Move down", low=-10, high=10, step=0.5, unit="pixels down"),
    "thickness": _Slider(label="Thicker", low=-2, high=2, step=0.1, unit="pixels thicker"),
    "blur": _Slider(label="Blur", low=0, high=3, step=0.1, unit="pixels of blur"),
    "noise": _Slider(label="Noise", low=0, high=1, step=0.05, unit="noise, of full ink"),
}
_NUM_POINTS: Final = 49


@st.fragment
def show_what_if(subject: Subject) -> None:
    """Show sliders, the changed image with its answer, the smallest flips, and a sweep."""
    st.subheader("What if", anchor=False)
    result = st.container()
    columns = st.columns(3, gap="medium")
    amounts: dict[str, float] = {}
    for index, knob in enumerate(_SLIDERS):
        with columns[index // 2]:
            amounts[knob] = _slide(knob)
    change = Change(**amounts)
    st.button("Back to the image as it is", key="as_it_is", icon=":material/undo:", on_click=_reset)
    left, right = result.columns([1, 2.1], gap="medium")
    image = apply(subject.image, [change])[0, 0].numpy()
    shares = [float(p) for p in probabilities(subject.read, subject.image, [change])[0]]
    digit = shares.index(max(shares))
    with left:
        st.html(
            f'<figure class="changed"><img src="{data_address(image)}"'
            f' alt="The changed image"><figcaption role="status">read as <b>{digit}</b>'
            f"<br>{certainty(shares)}</figcaption></figure>"
        )
    with right:
        told = ", ".join(f"{digit}: {100 * share:.1f} %" for digit, share in enumerate(shares))
        plot(
            probability_bars(shares),
            key="whatif_bars",
            description=f"How likely each digit is for the changed image. {told}.",
            height=280,
        )
    st.html(_flips_html(subject))
    _show_sweep(subject, change)


def _slide(knob: str) -> float:
    slider = _SLIDERS[knob]
    st.session_state.setdefault(f"whatif_{knob}", 0.0)
    return st.slider(
        f"{slider.label} ({slider.unit})",
        min_value=float(slider.low),
        max_value=float(slider.high),
        step=float(slider.step),
        key=f"whatif_{knob}",
        format="%g",
    )


def _reset() -> None:
    for knob in _SLIDERS:
        st.session_state[f"whatif_{knob}"] = 0.0


def _show_sweep(subject: Subject, change: Change) -> None:
    knob = st.segmented_control(
        "How the answer goes with",
        list(_SLIDERS),
        format_func=lambda knob: _SLIDERS[knob].label,
        default="rotation",
        key="whatif_sweep",
        required=True,
    )
    slider = _SLIDERS[knob]
    amounts = [float(x) for x in np.linspace(slider.low, slider.high, _NUM_POINTS)]
    found = sweep(subject.read, subject.image, change, knob, amounts)
    plot(
        sweep_curves(
            amounts,
            found,
            float(getattr(change, knob)),
            answer=subject.digit,
            unit=slider.unit,
            knob=knob,
        ),
        key="whatif_curve",
        description=_describe(amounts, found.argmax(1), slider.unit),
        height=270,
    )
    st.caption("The dotted line is where the slider stands; the other sliders stay as they are.")


def _describe(
    amounts: list[float], digits: "np.ndarray[tuple[int], np.dtype[np.int64]]", unit: str
) -> str:
    """Say which digit is read over which amounts."""
    starts = [0, *(i for i in range(1, len(digits)) if digits[i] != digits[i - 1])]
    ends = [*(start - 1 for start in starts[1:]), len(digits) - 1]
    told = "; ".join(
        f"{digits[start]} from {amounts[start]:g} to {amounts[end]:g}"
        for start, end in zip(starts, ends, strict=True)
    )
    return f"The digit read, by {unit}: {told}."


def _flips_html(subject: Subject) -> str:
    """Return the smallest turns and the smallest shift that change the answer."""
    read, image = subject.read, subject.image
    clockwise, anticlockwise, shift = subject.kept(
        "flips",
        lambda: (
            smallest_rotation(read, image, clockwise=True),
            smallest_rotation(read, image, clockwise=False),
            smallest_shift(read, image),
        ),
    )
    items = [
        _turn(clockwise, "clockwise"),
        _turn(anticlockwise, "anticlockwise"),
        _shift(shift),
    ]
    return (
        '<div class="flips"><p>The least that changes the answer to the image as it is:</p><ul>'
        + "".join(f"<li>{item}</li>" for item in items)
        + "</ul></div>"
    )


def _turn(flip: Flip | None, way: str) -> str:
    if flip is None:
        return f"Turned {way} by any angle, it stays the same."
    return f"Turned <b>{abs(flip.change.rotation):.1f}°</b> {way} it is read as <b>{flip.digit}</b>"


def _shift(flip: Flip | None) -> str:
    if flip is None:
        return "Moved as far as the ink stays in the image, it stays the same."
    right, down = flip.change.right, flip.change.down
    ways = [
        f"{abs(amount):.1f} pixels {names[amount < 0]}"
        for amount, names in ((right, ("to the right", "to the left")), (down, ("down", "up")))
        if abs(amount) >= 0.05
    ]
    return f"Moved <b>{' and '.join(ways)}</b> it is read as <b>{flip.digit}</b>"
