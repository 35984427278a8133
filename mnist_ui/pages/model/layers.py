"""What the Model page shows of a network, and of all of them beside each other; needs torch."""

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.experiments.study import list_studies
from mnist_core.models import MODELS, build_model
from mnist_core.networks.profile import Profile, profile_network
from mnist_core.runs.catalogue import list_models
from mnist_ui import wording
from mnist_ui.charts import compared
from mnist_ui.components.plot import plot
from mnist_ui.pages.model.diagram import diagram_html
from mnist_ui.pages.model.layer_table import layer_table_html
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.challenge import checklist_html, conditions
from mnist_ui.widgets.network_choice import Network


@st.cache_resource(show_spinner=False, max_entries=64)
def _profile(model: str) -> Profile:
    return profile_network(build_model(model), timed=True)


def show_network(app: Shared, network: Network) -> None:
    """Show a network as a diagram and a table, and how it stands to the challenge."""
    model = network.card.model
    summary, profile = app.networks.summary(model), _profile(model)
    st.subheader(f"The network “{wording.unformatted(model)}”", anchor=False)
    st.html(diagram_html(profile))
    left, right = st.columns([2.4, 1], gap="large")
    with left:
        st.subheader("Its layers", anchor=False)
        st.html(layer_table_html(summary, profile))
        st.caption(
            "For one image. Multiply-adds are those of convolutions; memory is each layer’s output;"
            " “sees” is the receptive field, the largest part of the 28 × 28 image that stands"
            " behind one value; time is the share measured on this machine."
        )
        with st.expander("The same as text", icon=":material/code:"):
            st.code(summary.to_text(), language=None)
    with right:
        st.subheader("The challenge", anchor=False)
        st.html(checklist_html(conditions(network.card)))
        st.caption(wording.how_trained(network.card))


def show_compared() -> None:
    """Show all networks with what their studies measured, as a picture and a table."""
    st.subheader("The networks compared", anchor=False)
    try:
        entries = compared.compare(list_models(), list_studies())
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return
    plot(
        compared.accuracy_by_parameters(entries),
        key="networks_compared",
        description=compared.describe(entries),
        height=380,
    )
    models = {entry.model for entry in entries if entry.model in MODELS}
    multiply_adds = {str(model): _profile(str(model)).multiply_adds for model in models}
    st.html(compared.compared_html(entries, multiply_adds))
    st.caption(
        "The best of several looks at the test set flatters: where it was watched in every epoch,"
        " the true accuracy is a little lower. One run says little: another seed gives another"
        " number."
    )
