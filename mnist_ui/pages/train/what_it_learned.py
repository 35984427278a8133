"""What a network has learned, epoch by epoch: its probe, confusion, kernels and mistakes."""

from collections.abc import Iterable, Sequence

import numpy as np
import streamlit as st

from mnist_core.config.settings import TrainConfig
from mnist_core.images import as_image, data_address
from mnist_core.runs.events import Epoch, Mistake
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.charts.confusion import confusion_matrix
from mnist_ui.components.pictures import picture_button
from mnist_ui.components.plot import plot
from mnist_ui.pages.train import charts
from mnist_ui.pages.train.run_so_far import RunSoFar
from mnist_ui.widgets.why import Puzzle, pictures_to_explain


def show_what_it_learned(run: Run, config: TrainConfig, so_far: RunSoFar) -> None:
    """Show the epochs that told what they had learned; nothing before the first has."""
    changes = so_far.history.changes
    told = [epoch for epoch in so_far.history.epochs if epoch.confusion]
    if not told:
        return
    st.subheader("What it has learned", anchor=False)
    if told[-1].probe and run.probe is not None:
        left, right = st.columns([1, 5])
        left.html(_drawing_html(run.probe))
        with right:
            st.caption("How likely it finds each digit for this drawing, epoch by epoch")
            plot(
                so_far.figure(
                    "probe",
                    (len(told), tuple(changes)),
                    lambda: charts.probe_by_epoch(
                        told, num_epochs=config.epochs, run=run.id, changes=changes
                    ),
                ),
                key="probe",
                description="The probabilities of the probe drawing by epoch.",
                height=220,
            )
    pictures = st.container()
    chosen = _choose_epoch(told)  # below them: it comes with the second epoch
    left, right = pictures.columns(2)
    with left:
        st.caption(
            f"What was taken for what after epoch {chosen.epoch} ({wording.watched(config)})"
        )
        plot(
            so_far.figure(
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
        st.html(_kernels_html(chosen.kernels))
        st.caption("Still read wrong, the surest first")
        with st.container(key="still_wrong"):
            if chosen.mistakes:
                _show_mistakes(run, chosen)
            else:
                st.html("none")


def _choose_epoch(told: Sequence[Epoch]) -> Epoch:
    """Return the epoch to look at: the newest, unless the visitor has gone back."""
    if len(told) < 2:
        return told[-1]
    earlier = {str(epoch.epoch): epoch for epoch in told[:-1]}
    chosen = st.select_slider(
        "Epoch",
        options=[*earlier, "newest"],
        value="newest",
        key="epoch_to_look_at",
    )
    return earlier.get(str(chosen), told[-1])


def _kernels_html(kernels: Sequence[Sequence[Sequence[float]]]) -> str:
    """Return the first layer's kernels as pictures: dark takes away, light adds."""
    largest = max((abs(w) for kernel in kernels for row in kernel for w in row), default=1.0) or 1.0
    pictures = [
        data_address((0.5 + 0.5 * np.asarray(kernel) / largest).astype(np.float32))
        for kernel in kernels
    ]
    return _strip(
        f'<img src="{picture}" alt="kernel {number}">' for number, picture in enumerate(pictures, 1)
    )


def _show_mistakes(run: Run, epoch: Epoch) -> None:
    """Show what is read wrong; one that is pressed opens on Explain, with the newest weights."""
    puzzles = {
        number: Puzzle(
            as_image(one.image),
            f"A {one.truth} that was read as {one.answer} after epoch {epoch.epoch}.",
        )
        for number, one in enumerate(epoch.mistakes)
    }
    html = mistakes_html(epoch.mistakes)
    pictures_to_explain(html, puzzles, network=run.id, key="run_mistakes")


def mistakes_html(mistakes: Sequence[Mistake]) -> str:
    """Return the misread images with what they are and what they were taken for; each a button."""
    return _strip(_mistake(number, one) for number, one in enumerate(mistakes))


def _mistake(number: int, one: Mistake) -> str:
    address = data_address(as_image(one.image))
    image = f'<img src="{address}" alt="a {one.truth} read as {one.answer}">'
    return (
        f"<figure>{picture_button(number, image, title='Why? Open it on Explain')}"
        f"<figcaption>{one.truth}, read as <b>{one.answer}</b></figcaption></figure>"
    )


def _drawing_html(pixels: bytes) -> str:
    """Return a 28×28 drawing as a picture."""
    address = data_address(as_image(pixels))
    return _strip([f'<img src="{address}" alt="the probe, 28 by 28 pixels">'])


def _strip(pictures: Iterable[str]) -> str:
    return f'<div class="strip">{"".join(pictures)}</div>'
