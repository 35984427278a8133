"""One search's head: where it stands, and what can be done with it."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.search.folder import Asked, Search, State
from mnist_core.search.results import Found
from mnist_ui import wording
from mnist_ui.pages.search import words
from mnist_ui.pages.search.own import start_search
from mnist_ui.pages.search.start import usual_jobs
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared

_STATES: Final[dict[State, str]] = {
    "waiting": "waiting",
    "running": "searching",
    "stopping": "stopping…",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "lost": "ended early",
}


def show_head(app: Shared, search: Search, asked: Asked, found: Found, state: State) -> None:
    """Show where the search stands, with its buttons."""
    pill = {"stopping": "running", "waiting": "paused"}.get(state, state)
    st.html(
        f'<div class="run-head"><h2>{escape(search.name)}</h2>'
        f'<span class="pill {pill}" role="status">{_STATES[state]}</span>'
        '<a class="to-settings" href="#settings">Start another ↓</a></div>'
    )
    st.caption(wording.unformatted(words.asked(asked)))
    _tell_state(app, search, asked, found, state)
    with st.container(horizontal=True, gap="small"):
        _buttons(app, search, asked, found, state)


def _tell_state(app: Shared, search: Search, asked: Asked, found: Found, state: State) -> None:
    told = words.progress(asked, found)
    if state in ("running", "stopping"):
        left = words.seconds_left(asked, found, datetime.now())
        if left is not None and state == "running":
            told += f" · about {wording.duration(left)} left"
        st.progress(words.fraction_done(asked, found), text=told)
        if not found.known:
            st.caption("The first networks are being trained; points come as they end.")
        return
    st.markdown(told)
    if state == "waiting":
        st.caption(_place_in_queue(app, search))
        if app.searches.problem is not None:
            st.warning(app.searches.problem, icon=":material/warning:")
    elif state == "failed":
        st.error(wording.unformatted(search.failure or ""), icon=":material/error:")
    elif state == "lost":
        has_log = search.log_path.exists() and not settings().is_public
        st.warning(
            "It ended without a word: its process was killed, the machine went down, or the disk is"
            " full. What was found is kept; it goes on from there."
            + (f" Its log: `{search.log_path}`" if has_log else ""),
            icon=":material/warning:",
        )


def _place_in_queue(app: Shared, search: Search) -> str:
    queue = app.searches.queue()
    if search not in queue:
        return "It is being started…"
    before = queue.index(search)
    more = f" {before} more before it." if before else ""
    return f"It waits until another search has ended.{more}"


def _buttons(app: Shared, search: Search, asked: Asked, found: Found, state: State) -> None:
    key = search.name
    match state:
        case "running" | "stopping":
            st.button(
                "Stop",
                key=f"stop_search_{key}",
                icon=":material/stop:",
                on_click=search.ask_to_stop,
                disabled=state == "stopping",
                help="What is being trained just now is lost, what was found is kept.",
            )
            return
        case "waiting":
            if search.is_queued():
                st.button(
                    "Withdraw",
                    key=f"withdraw_search_{key}",
                    icon=":material/close:",
                    on_click=_try,
                    args=(lambda: app.searches.withdraw(search),),
                )
            return
        case "finished":
            _offer_more(app, search, asked)
        case _:
            st.button(
                "Go on",
                key=f"go_on_search_{key}",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_go_on,
                args=(app, search, asked),
                disabled=not app.searches.is_open,
                help="Ends with what it would have found without the interruption.",
            )
    _offer_to_delete(search, len(found.trials))


def _offer_more(app: Shared, search: Search, asked: Asked) -> None:
    key = f"more_trials_{search.name}"
    most = max(asked.trials, settings().max_trials)

    def go_on() -> None:
        more = asked.trials + int(st.session_state[key])
        _go_on(app, search, dataclasses.replace(asked, trials=min(more, most)))

    if asked.trials >= most or not app.searches.is_open:
        return
    with (
        st.popover("Try more", icon=":material/add:"),
        st.form(f"more_form_{search.name}", border=False),
    ):
        st.number_input(
            "So many more networks",
            min_value=1,
            max_value=most - asked.trials,
            value=min(asked.trials, most - asked.trials),
            key=key,
        )
        st.form_submit_button("Go on", key=f"try_more_{search.name}", on_click=go_on)


def _offer_to_delete(search: Search, num_trials: int) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(
            f"What it found, {num_trials:,} networks, is deleted for good. Runs trained from it"
            " stay."
        )
        st.button(
            "Delete it",
            key=f"delete_search_{search.name}",
            on_click=_try,
            args=(search.delete,),
        )


def _go_on(app: Shared, search: Search, asked: Asked) -> None:
    _try(lambda: start_search(app.searches, search.name, asked, jobs=usual_jobs()))


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except (MnistError, OSError) as error:
        st.toast(wording.unformatted(str(error)), icon=":material/error:")
