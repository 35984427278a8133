"""What the Explain page explains: one image and the network that reads it."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor, nn

from mnist_core.data.preprocess import preprocess
from mnist_core.inference.segment import find_digits
from mnist_core.predict import Predictor
from mnist_ui.components.drawing import Drawing, last_drawing
from mnist_ui.widgets.samples import default_drawing, test_images
from mnist_ui.widgets.why import PICKED, SOURCE, picked
from mnist_ui.wording import unformatted

Floats = NDArray[np.float32]
T = TypeVar("T")

_DRAWING: Final = "my drawing"
_TEST: Final = "a test digit"
_PROBE: Final = "a 4 that is almost a 9"
_NUM_KEPT: Final = 12


@dataclass(frozen=True)
class Subject:
    """A network and the image (28, 28) in [0, 1] that it reads; `key` tells it from others.

    `probabilities` are those the Draw page tells, calibrated; so are those that `read` returns.
    """

    predictor: Predictor
    image: Floats
    probabilities: Floats
    is_doubtful: bool
    key: tuple[str, int, bytes]

    @property
    def model(self) -> "nn.Module":
        return self.predictor.model

    def read(self, images: Tensor) -> Tensor:
        """Return the probabilities (N, 10) of images (N, 1, 28, 28)."""
        return self.predictor.calibration.predict(self.model, images)[0]

    @property
    def digit(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def runner_up(self) -> int:
        return int(self.probabilities.argsort()[-2])

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` found out about this subject, kept for the visit (the last few)."""
        found: OrderedDict[Any, Any] = st.session_state.setdefault("explained", OrderedDict())
        key = name, self.key
        if key not in found:
            found[key] = make()
        found.move_to_end(key)
        while len(found) > _NUM_KEPT:
            found.popitem(last=False)
        return found[key]


def choose_image() -> Floats:
    """Show where the image comes from; return it, float32 (28, 28)."""
    drawing = last_drawing("canvas")
    drawn = [] if drawing is None else _digits_of(drawing)
    options = [_DRAWING, _TEST, _PROBE] if drawn else [_PROBE, _TEST]
    puzzle = picked()
    if puzzle is not None:
        options.append(PICKED)
    chosen = st.selectbox("Image", options, key=SOURCE)
    if puzzle is not None and chosen == PICKED:
        st.caption(unformatted(puzzle.words))
        return (puzzle.image / 255).astype(np.float32)
    if chosen == _DRAWING:
        return _choose_digit(drawn)
    if chosen == _TEST:
        return _choose_test_image()
    if not drawn:
        st.caption("Draw a digit on the Draw page, and it will be explained here.")
    probe = preprocess(default_drawing())
    assert probe is not None
    return probe[0]


def _digits_of(drawing: Drawing) -> list[Floats]:
    """Return each digit of a drawing (28, 28), line by line from the left; none if it is blank."""
    return [part.stages.centred for line in find_digits(drawing) for part in line]


def _choose_digit(drawn: list[Floats]) -> Floats:
    if len(drawn) == 1:
        return drawn[0]
    if not 0 < st.session_state.get("explain_place", 0) <= len(drawn):
        st.session_state["explain_place"] = 1
    place = st.number_input(
        f"Which of its {len(drawn)} digits",
        min_value=1,
        max_value=len(drawn),
        key="explain_place",
        help="Counted from the left, line by line.",
    )
    return drawn[int(place) - 1]


def _choose_test_image() -> Floats:
    images, labels, name = test_images()
    st.session_state.setdefault("explain_number", 0)
    number = st.number_input(
        f"Which of {name}’s test images",
        min_value=0,
        max_value=len(images) - 1,
        key="explain_number",
        help="The first is number 0.",
    )
    st.button(
        "Another one",
        key="another_one",
        icon=":material/shuffle:",
        on_click=_pick,
        args=(len(images),),
    )
    st.caption(f"Its label says {labels[number]}.")
    return (images[number] / 255).astype(np.float32)


def _pick(num_images: int) -> None:
    st.session_state["explain_number"] = int(np.random.default_rng().integers(num_images))
