"""Model: the layers of a network, and the challenge as a checklist."""

from typing import TYPE_CHECKING

import streamlit as st

from mnist_ui import wording
from mnist_ui.challenge import checklist_html, conditions
from mnist_ui.layer_table import layer_table_html
from mnist_ui.layout import open_page
from mnist_ui.networks import choose_network

if TYPE_CHECKING:
    from mnist_core.summary import Summary

app = open_page(
    "Inside the network", "Every layer with its shape and its parameters, from image to answer."
)
network = choose_network("Network")


def _show(summary: "Summary") -> None:
    st.html(layer_table_html(summary))
    with st.expander("The same as text", icon=":material/code:"):
        st.code(summary.to_text(), language=None)


@st.fragment(run_every=None if app.is_ready else 0.5)
def _wait() -> None:
    if app.is_ready:
        st.rerun()
    st.info("The network is being loaded…", icon=":material/hourglass_top:")


if app.problem:
    st.error(app.problem, icon=":material/error:")
elif not app.is_ready:
    _wait()
elif network is not None:
    summary = app.summary(network.card.model)
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        st.subheader(f"The layers of “{network.card.model}”", anchor=False)
        _show(summary)
    with right:
        st.subheader("The challenge", anchor=False)
        st.html(checklist_html(conditions(network.card, summary)))
        st.caption(wording.how_trained(network.card))
