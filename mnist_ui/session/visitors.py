"""Whose a run is. On one's own machine there is one owner; in public, each browser is one.

Every page asks here for runs, never `mnist_core.runs.run` itself, so that a visitor of a public
deployment sees and reaches their own only.
"""

import hashlib
import secrets

import streamlit as st

from mnist_core.files import EVERYONE
from mnist_core.runs.folder import list_runs
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.run import Run
from mnist_ui.session.server import COOKIE, is_token
from mnist_ui.session.settings import settings


def visitor() -> str:
    """Return the id of whoever looks at the page: letters and digits, fit for a folder's name.

    In public it is made from the browser's cookie, which cannot be found from it; a browser that
    keeps no cookies is someone new with each visit.
    """
    if not settings().is_public:
        return EVERYONE
    token = st.context.cookies.get(COOKIE, "")
    if not is_token(token):
        token = st.session_state.setdefault("visitor", secrets.token_urlsafe(32))
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def own_runs() -> list[Run]:
    """Return the runs this visitor may see, the newest first."""
    me = visitor()
    return [run for run in list_runs() if me in (EVERYONE, run.owner)]


def num_waiting(launcher: Launcher) -> int:
    """Return how many of this visitor's runs are in the queue."""
    me = visitor()
    return sum(me in (EVERYONE, run.owner) for run in launcher.queue())
