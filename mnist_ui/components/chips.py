"""Chips: a row of buttons, one of which stands pressed where it fits what the page shows.

A component of our own: Streamlit's pills tell what is chosen with whatever the browser says next.
Said before the page's own change of it has arrived, that reads as a press of the chip before.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import streamlit as st
import streamlit.components.v2 as components

_folder: Final = Path(__file__).parent
_component: Final = components.component(
    "mnist_chips",
    html='<div class="chips" role="group"></div>',
    css=(_folder / "chips.css").read_text(encoding="utf-8"),
    js=(_folder / "chips.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def chips(
    label: str,
    options: Mapping[str, str],
    *,
    current: str | None,
    key: str,
    on_press: Callable[[str], None],
) -> None:
    """Show a chip for each option, by its id with what it says; `current` is the one pressed.

    `on_press` is given an id before the next run of the page, as a widget's callback is. Each
    press is told once.
    """

    def tell() -> None:
        pressed = st.session_state[key].pressed
        if isinstance(pressed, str) and pressed in options:
            on_press(pressed)

    _component(
        key=key,
        data={
            "label": label,
            # Tuples: of a list Streamlit asks pandas, slow to load, whether it is a table.
            "options": tuple(options.items()),
            "current": current,
        },
        on_pressed_change=tell,
    )
