"""What the pages do with a run besides showing it: choose it, go on with it."""

from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.runs.run import Run
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import start_run
from mnist_ui.widgets.network_choice import CHOICE

SHOWN: Final = "shown_run"
"""Where the session keeps the id of the run that the Train page shows."""


def show_on_train_page(run: Run) -> None:
    """Let the Train page show this run when it opens next."""
    st.session_state[SHOWN] = run.id


def go_on(app: Shared, run: Run) -> None:
    """Queue a run that was stopped or lost, to go on from its last saved state."""

    def prepare() -> Run:
        run.prepare_to_resume()
        return run

    try:
        start_run(app.launcher, prepare)
    except (MnistError, OSError) as error:
        st.toast(str(error))


def choose_for_next_page(run: Run) -> None:
    """Let the selector stand on this run's network when the next page opens."""
    st.session_state[CHOICE] = run.id
