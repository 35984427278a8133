"""Pictures that can be pressed: HTML of ours, in which each stands in a button with a number."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st
import streamlit.components.v2 as components

_component: Final = components.component(
    "mnist_pictures",
    js=Path(__file__).with_name("pictures.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def picture_button(number: int, image: str, *, title: str) -> str:
    """Return the HTML of a button around an image's, to stand in what `pictures` shows."""
    return (
        f'<button type="button" class="pick" data-pick="{number}" title="{escape(title)}">'
        f"{image}</button>"
    )


def pictures(html: str, *, key: str, on_pick: Callable[[int], None]) -> None:
    """Show the HTML; `on_pick` is called with the number of a picture that is pressed.

    That is before the next run of the page, as a widget's callback is. The number may be any.
    """

    def tell() -> None:
        number = st.session_state[f"{key}_picker"].picked
        if type(number) is int:
            on_pick(number)

    with st.container(key=key, gap=None):
        st.html(html)
        _component(key=f"{key}_picker", data={"place": key}, on_picked_change=tell)
