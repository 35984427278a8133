"""A second network that answers the same drawing: any that can be chosen, or one never trained."""

from typing import Final

import streamlit as st

from mnist_ui.widgets.network_choice import Network, labels_of, list_networks

UNTRAINED: Final = "untrained"
_NOBODY: Final = "nobody"
_CHOICE: Final = "second_network"
_SWITCH: Final = "before_and_after"

SecondNetwork = Network | str
"""A network, or the word for the same one with fresh weights."""


def offer_before_and_after() -> None:
    """Show the switch that lets the same network answer beside itself as it was before training.

    The same can be chosen from the list of those to compare with.
    """
    st.session_state[_SWITCH] = st.session_state.get(_CHOICE) == UNTRAINED
    st.toggle(
        "Before and after",
        key=_SWITCH,
        on_change=_switch,
        help="The same network, never trained, answers beside it. Whatever it does better, it has"
        " learned.",
    )


def _switch() -> None:
    st.session_state[_CHOICE] = UNTRAINED if st.session_state[_SWITCH] else _NOBODY


def choose_second_network(network: Network) -> SecondNetwork | None:
    """Show who may answer beside `network`; None where nobody is to."""
    others = {other.id: other for other in list_networks() if other.id != network.id}
    if st.session_state.get(_CHOICE) not in (None, _NOBODY, UNTRAINED, *others):
        del st.session_state[_CHOICE]
    names = {_NOBODY: "nobody", UNTRAINED: "the same network, never trained", **labels_of(others)}
    chosen = st.selectbox(
        "Compare with",
        list(names),
        format_func=names.__getitem__,
        key=_CHOICE,
        persist_state="session",
        help="A second network answers the same drawing beside the first.",
    )
    return None if chosen == _NOBODY else others.get(chosen, UNTRAINED)


def name_of(second: SecondNetwork) -> str:
    """Return what stands above its answer."""
    return "before training" if isinstance(second, str) else second.label


def name_beside(network: Network, second: SecondNetwork) -> str:
    """Return what stands above the first one's answer."""
    return "after training" if isinstance(second, str) else network.label
