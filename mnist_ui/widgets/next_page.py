"""What the pages do with a run besides showing it: choose it, go on with it."""

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.epochs import kept_epochs
from mnist_core.config.recipes import RECIPES
from mnist_core.config.settings import knobs
from mnist_core.errors import ConfigError, MnistError
from mnist_core.runs.folder import create_grown_run, prepare_to_finish
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.session.limits import refusal
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import start_run, visitor
from mnist_ui.widgets.expected_speed import expected_speed, known_speeds
from mnist_ui.widgets.network_choice import CHOICE, choose_elsewhere
from mnist_ui.widgets.settings_form import train_again_with

SHOWN: Final = "shown_run"
"""Where the session keeps the id of the run that the Train page shows."""

SECTION: Final = "evaluation_section"
WORST_MISTAKES: Final = "Worst mistakes"
"""One of the parts of Evaluate, and where the session keeps which of them is looked at."""

LINE: Final = "line"
"""The line's key in the session and its name in the address: `/model?line=16c5 p2 24c3 max`."""


def show_on_train_page(run: Run) -> None:
    """Let the Train page show this run when it opens next."""
    choose_elsewhere(SHOWN, run.id)


def go_on(app: Shared, run: Run) -> None:
    """Queue a run that was stopped or lost, to go on from its last saved state."""
    _queue(app, run, Run.prepare_to_resume)


def finish(app: Shared, run: Run) -> None:
    """Queue a run that was stopped, to be measured on the test set as it is."""
    _queue(app, run, prepare_to_finish)


def _queue(app: Shared, run: Run, prepare: Callable[[Run], None]) -> None:
    def prepared() -> Run:
        prepare(run)
        return run

    try:
        start_run(app.launcher, prepared)
    except (MnistError, OSError) as error:
        st.toast(str(error))


def offer_to_go_on(app: Shared, run: Run) -> None:
    """Show the button that lets a run go on which ended early."""
    st.button(
        "Go on from there",
        key=f"go_on_{run.id}",
        icon=":material/play_arrow:",
        on_click=go_on,
        args=(app, run),
        help="With momentum, schedule and averages as they were: the result is the same as"
        " if it had never ended.",
    )


def offer_to_grow(
    app: Shared, run: Run, accuracies: Mapping[int, float] | None = None
) -> Run | None:
    """Show how to go on from an epoch of the run; return the new run when it was started.

    `accuracies` (percent) are those of the watched images, by epoch, as far as they are known.
    """
    kept = kept_epochs(run.folder)
    if run.kind != "training" or not kept:
        return None
    with (
        st.popover("Go on from an epoch", icon=":material/call_split:"),
        st.form(f"grow_{run.id}", border=False),
    ):
        st.caption(
            "A new run with the weights, the momentum and the place in the schedule that this one"
            " had then. This one stays as it is."
        )
        epoch, changes = _choose_epoch(run, kept, accuracies or {})
        is_pressed = st.form_submit_button(
            "Train on as a new run", key=f"start_growing_{run.id}", type="primary"
        )
        return _start_growing(app, run, epoch, changes) if is_pressed else None


def _choose_epoch(
    run: Run, kept: list[int], accuracies: Mapping[int, float]
) -> tuple[int, dict[str, int | float]]:
    config, epochs, rate = run.config, knobs()["epochs"], knobs()["learning_rate"]
    epoch = st.selectbox(
        "After epoch",
        kept,
        index=max(0, len(kept) - 2),
        key=f"grow_after_{run.id}",
        format_func=lambda n: f"{n} · {accuracies[n]:.2f} %" if n in accuracies else str(n),
    )
    assert epochs.maximum is not None
    total = st.number_input(
        "Epochs in all",
        min_value=2,
        max_value=int(epochs.maximum),
        value=max(2, config.epochs),
        key=f"grow_epochs_{run.id}",
        help="Those that it has behind it are counted; the schedule ends with the last.",
    )
    learning_rate = st.number_input(
        "Highest learning rate",
        min_value=rate.minimum,
        max_value=rate.maximum,
        value=config.learning_rate,
        step=rate.step,
        format="%.10g",
        key=f"grow_rate_{run.id}",
    )
    return int(epoch), {"epochs": int(total), "learning_rate": float(learning_rate)}


def _start_growing(
    app: Shared, run: Run, epoch: int, changes: dict[str, int | float]
) -> Run | None:
    try:
        config = run.config.replace(**changes)
        speed = expected_speed(config.model, known_speeds([run]))
        if (refused := refusal(config, settings(), images_per_second=speed)) is not None:
            raise ConfigError(refused)
        return start_run(
            app.launcher, lambda: create_grown_run(run, epoch, changes, owner=visitor())
        )
    except (MnistError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return None


def offer_network(run: Run, *offers: tuple[str, str, str], is_offered: bool = True) -> None:
    """Show a button for each (text, icon, page) that opens the page with the run's network.

    Before the run has one (not `is_offered`) they stand there and cannot be pressed.
    """
    for text, icon, page in offers:
        name, shown = f"{page}_with_{run.id}", f":material/{icon}:" if icon else None
        if st.button(text, key=name, icon=shown, disabled=not is_offered):
            choose_for_next_page(run)
            st.switch_page(f"mnist_ui/pages/{page}/page.py")


def offer_mistakes(
    network_id: str,
    *,
    key: str,
    icon: str | None = ":material/fact_check:",
    is_offered: bool = True,
) -> None:
    """Show the button that opens Evaluate on the worst mistakes of a network, a run's by its id."""
    if st.button("Its mistakes", key=key, icon=icon, disabled=not is_offered):
        choose_elsewhere(CHOICE, network_id)
        st.session_state[SECTION] = WORST_MISTAKES
        st.switch_page("mnist_ui/pages/evaluate/page.py")


def offer_to_change(card: Card, run: Run | None) -> None:
    """Say what could be tried next; a button opens Train on the network's own settings."""
    st.caption(wording.next_idea(card))
    if st.button("What to change", key="what_to_change", icon=":material/tune:"):
        if run is not None:
            train_again_with(run.recipe, run.config)
            show_on_train_page(run)
        elif card.recipe in RECIPES:
            train_again_with(card.recipe, RECIPES[card.recipe].config)
        st.switch_page("mnist_ui/pages/train/page.py")


def choose_for_next_page(run: Run) -> None:
    """Let the selector stand on this run's network when the next page opens."""
    choose_elsewhere(CHOICE, run.id)
