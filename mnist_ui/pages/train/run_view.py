"""One run as it is seen on the page: its state, what can be done with it, its curves, its end.

Everything here is drawn anew at each look; only what the run has newly said is read.
"""

import html
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import MnistError
from mnist_core.runs.history import History
from mnist_core.runs.run import EventReader, Run, State
from mnist_ui import wording
from mnist_ui.charts import figure
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import what_it_learned
from mnist_ui.pages.train.fine_tuning import fine_tuning_result
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs
from mnist_ui.widgets.challenge import checklist_html, conditions
from mnist_ui.widgets.network_choice import choose_for_next_page
from mnist_ui.widgets.next_page import go_on
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
_SMOOTHING: Final = 0.9


@dataclass
class RunView:
    """What this visitor has read of a run so far, and the figures made of it."""

    reader: EventReader
    history: History = field(default_factory=History)
    _figures: dict[str, tuple[object, go.Figure]] = field(default_factory=dict)

    def figure(self, name: str, stamp: object, draw: Callable[[], go.Figure]) -> go.Figure:
        """Return the figure as it was last drawn, or drawn anew if `stamp` is another.

        To make a figure takes longer than all else that a look at a run does.
        """
        before = self._figures.get(name)
        if before is None or before[0] != stamp:
            before = self._figures[name] = stamp, draw()
        return before[1]


def view_of(run: Run) -> RunView:
    """Return this visitor's view of the run, reading only what is new since the last look."""
    views: dict[str, RunView] = st.session_state.setdefault("views", {})
    if run.id not in views:
        views.clear()  # one run at a time is looked at; a page left open does not grow
        views[run.id] = RunView(EventReader(run))
    view = views[run.id]
    view.history.extend(view.reader.read())
    return view


def show_run(app: Shared, run: Run, view: RunView, state: State) -> None:
    """Show the run from top to bottom."""
    config, history = run.config, view.history
    if run.kind == "sweep":
        _sweep(run, config, history, state)
        return
    _head(run, config, history, state)
    _buttons(app, run, config, history, state)
    _ending(app, run, history, state)
    if history.steps:
        _curves(run, config, view)
        _insides(run, config, view)


def _sweep(run: Run, config: TrainConfig, history: History, state: State) -> None:
    st.html(
        '<div class="run-head"><h2>The search for a learning rate</h2>'
        f'<span class="pill {state}" role="status">{_STATES[state]}</span></div>'
    )
    st.caption(
        "A short training in which the learning rate only rises. Where the loss falls fast, the"
        " rate is good; where it climbs again, it is too high (Smith, 2015). Nothing of it is kept."
    )
    found = history.swept.learning_rate if history.swept else None
    if history.failed is not None:
        st.error(history.failed.message, icon=":material/error:")
    if history.steps:
        plot(
            figure.loss_by_learning_rate(history.steps, found, run=run.id),
            key="sweep",
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


def _buttons(app: Shared, run: Run, config: TrainConfig, history: History, state: State) -> None:
    with st.container(horizontal=True, gap="small", key="run_buttons"):
        if state == "waiting":
            _queue_buttons(app, run)
        if state == "running":
            st.button("Pause", icon=":material/pause:", on_click=run.pause)
        if state == "paused":
            st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=run.resume)
            st.button(
                "One step",
                icon=":material/skip_next:",
                on_click=run.make_one_step,
                args=(history.num_steps_done,),
            )
        if state in ("running", "paused"):
            st.button("Stop", icon=":material/stop:", on_click=run.stop)
            _learning_rate(run, config, history)
        if state in ("stopped", "lost", "failed") and run.state_path.exists():
            st.button(
                "Go on from there",
                icon=":material/play_arrow:",
                on_click=go_on,
                args=(app, run),
                help="With momentum, schedule and averages as they were: the result is the same as"
                " if it had never ended.",
            )
        if run.checkpoint_path.exists():
            for text, icon, page in (
                ("Draw with this network", "draw", "draw"),
                ("Evaluate it", "fact_check", "evaluate"),
            ):
                if st.button(text, icon=f":material/{icon}:"):
                    choose_for_next_page(run)
                    st.switch_page(f"mnist_ui/pages/{page}/page.py")


def _queue_buttons(app: Shared, run: Run) -> None:
    ids = [waiting.id for waiting in app.launcher.queue()]
    if run.id not in ids:
        st.markdown("Starting…")
        return
    place = ids.index(run.id)
    before = "It is next." if place == 0 else f"{place} more before it."
    st.markdown(f"It waits until another run has ended. {before}")
    st.button("Withdraw", icon=":material/close:", on_click=_withdraw, args=(app, run))


