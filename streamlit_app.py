"""The app's pages. Start it with `streamlit run streamlit_app.py`."""

import sys
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_ui.layout import page_icon

if get_script_run_ctx(suppress_warning=True) is None:
    sys.exit("Start the app with: streamlit run streamlit_app.py")

_PAGES = Path(__file__).parent / "mnist_ui" / "pages"

st.set_page_config(page_title="MNIST lab", page_icon=page_icon(), layout="wide")
st.navigation(
    [
        st.Page(_PAGES / "draw.py", title="Draw", icon=":material/draw:", default=True),
        st.Page(_PAGES / "train.py", title="Train", icon=":material/model_training:"),
        st.Page(_PAGES / "runs.py", title="Runs", icon=":material/history:"),
        st.Page(_PAGES / "model.py", title="Model", icon=":material/layers:"),
    ],
    position="top",
).run()
