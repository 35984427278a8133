"""What the Evaluate page shows of one network on one set of images; needs torch."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_ui import wording
from mnist_ui.pages.evaluate import sections, words
from mnist_ui.pages.evaluate.distortions import distortions
from mnist_ui.pages.evaluate.doubt import no_digit
from mnist_ui.pages.evaluate.image_sets import Examined, Source, evaluation_of, list_sources
from mnist_ui.widgets.network_choice import Network
from mnist_ui.widgets.next_page import SECTION, WORST_MISTAKES

_SECTIONS: Final[dict[str, Callable[[Examined], None]]] = {
    "Confusion": sections.confusion,
    "Each digit": sections.digits,
    WORST_MISTAKES: sections.mistakes,
    "Certainty": sections.certainty,
    "No digit?": no_digit,
    "Distortions": distortions,
    "Against another": sections.comparison,
}


def evaluate(network: Network, source: Source) -> None:
    """Show what the network makes of the images."""
    examined = _examine(network, source)
    if examined is not None:
        _show(examined)


def choose_images(network: Network) -> Source:
    """Show which images a network can be measured on; return the chosen ones."""
    sources = {source.id: source for source in list_sources(network.card)}
    if st.session_state.get("evaluated_images") not in sources:
        st.session_state["evaluated_images"] = next(iter(sources))
    chosen = st.selectbox(
        "Images",
        list(sources),
        key="evaluated_images",
        format_func=lambda name: sources[name].label,
        persist_state="session",
    )
    return sources[str(chosen)]


def _examine(network: Network, source: Source) -> Examined | None:
    try:
        with st.spinner(f"Reading {source.label} with the network…"):
            images = source.load()
            return Examined(network, source, images, evaluation_of(network.path, images))
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _show(one: Examined) -> None:
    found = one.found
    st.html(
        f'<div class="result"><span class="big">{found.accuracy:.2f} %</span>'
        f"<span>{words.accuracy_words(found.correct, found.total, found.loss)}</span>"
        "</div>"
    )
    card, dataset = one.network.card, one.source.dataset
    if one.source.was_trained_on(card):
        st.warning(
            "It was trained on these very images: this does not say how it reads new ones."
            " The test images do.",
            icon=":material/warning:",
        )
    elif dataset is not None and dataset != card.dataset:
        st.caption(
            f"It was trained on {wording.DATASETS[card.dataset]}: these digits were written by"
            " other people and came about in another way."
        )
    if one.network.is_training:
        st.caption("It is still training: this is of its last whole epoch.")
    st.session_state.setdefault(SECTION, next(iter(_SECTIONS)))
    chosen = st.segmented_control(
        "Look at",
        list(_SECTIONS),
        key=SECTION,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    _SECTIONS[str(chosen)](one)
