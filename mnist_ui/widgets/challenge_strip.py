"""The challenge in one quiet strip: what it asks for, and how far one's own best run has come."""

from math import ceil
from typing import Final

import streamlit as st

from mnist_core.config.challenge import (
    CHALLENGE_ACCURACY,
    MAX_CHALLENGE_EPOCHS,
    MAX_CHALLENGE_PARAMETERS,
)
from mnist_core.experiments.entries import NUM_TEST, Entry, best_below
from mnist_ui.session.entries import own_entries
from mnist_ui.wording import count_epochs

_ASKED: Final = (
    f"{CHALLENGE_ACCURACY} % of MNIST",
    f"under {MAX_CHALLENGE_PARAMETERS + 1:,} parameters",
    f"under {MAX_CHALLENGE_EPOCHS + 1} epochs",
    "no fully connected layer",
    "batch norm and dropout",
)
"""The accuracy first: it alone is open in a run that is an entry."""


def challenge_strip() -> None:
    """Show the five conditions, this visitor's best run against them, and a way to take it."""
    best = best_below(own_entries(), MAX_CHALLENGE_PARAMETERS + 1)
    with st.container(
        key="challenge_strip", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.html(strip_html(best))
        if st.button("Take it →", key="take_the_challenge", type="tertiary"):
            st.switch_page("mnist_ui/pages/model/page.py")


def strip_html(best: Entry | None) -> str:
    """Return the strip's text; `best` is the visitor's best run that is an entry, if there is."""
    marks = [""] * len(_ASKED)
    if best is not None:
        is_accurate = best.correct >= _num_asked()
        marks = [_mark(is_met) for is_met in (is_accurate, True, True, True, True)]
    items = "".join(f"<li>{mark}{asked}</li>" for mark, asked in zip(marks, _ASKED, strict=True))
    return (
        f'<section class="challenge" aria-label="The challenge"><b>The challenge</b>'
        f"<ul>{items}</ul><span>{_yours(best)}</span></section>"
    )


def _yours(best: Entry | None) -> str:
    if best is None:
        return "No run of yours has taken it yet."
    missing = _num_asked() - best.correct
    end = (
        "which meets it."
        if missing <= 0
        else f"{missing:,} {'image' if missing == 1 else 'images'} short."
    )
    return (
        f"Your best: <b>{best.accuracy:.2f} %</b> with {best.parameters:,} parameters in"
        f" {count_epochs(best.epochs)}, {end}"
    )


def _num_asked() -> int:
    return ceil(round(CHALLENGE_ACCURACY * NUM_TEST / 100, 6))


def _mark(is_met: bool) -> str:
    word, mark = ("met", "✓") if is_met else ("missed", "✗")
    return f'<i class="{word}" role="img" aria-label="{word}">{mark}</i>'
