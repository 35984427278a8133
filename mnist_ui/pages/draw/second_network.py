"""A second network that answers the same drawing: any that can be chosen, or one never trained."""

from typing import Final

import streamlit as st

from mnist_ui.widgets.network_choice import Network, choose_listed, labels_of, list_networks

UNTRAINED: Final = "untrained"
_NOBODY: Final = "nobody"
_CHOICE: Final = "second_network"

SecondNetwork = Network | str
"""A network, or the word for the same one with fresh weights."""


def offer_before_and_after() -> None:
    """Show the switch that lets the same network answer beside itself as it was before training.

    The same can be chosen from the list of those to compare with.
    """
    is_on = st.session_state.get(_CHOICE) == UNTRAINED
    # A switch of its own for on and for off: what the browser still says of it, in a look under way
    # while the list is chosen from, is no press.
    key = f"before_and_after_{is_on}"
    st.session_state[key] = is_on
    st.toggle(
        "Before and after",
        key=key,
        on_change=_switch,
        args=(not is_on,),
        help="The same network, never trained, answers beside it. Whatever it does better, it has"
        " learned.",
    )


def _switch(is_on: bool) -> None:
    st.session_state[_CHOICE] = UNTRAINED if is_on else _NOBODY


def choose_second_network(network: Network) -> SecondNetwork | None:
    """Show who may answer beside `network`; None where nobody is to."""
    others = {other.id: other for other in list_networks() if other.id != network.id}
    names = {_NOBODY: "nobody", UNTRAINED: "the same network, never trained", **labels_of(others)}
    chosen = choose_listed(
        "Compare with",
        names,
        key=_CHOICE,
        default=_NOBODY,
        help="A second network answers the same drawing beside the first.",
    )
    return None if chosen == _NOBODY else others.get(chosen, UNTRAINED)


def name_of(second: SecondNetwork) -> str:
    """Return what stands above its answer."""
    return "before training" if isinstance(second, str) else second.label


def name_beside(network: Network, second: SecondNetwork) -> str:
    """Return what stands above the first one's answer."""
    return "after training" if isinstance(second, str) else network.label
