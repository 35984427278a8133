"""What every page begins with: its title, the app's styles, and the one wait for torch."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

import streamlit as st

from mnist_ui.session.shared import Shared, shared

_FOLDER: Final = Path(__file__).parent.parent


def page_icon() -> str:
    """Return the app's icon as a data: address, so that nothing is fetched for it."""
    return "data:image/svg+xml," + quote((_FOLDER / "icon.svg").read_text(encoding="utf-8").strip())


def open_page(name: str, title: str, lead: str) -> Shared:
    """Show a page's title and one sentence on what it is for; return what all pages share.

    `name` is its folder's, where `style.css` holds what only this page looks like.
    """
    st.html(Path(__file__).with_name("style.css"))
    own_style = _FOLDER / "pages" / name / "style.css"
    if own_style.is_file():
        st.html(own_style)
    st.html(f'<header class="page-head"><h1>{title}</h1><p>{lead}</p></header>')
    return shared()


def wait_for_torch(app: Shared, waiting: str = "The network is being loaded…") -> None:
    """Let a page go on once torch is loaded; until then it ends here and looks again by itself.

    What a page imports below this call may need torch: it is there. `waiting` is shown meanwhile.
    Where loading went wrong, the page ends here with the reason.

    Draw, Train and Runs have something to show at once and do not call this: what they import
    does without torch, and what needs it they ask of `Shared.networks`, once that is there.
    """
    if app.problem:
        st.error(app.problem, icon=":material/error:")
        st.stop()
    if not app.is_ready:
        _look_again(app, waiting)
        st.stop()


@st.fragment(run_every=0.5)
def _look_again(app: Shared, waiting: str) -> None:
    st.info(waiting, icon=":material/hourglass_top:")
    if app.is_ready:
        st.rerun()  # the whole page, which goes on this time
