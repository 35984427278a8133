"""One run as it is seen on the page: its state, what can be done with it, its curves, its end.

Everything here is drawn anew at each look; only what the run has newly said is read.
"""

import html
from contextlib import suppress
from typing import Final

import streamlit as st

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, State
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import charts
from mnist_ui.pages.train.fine_tuning import fine_tuning_result
from mnist_ui.pages.train.run_controls import show_buttons
from mnist_ui.pages.train.run_curves import show_curves, show_what_it_learned
from mnist_ui.pages.train.run_state import RunView
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs
from mnist_ui.widgets.challenge import checklist_html, conditions
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

_LINES_OF_LOG: Final = 20
_NUM_EARLIER: Final = 100


def show_run(app: Shared, run: Run, view: RunView, state: State) -> None:
    """Show the run from top to bottom."""
    config, history = run.config, view.history
    if run.kind == "lr_search":
        _learning_rate_search(run, config, history, state)
        return
    _head(run, config, history, state)
    show_buttons(app, run, config, history, state)
    _ending(app, run, history, state)
    if history.steps:
        show_curves(run, config, view)
        show_what_it_learned(run, config, view)


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
        type="primary",
        on_click=use_learning_rate,
        args=(run.recipe, found),
        help="Puts it into the settings; then press Train.",
    ):
        st.rerun()  # the settings stand outside of what a button here runs


def _head(run: Run, config: TrainConfig, history: History, state: State) -> None:
    name = run.label.name or f"{config.model} on {wording.DATASETS[config.dataset]}"
    st.html(
        f'<div class="run-head"><h2>{html.escape(name, quote=False)}</h2>'
        f'<span class="pill {state}" role="status">{_state_words(run, state)}</span>'
        '<a class="to-settings" href="#settings">Train another ↓</a></div>'
    )
    if state in ("running", "paused"):
        st.progress(min(history.fraction_done, 1.0), text=_progress_words(history, state))
    st.caption(wording.what_is_watched(config))


def _state_words(run: Run, state: State) -> str:
    control = run.control()
    if state == "running" and control.stop:
        return "stopping…"
    if state == "running" and control.pause_at == 0:
        return "pausing…"
    return _STATES[state]


def _progress_words(history: History, state: State) -> str:
    if history.started is None:
        found = history.preparing
        if found is None:
            return "Starting…"
        return f"{found.message}…" + (
            f" {found.fraction:.0%}" if found.fraction is not None else ""
        )
    started = history.started
    num_epochs = started.num_steps // started.steps_per_epoch
    text = f"Epoch {history.num_steps_done / started.steps_per_epoch:.1f} of {num_epochs}"
    text += f" · step {history.num_steps_done:,}"
    if history.steps and state == "running":
        text += f" · {history.steps[-1].images_per_second:,.0f} images/s"
    if (left := history.seconds_left) is not None and state == "running":
        text += f" · {wording.duration(left)} left"
    return text


def _ending(app: Shared, run: Run, history: History, state: State) -> None:
    if state == "failed" and history.failed is not None:
        st.error(history.failed.message, icon=":material/error:")
    if state == "lost":
        done = f"epoch {history.epochs[-1].epoch}" if history.epochs else "its first steps"
        st.error(
            f"The process that trained this run ended without a word, after {done}. What was saved"
            " is kept; it can go on from there, or be trained again.",
            icon=":material/link_off:",
        )
    if state in ("failed", "lost"):
        _log(run)
    if history.finished is not None and state in ("finished", "stopped"):
        _result(app, run, history)


def _log(run: Run) -> None:
    try:
        lines = run.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    if lines:
        with st.expander("What the process printed last"):
            st.code("\n".join(lines[-_LINES_OF_LOG:]), language=None)


def _result(app: Shared, run: Run, history: History) -> None:
    finished = history.finished
    assert finished is not None
    try:
        card = read_card(run.checkpoint_path)
    except MnistError as error:
        st.error(str(error))
        return
    words = "after" if finished.is_complete else "stopped after"
    st.html(
        f'<div class="result"><span class="big">{finished.test_accuracy:.2f} %</span>'
        f"<span>of {wording.measured_on(card)} read right"
        f" ({finished.test_correct:,} of {finished.test_total:,}), {words}"
        f" {wording.count_epochs(finished.epochs)} and {wording.duration(finished.seconds)} of"
        f" training. {wording.against_challenge(card)}</span></div>"
    )
    if app.is_ready:
        st.html(checklist_html(conditions(card, app.networks.summary(card.model))))
    fine_tuning_result(app, run)
    st.markdown(f"{wording.against_earlier(card, _earlier(run))} {wording.next_idea(card)}")


def _earlier(run: Run) -> list[Card]:
    """Return the cards of this visitor's finished runs that began before this one."""
    found: list[Card] = []
    for other in own_runs()[:_NUM_EARLIER]:
        if other.id < run.id:
            with suppress(MnistError):
                found.append(read_card(other.checkpoint_path))
    return found
