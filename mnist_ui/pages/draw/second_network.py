"""A second network that answers the same drawing: any that can be chosen, or one never trained."""

from typing import Final

import streamlit as st

from mnist_ui.widgets.network_choice import Network, list_networks

UNTRAINED: Final = "untrained"
_NOBODY: Final = "nobody"

SecondNetwork = Network | str
"""A network, or the word for the same one with fresh weights."""


def choose_second_network(network: Network) -> SecondNetwork | None:
    """Show who may answer beside `network`; None where nobody is to."""
    others = {other.id: other for other in list_networks() if other.id != network.id}
    if st.session_state.get("second_network") not in (None, _NOBODY, UNTRAINED, *others):
        del st.session_state["second_network"]
    names = {_NOBODY: "nobody", UNTRAINED: "the same network, never trained"}
    chosen = st.selectbox(
        "Compare with",
        [*names, *others],
        format_func=lambda name: names.get(name) or others[name].label,
        key="second_network",
        persist_state="session",
        help="A second network answers the same drawing beside the first.",
    )
    return None if chosen == _NOBODY else others.get(chosen, UNTRAINED)


def name_of(second: SecondNetwork) -> str:
    """Return what stands above its answer."""
    return "never trained" if isinstance(second, str) else second.label
