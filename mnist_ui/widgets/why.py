"""Mistakes that open on Explain: one press, and the page says why the network read it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core.images import SIDE
from mnist_ui.components.pictures import pictures
from mnist_ui.widgets.network_choice import CHOICE, choose_elsewhere

SOURCE: Final = "explain_source"
"""Where the session keeps what the Explain page explains, in the words of its list."""

PICKED: Final = "the one you picked"
_GIVEN: Final = "explain_given"
_GOES: Final = "goes_to_explain"


@dataclass(frozen=True)
class Puzzle:
    """An image (28, 28) uint8 to be explained, and what is known of it in words."""

    image: NDArray[np.uint8]
    words: str


def pictures_to_explain(
    html: str, puzzles: Mapping[int, Puzzle], *, network: str, key: str
) -> None:
    """Show pictures whose buttons have the puzzles' numbers; one that is pressed is explained.

    `network` is the id of the one that read them.
    """

    def pick(number: int) -> None:
        if number in puzzles:
            explain_next(puzzles[number], network)

    pictures(html, key=key, on_pick=pick)
    go_to_explain()


def explain_next(puzzle: Puzzle, network: str) -> None:
    """Let Explain open with that image and network; for a callback, after which `go_to_explain`."""
    choose_elsewhere(CHOICE, network)
    st.session_state[_GIVEN] = puzzle
    st.session_state[SOURCE] = PICKED
    st.session_state[_GOES] = True


def go_to_explain() -> None:
    """Open Explain if a picture was picked for it."""
    if st.session_state.pop(_GOES, False):
        st.switch_page("mnist_ui/pages/explain/page.py")


def picked() -> Puzzle | None:
    """Return what was picked last on this visit."""
    found: Puzzle | None = st.session_state.get(_GIVEN)
    assert found is None or found.image.shape == (SIDE, SIDE)
    return found
