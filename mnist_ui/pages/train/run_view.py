"""One run as it is seen on the page: its state, what can be done with it, its curves, its end.

Everything here is drawn anew at each look; only what the run has newly said is read.
"""

import html
from typing import Final, Literal

import streamlit as st

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.changes import in_words
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, State
from mnist_core.runs.table import call_origin, problems_of, title_of
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import charts
from mnist_ui.pages.train.before_and_after import show_before_and_after
from mnist_ui.pages.train.run_controls import show_buttons
from mnist_ui.pages.train.run_curves import show_curves, show_more_curves
from mnist_ui.pages.train.run_ending import show_ending
from mnist_ui.pages.train.run_so_far import RunSoFar, say_progress
from mnist_ui.pages.train.what_it_learned import show_what_it_learned
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.problems import tell_problems
from mnist_ui.widgets.settings_form import use_learning_rate

_STATES: Final[dict[State, str]] = {
    "waiting": "waiting",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped early",
    "failed": "failed",
    "lost": "lost",
}


def show_run(app: Shared, run: Run, so_far: RunSoFar, state: State) -> None:
    """Show the run from top to bottom."""
    config, history = run.config, so_far.history
    if run.kind == "lr_search":
        _learning_rate_search(run, config, history, state)
        return
    _head(run, config, history, state)
    told = wording.lines_left_out(history.num_skipped)
    tell_problems([*problems_of(run), *([told] if history.num_skipped else [])])
    show_buttons(app, run, config, history, state)
    if history.steps:
        show_curves(run, config, so_far)
    watched = wording.what_is_watched(config, _test(history, state))
    st.caption(f"{_start(run)} {watched}".strip())
    with st.container():  # whatever comes into it, the charts below keep their places and stay
        if history.changes:
            st.caption(f"Changed while it ran: {wording.unformatted(in_words(history.changes))}.")
        show_ending(app, run, history, state)
    if history.steps:
        show_before_and_after(app, run, history)
        show_what_it_learned(run, config, so_far)
        show_more_curves(run, so_far)


def _learning_rate_search(run: Run, config: TrainConfig, history: History, state: State) -> None:
    st.html(
        '<div class="run-head"><h2>The search for a learning rate</h2>'
        f'<span class="pill {state}" role="status">{_STATES[state]}</span></div>'
    )
    st.caption(
        "A short training in which the learning rate only rises. Where the loss falls fast, the"
        " rate is good; where it climbs again, it is too high (Smith, 2015). Nothing of it is kept."
    )
    suggestion = history.learning_rate_found
    found = suggestion.learning_rate if suggestion else None
    if history.failed is not None:
        st.error(history.failed.message, icon=":material/error:")
    if history.steps:
        plot(
            charts.loss_by_learning_rate(history.steps, found, run=run.id),
            key="lr_search",
            description="Loss by learning rate" + (f"; suggested is {found:g}." if found else "."),
            height=320,
        )
    if found is not None and st.button(
        f"Use {found:g}",
        key=f"use_rate_{run.id}",
        type="primary",
        on_click=use_learning_rate,
        args=(run.recipe, found),
        help="Puts it into the settings; then press Train.",
    ):
        st.rerun()  # the settings stand outside of what a button here runs


def _head(run: Run, config: TrainConfig, history: History, state: State) -> None:
    name = f"{title_of(run)} · {wording.DATASETS[config.dataset]}"
    st.html(
        f'<div class="run-head"><h2>{html.escape(name, quote=False)}</h2>'
        f'<span class="pill {state}" role="status">{_state_words(run, state)}</span>'
        f'<a class="to-run" href="train?run={run.id}" target="_self">Link to this run</a>'
        '<a class="to-settings" href="#settings">Train another ↓</a></div>'
    )
    if state in ("running", "paused") or history.started is not None:
        # It stays when the run has ended: what is below it does not move.
        st.progress(min(history.fraction_done, 1.0), text=say_progress(history, state))


def _test(history: History, state: State) -> Literal["to come", "measured", "left out"]:
    if history.finished is not None and history.finished.test_total is not None:
        return "measured"
    return "left out" if state == "failed" else "to come"


def _start(run: Run) -> str:
    """Say what a run began from that did not begin from random weights."""
    if run.origin is None:
        return "" if run.kind != "fine_tuning" else "It began from a trained network."
    before = wording.count_epochs(run.origin.epochs)
    name = wording.unformatted(call_origin(run.origin, run.folder.parent))
    if run.kind == "training":
        return f"It grew from {name}: from its weights after {before}, and counts on from there."
    return f"It began from {name}, trained for {before}, and learns from your drawings too."


def _state_words(run: Run, state: State) -> str:
    control = run.control()
    if state == "running" and control.stop:
        return "stopping…"
    if state == "running" and control.pause_at == 0:
        return "pausing…"
    return _STATES[state]
