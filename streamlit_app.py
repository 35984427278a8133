"""The app's pages. Start it with `streamlit run streamlit_app.py`."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_core.errors import ConfigError
from mnist_ui.layout import page_icon
from mnist_ui.server import Doorkeeper
from mnist_ui.settings import settings

_PAGES = Path(__file__).parent / "mnist_ui" / "pages"


def show_pages() -> None:
    """Show the page that a visitor has opened, below the list of all."""
    st.set_page_config(page_title="MNIST lab", page_icon=page_icon(), layout="wide")
    st.navigation(
        [
            st.Page(_PAGES / "draw.py", title="Draw", icon=":material/draw:", default=True),
            st.Page(_PAGES / "explain.py", title="Explain", icon=":material/psychology:"),
            st.Page(_PAGES / "train.py", title="Train", icon=":material/model_training:"),
            st.Page(_PAGES / "data.py", title="Data", icon=":material/grid_view:"),
            st.Page(_PAGES / "runs.py", title="Runs", icon=":material/history:"),
            st.Page(_PAGES / "evaluate.py", title="Evaluate", icon=":material/fact_check:"),
            st.Page(_PAGES / "model.py", title="Model", icon=":material/layers:"),
        ],
        position="top",
    ).run()


# Streamlit reads this file twice over: once as the server that is started, then for each visitor.
if get_script_run_ctx(suppress_warning=True) is not None:
    show_pages()
elif __name__ == "__main__":
    sys.exit("Start the app with: streamlit run streamlit_app.py")
else:
    try:
        is_public = settings().is_public
    except ConfigError as error:
        sys.exit(str(error))
    app = st.App(__file__, middleware=[Middleware(Doorkeeper, tells_visitors_apart=is_public)])
