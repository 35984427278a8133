"""What the Model page shows of a trained network, module by module; needs torch."""

import streamlit as st

from mnist_core.models import build_model
from mnist_core.networks.named import LINES
from mnist_core.networks.profile import Profile, profile_network
from mnist_ui import wording
from mnist_ui.pages.model.designer import write_line
from mnist_ui.pages.model.module_table import module_table_html
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.challenge import checklist_html, conditions
from mnist_ui.widgets.network_choice import Network


@st.cache_resource(show_spinner=False, max_entries=64)
def _profile(model: str) -> Profile:
    return profile_network(build_model(model), timed=True)


def show_network(app: Shared, network: Network) -> None:
    """Show a checkpoint's network as torch runs it, and how it stands to the challenge."""
    model = network.card.model
    summary, profile = app.networks.summary(model), _profile(model)
    left, right = st.columns([2.4, 1], gap="large")
    with left:
        st.markdown(f"**The network “{wording.unformatted(model)}”, module by module**")
        rows = [row for row in summary.rows if len(row.output_shape) == 4]
        if rows:
            shape = list(rows[0].output_shape)
            st.caption(
                f"The output shape {wording.unformatted(str(shape))}: any number of images (-1),"
                f" {shape[1]} maps of each, {shape[2]} × {shape[3]} values in a map."
            )
        st.html(module_table_html(summary, profile))
        with st.expander("The same as text", icon=":material/code:"):
            st.code(summary.to_text(), language=None)
    with right:
        st.markdown("**How it met the challenge**")
        st.html(checklist_html(conditions(network.card)))
        st.caption(wording.how_trained(network.card))
        st.button(
            "Change this network",
            key="change_this",
            icon=":material/edit:",
            help="Puts its line into the field at the top.",
            on_click=_change,
            args=(LINES.get(model, model),),
        )


def _change(line: str) -> None:
    write_line(line)
    st.toast("Its line stands in the field at the top of the page.")
