"""A picture in place of a drawing, chosen or pasted: closed, until a person asks for it.

A telephone offers its camera where a file is chosen.
"""

from pathlib import Path

import streamlit as st
import streamlit.components.v2 as components

from mnist_ui.session.shared import Shared
from mnist_ui.widgets.network_choice import Network

_paste = components.component(
    "mnist_paste",
    js=(Path(__file__).parent / "paste.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def upload_section(app: Shared, network: Network) -> None:
    """Offer to read a picture; closed, it costs nothing. Meant to be a fragment.

    A picture that is pasted opens it.
    """
    place = st.container(key="reader", gap=None)
    with place:
        _paste(key="paste")
    box = place.expander(
        "Read a picture",
        icon=":material/photo_camera:",
        key="read_picture",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        if not app.is_ready:
            st.caption("The network is being loaded…")
            return
        # Here: it loads scipy, which pages do without until a picture is asked for.
        from mnist_ui.pages.draw.photo_reading import ask_and_read

        ask_and_read(app, network)
