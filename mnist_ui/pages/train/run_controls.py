"""What can be done with a run while it waits, trains, or has ended."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import MnistError
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, State
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.next_page import (
    finish,
    offer_mistakes,
    offer_network,
    offer_to_go_on,
    offer_to_grow,
    show_on_train_page,
)


def show_buttons(
    app: Shared, run: Run, config: TrainConfig, history: History, state: State
) -> None:
    """Show the buttons that make sense in the run's state."""
    with st.container(horizontal=True, gap="xsmall", key="run_buttons"):
        if state == "waiting":
            _queue_buttons(app, run)
        if state == "running":
            st.button(
                "Pause",
                key=f"pause_{run.id}",
                icon=":material/pause:",
                on_click=_tell,
                args=(run.pause,),
            )
        if state == "paused":
            st.button(
                "Resume",
                key=f"resume_{run.id}",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_tell,
                args=(run.resume,),
            )
            st.button(
                "One step",
                key=f"step_{run.id}",
                icon=":material/skip_next:",
                on_click=_tell,
                args=(partial(run.make_one_step, history.num_steps_done),),
            )
        if state in ("running", "paused"):
            st.button(
                "Stop",
                key=f"stop_{run.id}",
                icon=":material/stop:",
                on_click=_tell,
                args=(run.stop,),
            )
            _learning_rate(run, config, history)
        if state in ("stopped", "lost", "failed") and run.state_path.exists():
            _buttons_of_ended(app, run, state)
        if state == "finished":
            # In the places of Pause and Stop, which would stand beside the new buttons until all of
            # these have come: for a moment there would be two rows, and the charts would jump.
            for _ in range(2):
                st.html('<i class="no-button"></i>')
        if state in ("finished", "stopped", "lost", "failed"):
            known = {epoch.epoch: epoch.watch_accuracy for epoch in history.epochs}
            if (grown := offer_to_grow(app, run, known)) is not None:
                show_on_train_page(grown)
                st.rerun()  # the whole page: the selector stands outside of this part
        if state != "waiting":  # at once, if only to be pressed later: none comes between others
            is_there = run.checkpoint_path.exists()
            offer_network(run, ("Draw with this network", "", "draw"), is_offered=is_there)
            offer_mistakes(run.id, key=f"mistakes_of_{run.id}", icon=None, is_offered=is_there)


def _buttons_of_ended(app: Shared, run: Run, state: State) -> None:
    """Show what can be done with a run that ended before its last epoch."""
    offer_to_go_on(app, run)
    if state != "failed" and run.checkpoint_path.exists():
        st.button(
            "This is the end: measure the test set",
            key=f"finish_{run.id}",
            icon=":material/flag:",
            on_click=finish,
            args=(app, run),
            help="It cannot go on after that: whoever has seen the test images chooses by them.",
        )


def _tell(act: Callable[[], None]) -> None:
    try:
        act()
    except MnistError as error:
        st.toast(str(error), icon=":material/error:")


def _queue_buttons(app: Shared, run: Run) -> None:
    ids = [waiting.id for waiting in app.launcher.queue()]
    if run.id not in ids:
        st.markdown("Starting…")
        return
    place = ids.index(run.id)
    before = "It is next." if place == 0 else f"{place} more before it."
    # Where this app trains nothing itself, `dispatch` takes what waits to a cluster.
    until = "another run has ended" if settings().max_running else "a machine takes it"
    st.markdown(f"It waits until {until}. {before}")
    st.button(
        "Withdraw",
        key=f"withdraw_{run.id}",
        icon=":material/close:",
        on_click=_withdraw,
        args=(app, run),
    )


def _withdraw(app: Shared, run: Run) -> None:
    try:
        app.launcher.withdraw(run)
    except MnistError as error:
        st.toast(str(error))


def _learning_rate(run: Run, config: TrainConfig, history: History) -> None:
    current = history.learning_rates[-1].learning_rate if history.learning_rates else None
    knob = knobs()["learning_rate"]
    # In a form, Enter in the field is a press of the button, and leaving the field is none.
    with (
        st.popover("Learning rate", icon=":material/speed:"),
        st.form(f"rate_form_{run.id}", border=False),
    ):
        value = st.number_input(
            "Highest learning rate from now on",
            min_value=knob.minimum,
            max_value=knob.maximum,
            value=current or config.learning_rate,
            step=knob.step,
            format="%.10g",
            key=f"rate_{run.id}",
        )
        # Not in a callback, which must not show anything where a part of the page runs alone.
        if st.form_submit_button("Change it", key=f"change_rate_{run.id}"):
            _change_rate(run, float(value))


def _change_rate(run: Run, value: float) -> None:
    try:
        run.change_learning_rate(value)
    except MnistError as error:
        st.toast(str(error), icon=":material/error:")
        return
    st.toast(f"The highest learning rate is {value:g} from the next batch on.")
