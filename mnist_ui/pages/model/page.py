"""Model: design a network as a line, see what it comes to, train it; those that are trained."""

import streamlit as st

from mnist_core.networks.named import describe
from mnist_ui.pages.model.designer import designer, measure_once
from mnist_ui.pages.model.known import Known, gather
from mnist_ui.pages.model.size_picture import compared_html
from mnist_ui.widgets.export_import import export_import_section
from mnist_ui.widgets.network_choice import choose_network
from mnist_ui.widgets.page_head import open_page, wait_for_torch


def _show_compared(known: Known) -> None:
    models = {entry.model for entry in known.entries if entry.model is not None}
    with st.expander("The networks compared, as a table", icon=":material/table:"):
        st.html(
            compared_html(known.entries, {name: describe(name).multiply_adds for name in models})
        )
    st.caption(
        "The best of several looks at the test set flatters: where it was watched in every epoch,"
        " the true accuracy is a little lower. One run says little: another seed gives another"
        " number."
    )


app = open_page(
    "model",
    "Design a network",
    "One line is the network: change it, see at once what it costs and sees, then train it.",
)
known = gather()
measure_once()
designer(app, known)
_show_compared(known)
st.subheader("Trained networks", anchor=False)
network = choose_network("Network")
wait_for_torch(app)

from mnist_ui.pages.model.trained import show_network

if network is not None:
    show_network(app, network)
    export_import_section(network)
