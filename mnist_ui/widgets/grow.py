"""Going on from an epoch of a run, as a new run, with other settings if one likes."""

from collections.abc import Mapping

import streamlit as st

from mnist_core.checkpoints.epochs import kept_epochs
from mnist_core.config.settings import knobs
from mnist_core.errors import ConfigError, MnistError
from mnist_core.runs.folder import create_grown_run
from mnist_core.runs.run import Run
from mnist_ui.session.limits import refusal
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import start_run, visitor
from mnist_ui.widgets.expected_speed import expected_speed, known_speeds


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
        epoch, changes = _choose(run, kept, accuracies or {})
        is_pressed = st.form_submit_button(
            "Train on as a new run", key=f"start_growing_{run.id}", type="primary"
        )
        return _start(app, run, epoch, changes) if is_pressed else None


def _choose(
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


def _start(app: Shared, run: Run, epoch: int, changes: dict[str, int | float]) -> Run | None:
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
