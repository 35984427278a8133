"""A second network that answers the same drawing: any that can be chosen, or one never trained."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from mnist_core.checkpoints.card import Card
from mnist_ui.widgets.network_choice import Network, list_networks

if TYPE_CHECKING:
    from mnist_core.predict import Predictor

UNTRAINED: Final = "untrained"
_NOBODY: Final = "nobody"
_SEED: Final = 1

Rival = Network | str
"""A network, or the word for the same one with fresh weights."""


def choose_rival(network: Network) -> Rival | None:
    """Show who may answer beside `network`; None where nobody is to."""
    others = {other.id: other for other in list_networks() if other.id != network.id}
    if st.session_state.get("rival") not in (None, _NOBODY, UNTRAINED, *others):
        del st.session_state["rival"]
    names = {_NOBODY: "nobody", UNTRAINED: "the same network, never trained"}
    chosen = st.selectbox(
        "Compare with",
        [*names, *others],
        format_func=lambda name: names.get(name) or others[name].label,
        key="rival",
        persist_state="session",
        help="A second network answers the same drawing beside the first.",
    )
    return None if chosen == _NOBODY else others.get(chosen, UNTRAINED)


def name_of(rival: Rival) -> str:
    return "never trained" if isinstance(rival, str) else rival.label


def untrained(card: Card) -> "Predictor":
    """Return the network that `card` describes with fresh weights, always the same ones."""
    return _untrained(card.model, card)


@st.cache_resource(show_spinner=False, max_entries=8)
def _untrained(model: str, _card: Card) -> "Predictor":
    import torch

    from mnist_core.models import build_model
    from mnist_core.predict import Predictor

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        return Predictor(build_model(model).eval(), _card)