def _withdraw(app: Shared, run: Run) -> None:
    try:
        app.launcher.withdraw(run)
    except MnistError as error:
        st.toast(str(error))


def _learning_rate(run: Run, config: TrainConfig, history: History) -> None:
    current = history.learning_rates[-1].learning_rate if history.learning_rates else None
    knob = knobs()["learning_rate"]
    with st.popover("Learning rate", icon=":material/speed:"):
        value = st.number_input(
            "Highest learning rate from now on",
            min_value=knob.minimum,
            max_value=knob.maximum,
            value=current or config.learning_rate,
            step=knob.step,
            format="%.10g",
            key=f"rate_{run.id}",
        )
        st.button("Change it", on_click=run.change_learning_rate, args=(float(value),))


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
        st.html(checklist_html(conditions(card, app.summary(card.model))))
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


def _curves(run: Run, config: TrainConfig, view: RunView) -> None:
    watched, history = wording.watched(config), view.history
    epochs, steps = history.epochs, history.steps
    st.subheader("Accuracy", anchor=False)
    plot(
        view.figure(
            "accuracy",
            len(epochs),
            lambda: figure.accuracy_by_epoch(
                epochs, watched=watched, num_epochs=config.epochs, run=run.id
            ),
        ),
        key="accuracy",
        description=wording.accuracy_course(epochs, watched),
        height=340,
    )
    st.subheader("Loss", anchor=False)
    smoothing = float(st.session_state.setdefault("smoothing", _SMOOTHING))
    plot(
        view.figure(
            "loss",
            (len(steps), len(epochs), smoothing),
            lambda: figure.loss_by_step(steps, epochs, run=run.id, smoothing=smoothing),
        ),
        key="loss",
        description=f"Loss by step; the last is {steps[-1].loss:.4f}.",
        height=280,
    )
    more = st.expander(
        "More curves", icon=":material/monitoring:", key="more_curves", on_change="rerun"
    )
    if more.open:
        with more:
            _more_curves(run, view)


def _more_curves(run: Run, view: RunView) -> None:
    st.slider(
        "Smoothing of the loss", 0.0, 0.99, step=0.01, key="smoothing", persist_state="session"
    )
    steps = view.history.steps
    for quantity in ("learning_rate", "gradient_norm", "images_per_second"):
        name = quantity.replace("_", " ")
        st.markdown(f"**{name.capitalize()}**")
        draw = partial(figure.course_by_step, steps, quantity, name=name, run=run.id)
        plot(
            view.figure(quantity, len(steps), draw),
            key=quantity,
            description=f"{name} by step",
            height=180,
        )


def _insides(run: Run, config: TrainConfig, view: RunView) -> None:
    told = [epoch for epoch in view.history.epochs if epoch.confusion]
    if not told:
        return
    st.subheader("What it has learned", anchor=False)
    if told[-1].probe and run.probe is not None:
        left, right = st.columns([1, 5])
        left.html(what_it_learned.drawing_html(run.probe))
        with right:
            st.caption("How likely it finds each digit for this drawing, epoch by epoch")
            plot(
                view.figure(
                    "probe",
                    len(told),
                    lambda: what_it_learned.probe_by_epoch(
                        told, num_epochs=config.epochs, run=run.id
                    ),
                ),
                key="probe",
                description="The probabilities of the probe drawing by epoch.",
                height=220,
            )
    epoch = _choose_epoch(len(told))
    chosen = told[epoch - 1]
    left, right = st.columns(2)
    with left:
        st.caption(
            f"What was taken for what after epoch {chosen.epoch} ({wording.watched(config)})"
        )
        plot(
            view.figure(
                "confusion",
                chosen.epoch,
                lambda: what_it_learned.confusion_matrix(chosen.confusion, run=run.id),
            ),
            key="confusion",
            description=f"Confusion matrix after epoch {chosen.epoch}.",
            height=330,
        )
    with right:
        st.caption("The first layer’s kernels: light adds, dark takes away")
        st.html(what_it_learned.kernels_html(chosen.kernels))
        st.caption("Still read wrong, the surest first")
        st.html(what_it_learned.mistakes_html(chosen.mistakes) if chosen.mistakes else "none")


def _choose_epoch(num_epochs: int) -> int:
    """Return the epoch to look at: the newest, unless the visitor has gone back."""
    if num_epochs < 2:
        return num_epochs
    epochs = ["newest", *map(str, range(1, num_epochs))]
    chosen = st.select_slider(
        "Epoch",
        options=[*epochs[1:], epochs[0]],
        value="newest",
        key="epoch_to_look_at",
    )
    return num_epochs if chosen == "newest" else int(chosen)
