"""Search: many small networks and settings tried by the machine, watched as they come."""

from importlib.util import find_spec
from typing import Final

import streamlit as st

from mnist_core.search.folder import Search
from mnist_ui.pages.search.own import own_searches
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.get_mnist import offer_mnist
from mnist_ui.widgets.page_head import open_page

_SHOWN: Final = "shown_searches"
_INSTALL: Final = "pip install -r requirements-scale.txt"


def _tell_how_to_install() -> None:
    st.info(
        "The search needs Optuna, which is not installed with the app. One command brings it; then"
        " restart the app. Everything else works without it.",
        icon=":material/extension:",
    )
    st.code(_INSTALL, language="bash")


def _show_only(search: Search) -> None:
    st.session_state[_SHOWN] = [search.name]


def _choose_searches(searches: list[Search]) -> list[Search]:
    """Let the visitor choose which are shown, at first the one asked for last."""
    by_name = {search.name: search for search in searches}
    known = [name for name in st.session_state.get(_SHOWN, ()) if name in by_name]
    st.session_state[_SHOWN] = known or [searches[0].name]
    if len(searches) > 1:
        st.multiselect(
            "Searches",
            list(by_name),
            key=_SHOWN,
            persist_state="session",
            help="Two or more are drawn over one another.",
        )
    return [by_name[name] for name in st.session_state[_SHOWN] if name in by_name]


def _empty() -> None:
    st.html(
        '<div class="empty-run"><b>Nothing has been searched for here yet.</b><br>'
        "Say how large a network may be and press Start: every network that is tried becomes a"
        " point here. You can close the page meanwhile; the search goes on.</div>"
    )


app: Shared = open_page(
    "search",
    "Search for networks",
    "The machine tries hundreds of small networks and settings, and learns from what did well.",
)
if find_spec("optuna") is None:
    _tell_how_to_install()
    st.stop()

# Below: what loads Optuna, a quarter of a second the first time.
from mnist_ui.pages.search.start import start_panel, use_mnist
from mnist_ui.pages.search.watch import seconds_between_looks, watch

if offer_mnist(app):
    use_mnist()
left, right = st.columns([1, 2.1], gap="large")
with right:
    searches = own_searches()
    if searches:
        shown = _choose_searches(searches)
        seconds = seconds_between_looks(shown)
        st.fragment(run_every=seconds)(watch)(app, shown, seconds)
    else:
        _empty()
with left:
    st.html('<div id="settings"></div>')  # where a phone's "Start another" leads
    st.fragment(start_panel)(app, _show_only)
