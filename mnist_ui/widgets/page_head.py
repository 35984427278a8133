"""What every page begins with: its title, the app's few styles, and torch on its way."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

import streamlit as st

from mnist_ui.session.shared import Shared, shared

_FOLDER: Final = Path(__file__).parent.parent


def page_icon() -> str:
    """Return the app's icon as a data: address, so that nothing is fetched for it."""
    return "data:image/svg+xml," + quote((_FOLDER / "icon.svg").read_text(encoding="utf-8").strip())


def open_page(title: str, lead: str) -> Shared:
    """Show a page's title and one sentence on what it is for; return what all pages share."""
    st.html(_FOLDER / "style.css")
    st.html(f'<header class="page-head"><h1>{title}</h1><p>{lead}</p></header>')
    return shared()
