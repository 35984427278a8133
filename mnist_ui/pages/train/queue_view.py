"""What else is under way beside the run that is shown: training, or waiting for its turn."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from mnist_core.runs.run import Run
from mnist_core.runs.table import title_of
from mnist_ui import wording
from mnist_ui.pages.train.run_so_far import read_on, say_progress
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import is_under_way, own_runs_under_way
from mnist_ui.widgets.next_page import show_on_train_page

_MOST_SHOWN: Final = 5


def others_under_way(shown: Run) -> list[Run]:
    """Return this visitor's other runs that train or wait, those first that have waited longest."""
    runs = reversed(own_runs_under_way())
    found = [run for run in runs if run.id != shown.id and run.is_readable() and is_under_way(run)]
    return sorted(found, key=lambda run: run.is_queued())


def show_queue(app: Shared, shown: Run, others: Sequence[Run]) -> None:
    """Show each of the other runs with its progress, or its place in the queue."""
    if not others:
        return
    waiting = [run.id for run in app.launcher.queue()]
    with st.container(border=True, key="queue"):
        st.markdown("**Also under way**")
        for place, run in enumerate(others[:_MOST_SHOWN]):
            _show_one(place, run, waiting, beside={shown.id, *(other.id for other in others)})
        if len(others) > _MOST_SHOWN:
            st.caption(f"and {len(others) - _MOST_SHOWN} more, which wait")


def _show_one(place: int, run: Run, waiting: Sequence[str], *, beside: set[str]) -> None:
    name = wording.unformatted(title_of(run))
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    left, state = row.container(width="stretch"), run.state()
    if state == "waiting":
        left.markdown(f"{name}: {_place(run, waiting)}")
    else:
        history = read_on(run, beside=beside).history
        told = say_progress(history, state)
        paused = ", paused" if state == "paused" else ""
        left.progress(min(history.fraction_done, 1.0), text=f"{name}{paused} · {told}")
    # One for a place, whichever run stands there: it stays under the hand and keeps the focus. The
    # button of another run would stand beside the last one's until all of the page has come.
    row.button("Show it", key=f"show_{place}", type="tertiary", on_click=_show, args=(run,))


def _show(run: Run) -> None:
    """Show that run; in a callback, which is given the run that stood there as it was pressed."""
    show_on_train_page(run)
    st.rerun()  # the whole page: the selector stands outside of this part


def _place(run: Run, waiting: Sequence[str]) -> str:
    if run.id not in waiting:
        return "starting…"
    before = waiting.index(run.id)
    return "waits, it is next" if before == 0 else f"waits, {before} more before it"
