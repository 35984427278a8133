"""A run's curves, and what it has learned."""

from functools import partial
from typing import Final

import streamlit as st

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.charts.confusion import confusion_matrix
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import charts, what_it_learned
from mnist_ui.pages.train.run_state import RunView

_SMOOTHING: Final = 0.9


def show_curves(run: Run, config: TrainConfig, view: RunView) -> None:
    watched, history = wording.watched(config), view.history
    epochs, steps = history.epochs, history.steps
    st.subheader("Accuracy", anchor=False)
    plot(
        view.figure(
            "accuracy",
            len(epochs),
            lambda: charts.accuracy_by_epoch(
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
            lambda: charts.loss_by_step(steps, epochs, run=run.id, smoothing=smoothing),
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
        draw = partial(charts.course_by_step, steps, quantity, name=name, run=run.id)
        plot(
            view.figure(quantity, len(steps), draw),
            key=quantity,
            description=f"{name} by step",
            height=180,
        )


def show_what_it_learned(run: Run, config: TrainConfig, view: RunView) -> None:
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
                lambda: confusion_matrix(chosen.confusion, run=run.id),
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
