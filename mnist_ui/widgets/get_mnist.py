"""Where MNIST is missing: what the small set is, and one button that fetches the real one."""

from typing import Final

import streamlit as st

from mnist_core.data.mnist import mnist_is_present, mnist_raw_dir
from mnist_core.data.parts import SIZES
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.settings_form import use_mnist
from mnist_ui.wording import unformatted

_IS_MISSED: Final = "mnist_is_missed"
_SECONDS_PER_LOOK: Final = 0.5


def offer_mnist(app: Shared) -> bool:
    """Offer to fetch MNIST while it is not on this machine; return whether it has just come.

    The Train page's form then goes on with it. To be called before the widgets that say which data
    is chosen.
    """
    if not mnist_is_present():
        st.session_state[_IS_MISSED] = True
        is_running = app.download.is_running
        st.fragment(run_every=_SECONDS_PER_LOOK if is_running else None)(_offer)(app, is_running)
        return False
    if not st.session_state.pop(_IS_MISSED, False):
        return False
    use_mnist()
    st.toast("MNIST is here: from now on you train on its 60,000 images.", icon=":material/check:")
    return True


def _offer(app: Shared, was_running: bool) -> None:
    with st.container(border=True, key="get_mnist"):
        st.markdown(_what_there_is())
        if (problem := app.download.problem) is not None:
            st.error(unformatted(problem), icon=":material/cloud_off:")
        if was_running:
            _show_progress(app)
        else:
            _button(app, "Fetch MNIST (11 MB)" if problem is None else "Try again to fetch MNIST")
    if app.download.is_running != was_running or mnist_is_present():
        st.rerun()  # the whole page: with or without looks every half second, or with MNIST


def _button(app: Shared, label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(label, key="fetch_mnist", icon=":material/download:"):
            app.download.begin()
            st.rerun()
        told = "It takes some seconds, and the page goes on with it by itself."
        # What went wrong, above, ends with the other ways.
        st.caption(told if app.download.problem else told + _elsewhere())


def _show_progress(app: Shared) -> None:
    now = app.download.progress
    share = now.fraction if now is not None else None
    told = "Downloading MNIST" if now is None else now.message
    st.progress(share or 0.0, text=f"{told}…" + ("" if share is None else f" {share:.0%}"))


def _what_there_is() -> str:
    small = SIZES["digits"]
    total, kept = small.train + small.test, small.train - small.validation
    return (
        "**MNIST is not on this machine yet.** Until it is, there is the small set that comes"
        f" along: {total:,} digits by 13 people, scanned at 8×8 pixels and made as large as"
        f" MNIST’s. A run trains on {kept:,} of them, is watched on {small.validation} and tested"
        f" on {small.test}, and is over in some seconds: each recipe has settings of its own"
        " for it."
    )


def _elsewhere() -> str:
    if settings().is_public:
        return ""
    return (
        f" Without a network: put MNIST’s four files into `{mnist_raw_dir()}`, or set"
        " `MNIST_DATA_DIR` to a folder that has them."
    )
