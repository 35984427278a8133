"""The app's pages. Start it with `streamlit run streamlit_app.py`."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_core.errors import ConfigError
from mnist_ui.session.messages import believe_only_what_fits
from mnist_ui.session.reruns import lose_nothing
from mnist_ui.session.server import Doorkeeper
from mnist_ui.session.settings import settings
from mnist_ui.session.visitors import with_the_runs_left
from mnist_ui.widgets.page_head import page_icon

_PAGES = Path(__file__).parent / "mnist_ui" / "pages"


def _page(name: str, *, title: str, icon: str, is_default: bool = False) -> StreamlitPage:
    # Without its own address a page is called after its file, and all are called page.py.
    path = _PAGES / name / "page.py"
    return st.Page(path, title=title, icon=icon, url_path=name, default=is_default)


def show_pages() -> None:
    """Show the page that a visitor has opened, below the list of all."""
    st.set_page_config(page_title="MNIST lab", page_icon=page_icon(), layout="wide")
    page = st.navigation(
        [
            _page("draw", title="Draw", icon=":material/draw:", is_default=True),
            _page("explain", title="Explain", icon=":material/psychology:"),
            _page("train", title="Train", icon=":material/model_training:"),
            _page("learn", title="Learn", icon=":material/stairs:"),
            _page("board", title="Board", icon=":material/leaderboard:"),
            _page("data", title="Data", icon=":material/grid_view:"),
            _page("runs", title="Runs", icon=":material/history:"),
            _page("evaluate", title="Evaluate", icon=":material/fact_check:"),
            _page("model", title="Model", icon=":material/layers:"),
            _page("search", title="Search", icon=":material/travel_explore:"),
        ],
        position="top",
    )
    with with_the_runs_left():
        page.run()


# Streamlit reads this file twice over: once as the server that is started, then for each visitor.
if get_script_run_ctx(suppress_warning=True) is not None:
    show_pages()
elif __name__ == "__main__":
    sys.exit("Start the app with: streamlit run streamlit_app.py")
else:
    try:
        chosen = settings()
    except ConfigError as error:
        sys.exit(str(error))
    believe_only_what_fits()
    lose_nothing()
    if chosen.is_public:
        config.set_option("client.showErrorDetails", "none")  # visitors have no use for our paths
    is_open = config.get_option("server.address") not in ("localhost", "127.0.0.1", "::1")
    app = st.App(__file__, middleware=[Middleware(Doorkeeper, settings=chosen, is_open=is_open)])
