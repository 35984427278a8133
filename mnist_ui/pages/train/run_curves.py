"""A run's curves: accuracy and loss, and three more in a box that opens."""

from functools import partial
from typing import Final

import streamlit as st

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.history import SMOOTHING_WINDOW
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import charts
from mnist_ui.pages.train.run_so_far import RunSoFar

_HEIGHT: Final = 260


def show_curves(run: Run, config: TrainConfig, so_far: RunSoFar) -> None:
    """Show accuracy and loss of a run that has made its first step, side by side if there is room.

    Neither they nor what stands above them changes its height while the run goes on.
    """
    watched, history = wording.watched(config), so_far.history
    epochs, steps, changes = history.epochs, history.steps, history.changes
    with st.container(key="run_charts"):
        left, right = st.columns(2, gap="small")
    with left:
        st.markdown("**Accuracy**")
        plot(
            so_far.figure(
                "accuracy",
                (len(epochs), tuple(changes)),
                lambda: charts.accuracy_by_epoch(
                    epochs, watched=watched, num_epochs=config.epochs, run=run.id, changes=changes
                ),
            ),
            key="accuracy",
            description=wording.accuracy_course(epochs, watched),
            height=_HEIGHT,
        )
    window = float(st.session_state.setdefault("smoothing", SMOOTHING_WINDOW))
    with right:
        st.markdown("**Loss**")
        plot(
            so_far.figure(
                "loss",
                (len(steps), len(epochs), window, tuple(changes)),
                lambda: charts.loss_by_step(
                    steps, epochs, run=run.id, window=window, changes=changes
                ),
            ),
            key="loss",
            description=f"Loss by step; the last is {steps[-1].loss:.4f}.",
            height=_HEIGHT,
        )


def show_more_curves(run: Run, so_far: RunSoFar) -> None:
    """Offer learning rate, gradient and speed over the epochs, and how the loss is smoothed."""
    more = st.expander(
        "More curves", icon=":material/monitoring:", key="more_curves", on_change="rerun"
    )
    if more.open:
        with more:
            _more_curves(run, so_far)


def _more_curves(run: Run, so_far: RunSoFar) -> None:
    st.slider(
        "Smoothing of the loss",
        0.1,
        3.0,
        step=0.1,
        format="%.1f epochs",
        key="smoothing",
        persist_state="session",
        help="Each point of the smoothed course is drawn from the losses within so many epochs.",
    )
    steps, changes = so_far.history.steps, so_far.history.changes
    for quantity in ("learning_rate", "gradient_norm", "images_per_second"):
        name = quantity.replace("_", " ")
        st.markdown(f"**{name.capitalize()}**")
        draw = partial(
            charts.course_by_step, steps, quantity, name=name, run=run.id, changes=changes
        )
        plot(
            so_far.figure(quantity, (len(steps), tuple(changes)), draw),
            key=quantity,
            description=f"{name} by step",
            height=180,
        )
