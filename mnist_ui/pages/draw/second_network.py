"""A second network that answers the same drawing: any that can be chosen, or one never trained."""

from typing import Final

import streamlit as st

from mnist_ui.widgets.network_choice import (
    Network,
    choose_elsewhere,
    choose_listed,
    labels_of,
    list_networks,
    times_chosen_from_list,
)

UNTRAINED: Final = "untrained"
_NOBODY: Final = "nobody"
_CHOICE: Final = "second_network"

SecondNetwork = Network | str
"""A network, or the word for the same one with fresh weights."""


def offer_before_and_after() -> None:
    """Show the switch that lets the same network answer beside itself as it was before training.

    The same can be chosen from the list of those to compare with.
    """
    key = _key_of_switch()
    st.session_state[key] = st.session_state.get(_CHOICE) == UNTRAINED
    st.toggle(
        "Before and after",
        key=key,
        on_change=_switch,
        args=(key,),
        help="The same network, never trained, answers beside it. Whatever it does better, it has"
        " learned.",
    )


def _key_of_switch() -> str:
    """Return another key after each choice from the list.

    What the browser still says of the switch before, until it hears of the choice, is no press.
    """
    return f"before_and_after_{times_chosen_from_list(_CHOICE)}"


def _switch(key: str) -> None:
    if key == _key_of_switch():
        choose_elsewhere(_CHOICE, UNTRAINED if st.session_state[key] else _NOBODY)


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
